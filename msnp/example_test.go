package msnp_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// A stream is read a line at a time. What is left when the parser asks for more
// is kept and given again, with what has come since.
func ExampleLine_Parse() {
	buf := []byte("VER 0 MSNP7 MSNP6 CVR0\r\nINF 1\r\nUSR 2 MD5 I zed@exam")
	table := msnp.TableOf(msnp.Notification, msnp.FromClient)
	var line msnp.Line
	for {
		n, err := line.Parse(buf, table, msnp.MaxLine)
		if errors.Is(err, msnp.ErrShort) {
			fmt.Printf("to be continued: %s\n", buf)
			return
		}
		if err != nil {
			fmt.Println("close:", err)
			return
		}
		fmt.Printf("%s: %s\n", line.Name(), line.Args)
		buf = buf[n:]
	}
	// Output:
	// VER: [0 MSNP7 MSNP6 CVR0]
	// INF: [1]
	// to be continued: USR 2 MD5 I zed@exam
}

// The same referral, for clients of different versions.
func ExampleReferral() {
	referral := msnp.Referral{TrID: 5, Host: "10.0.0.5:1863", Current: "10.0.0.1:1863"}
	for _, v := range []msnp.Version{msnp.MSNP2, msnp.MSNP3, msnp.MSNP7, msnp.MSNP13} {
		line, err := referral.Append(nil, v)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%-7s %q\n", v, line)
	}
	reset, _ := msnp.Referral{}.Append(nil, msnp.MSNP7)
	fmt.Printf("reset   %q\n", reset)
	// Output:
	// MSNP2   "XFR 5 NS 10.0.0.5:1863\r\n"
	// MSNP3   "XFR 5 NS 10.0.0.5:1863 0\r\n"
	// MSNP7   "XFR 5 NS 10.0.0.5:1863 0 10.0.0.1:1863\r\n"
	// MSNP13  "XFR 5 NS 10.0.0.5:1863 U D\r\n"
	// reset   "XFR 0 NS 0\r\n"
}

// A form that a version does not have is an error, not a wrong line.
func ExampleTransfer() {
	for _, t := range []struct {
		version  msnp.Version
		transfer msnp.Transfer
	}{
		{msnp.Beta2, msnp.Transfer{TrID: 1, Host: "10.0.1.200:1865", Method: msnp.MethodMD5, Param: "8127364550.1999"}},
		{msnp.MSNP7, msnp.Transfer{TrID: 1, Host: "10.0.1.200:1865", Method: msnp.MethodCKI, Param: "1.2.3"}},
		{msnp.MSNP18, msnp.Transfer{TrID: 7, Host: "10.0.1.200:1865", Method: msnp.MethodCKI, Param: "1.2.3", Direct: true}},
		{msnp.MSNP12, msnp.Transfer{TrID: 9, Host: "10.0.1.200:1865", Method: msnp.MethodMD5, Param: "8127364550.1999"}},
		{msnp.MSNP21, msnp.Transfer{TrID: 9, Host: "10.0.1.200:1865", Method: msnp.MethodCKI, Param: "1.2.3"}},
	} {
		line, err := t.transfer.Append(nil, t.version)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%q\n", line)
	}
	// Output:
	// "XFR 1 SB 10.0.1.200:1865 MD5 8127364550.1999\r\n"
	// "XFR 1 SB 10.0.1.200:1865 CKI 1.2.3\r\n"
	// "XFR 7 SB 10.0.1.200:1865 CKI 1.2.3 U messenger.msn.com 1\r\n"
	// MSNP12 has no transfer by MD5
	// MSNP21 has no transfer to a switchboard
}

