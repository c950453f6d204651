package msnp_test

import (
	"errors"
	"fmt"

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