// A client finds out where an XFR sends it.
func ExampleIsTransfer() {
	var line msnp.Line
	table := msnp.TableOf(msnp.Notification, msnp.FromServer)
	for _, in := range []string{
		"XFR 6 SB 10.0.1.200:1865 CKI 1.2.3\r\n",
		"XFR 0 NS 10.0.0.5:1863 0 10.0.0.1:1863\r\n",
		"XFR 0 NS 0\r\n",
	} {
		if _, err := line.Parse([]byte(in), table, msnp.MaxLine); err != nil {
			fmt.Println(err)
			return
		}
		if msnp.IsTransfer(&line) {
			m, _ := msnp.ParseTransfer(&line, msnp.MSNP7)
			fmt.Println("to the switchboard", m.Host, "with", m.Param)
			continue
		}
		switch m, _ := msnp.ParseReferral(&line, msnp.MSNP7); m.Host {
		case "":
			fmt.Println("sign in again, right here")
		default:
			fmt.Println("sign in at", m.Host)
		}
	}
	// Output:
	// to the switchboard 10.0.1.200:1865 with 1.2.3
	// sign in at 10.0.0.5:1863
	// sign in again, right here
}

// One value is written for receivers of all versions: each gets what it can read.
func ExampleOnline() {
	bea := msnp.Online{
		Status: msnp.StatusBusy, Handle: "bea@example.net", Name: msnp.Encode("Bea B"),
		Capabilities: msnp.CapChunks | msnp.CapInkGIF, Object: "%3Cmsnobj%2F%3E",
	}
	for _, v := range []msnp.Version{msnp.MSNP2, msnp.MSNP8, msnp.MSNP12} {
		fmt.Printf("%-6s %q\n", v, bea.Append(nil, v))
	}
	// Output:
	// MSNP2  "NLN BSY bea@example.net Bea%20B\r\n"
	// MSNP8  "NLN BSY bea@example.net Bea%20B 36\r\n"
	// MSNP12 "NLN BSY bea@example.net Bea%20B 36 %3Cmsnobj%2F%3E\r\n"
}

// Somebody who has added the user and waits for an answer is on the pending list
// of new clients, and on the reverse list of old ones.
func ExampleContactItem() {
	zed := msnp.ContactItem{Handle: "zed@example.net", Name: "Zed", Lists: msnp.MaskReverse | msnp.MaskPending}
	for _, v := range []msnp.Version{msnp.MSNP8, msnp.MSNP11, msnp.MSNP12} {
		fmt.Printf("%-6s %q\n", v, zed.Append(nil, v))
	}
	// Output:
	// MSNP8  "LST zed@example.net Zed 8\r\n"
	// MSNP11 "LST N=zed@example.net F=Zed 16\r\n"
	// MSNP12 "LST N=zed@example.net F=Zed 16 1\r\n"
}

// The answer to SYN, for a client of 2003 and for one of 2005.
func ExampleSyncReply() {
	const guid, group = "0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21", "5e1f2c0a-8b1d-4f7e-9a34-0c5d7f1a2b3c"
	lists := msnp.NewStamp(time.Date(2026, 2, 1, 17, 11, 12, 5e8, time.UTC))
	for _, v := range []msnp.Version{msnp.MSNP9, msnp.MSNP12} {
		b := msnp.SyncReply{TrID: 9, Version: 41, Lists: lists, Settings: lists, Full: true, Contacts: 1, Groups: 1}.Append(nil, v)
		b = msnp.Setting{TrID: 9, Version: 41, Sync: true, Key: msnp.KeyPrompt, Value: msnp.PromptAsk}.Append(b, v)
		b = msnp.GroupItem{TrID: 9, Version: 41, Sync: true, ID: 3, GUID: group, Name: "Work"}.Append(b, v)
		b = msnp.ContactItem{
			Handle: "bea@example.net", Name: "Bea", ID: guid, Lists: msnp.MaskForward | msnp.MaskAllow,
			Groups: []int{3}, GroupIDs: []msnp.GUID{group},
		}.Append(b, v)
		b = msnp.ContactSetting{Version: 41, Handle: "bea@example.net", Sync: true, Key: msnp.KeyHomePhone, Value: "0244"}.Append(b, v)
		fmt.Println(strings.ReplaceAll(string(b), "\r\n", "\n"))
	}
	// Output:
	// SYN 9 41 1 1
	// GTC A
	// LSG 3 Work 0
	// LST bea@example.net Bea 3 3
	// BPR PHH 0244
	//
	// SYN 9 2026-02-01T10:11:12.5000000-07:00 2026-02-01T10:11:12.5000000-07:00 1 1
	// GTC A
	// LSG Work 5e1f2c0a-8b1d-4f7e-9a34-0c5d7f1a2b3c
	// LST N=bea@example.net F=Bea C=0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21 3 1 5e1f2c0a-8b1d-4f7e-9a34-0c5d7f1a2b3c
	// BPR PHH 0244
}

// A client repeats its capabilities in its own way, and the answer repeats that.
func ExampleChangeStatus() {
	var line msnp.Line
	table := msnp.TableOf(msnp.Notification, msnp.FromClient)
	for _, in := range []string{"CHG 8 NLN\r\n", "CHG 9 NLN 36:48\r\n"} {
		if _, err := line.Parse([]byte(in), table, msnp.MaxLine); err != nil {
			fmt.Println(err)
			return
		}
		m, err := msnp.ParseChangeStatus(&line, msnp.MSNP12)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d, answered with %q\n", m.Capabilities, m.Append(nil, msnp.MSNP12))
	}
	// Output:
	// 0, answered with "CHG 8 NLN\r\n"
	// 36, answered with "CHG 9 NLN 36:48\r\n"
}

// A personal message goes from its owner to the server as UUX, and to watchers as
// UBX. What it does not mention stays as it was.
func ExampleChangePersonal() {
	in := "UUX 23 44\r\n<Data><PSM>&lt;gone&gt; fishing</PSM></Data>\r\n"
	var line msnp.Line
	if _, err := line.Parse([]byte(in), msnp.TableOf(msnp.Notification, msnp.FromClient), msnp.MaxLine); err != nil {
		fmt.Println(err)
		return
	}
	change, err := msnp.ParseChangePersonal(&line, msnp.MSNP11)
	if err != nil {
		fmt.Println(err)
		return
	}
	music := msnp.Media{Kind: "Music", Playing: true, Format: "{0}", Args: []string{"Blue Train"}}
	shown := change.To(msnp.Personal{Message: "here", Media: music.String()})
	fmt.Printf("%q\n", msnp.PersonalChanged{TrID: change.TrID}.Append(nil, msnp.MSNP11))
	head, payload, _ := strings.Cut(string(msnp.ContactPersonal{Handle: "ada@example.net", Personal: shown}.Append(nil, msnp.MSNP11)), "\r\n")
	fmt.Println(head)
	fmt.Println(payload)
	// Output:
	// "UUX 23 0\r\n"
	// UBX ada@example.net 102
	// <Data><PSM>&lt;gone&gt; fishing</PSM><CurrentMedia>\0Music\01\0{0}\0Blue Train\0</CurrentMedia></Data>
}

// A server checks the answer to a challenge with the key of the product, where it
// is known.
func ExampleChallengeResponse() {
	for _, product := range []string{"PROD0101{0RM?UBW", "PROD00517IFH4@RV"} {
		fmt.Println(msnp.ChallengeResponse(msnp.MSNP12, "27182818284590452353", product))
	}
	// Output:
	// f1367057f85578a1c8e53806b5ee2d89 true
	//  false
}

// A display picture is described in CHG.
func ExampleNewObject() {
	picture := msnp.NewObject("bob@example.test", msnp.ObjectPicture, "TFR1.dat", []byte("not quite a picture"))
	fmt.Println(picture)
	fmt.Println(picture.Encode()[:40])
	// Output:
	// <msnobj Creator="bob@example.test" Size="19" Type="3" Location="TFR1.dat" Friendly="AAA=" SHA1D="rNy6P0vFtt8dyyN4kQgEuKWCbAY=" SHA1C="d+fgSf64XjGez2GGKh5FUiCWgBQ="/>
	// %3Cmsnobj%20Creator%3D%22bob%40example.t
}

// Lines are logged without what they prove.
func ExampleRedact() {
	for _, line := range []string{
		"USR 4 MD5 S b113b7c25f4a696a0add686f5f42cc70\r\n",
		"XFR 6 SB 10.0.1.200:1865 CKI 123456789.123456789.123456789\r\n",
	} {
		fmt.Printf("%s\n", msnp.Redact(nil, []byte(line)))
	}
	// Output:
	// USR 4 MD5 S ***
	// XFR 6 SB 10.0.1.200:1865 CKI ***
}
