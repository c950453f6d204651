package msnp

import (
	"strings"
	"testing"
	"time"
)

func TestParseGUID(t *testing.T) {
	const guid = "0D9C1C52-77aa-4b62-8d7f-3a1e5c9b0f21"
	g, ok := ParseGUID([]byte(guid))
	if !ok || g != guid || g.Lower() != GUID(strings.ToLower(guid)) {
		t.Errorf("%q, %t", g, ok)
	}
	for _, word := range []string{
		"", "0", guid[1:], guid + "0", "{" + guid[2:] + "}", strings.ReplaceAll(guid, "-", "0"), strings.Replace(guid, "c", "g", 1),
		strings.Replace(guid, "7", "-", 1),
	} {
		if g, ok := ParseGUID(word); ok {
			t.Errorf("%q is %q", word, g)
		}
	}
}

func TestNewStamp(t *testing.T) {
	at := time.Date(2005, 4, 24, 1, 57, 44, 813000099, time.UTC)
	if got := NewStamp(at); got != "2005-04-23T18:57:44.8130000-07:00" || len(got) > MaxStamp {
		t.Errorf("NewStamp = %q", got)
	}
	// Stamps of what changes one after the other differ.
	if NewStamp(at) == NewStamp(at.Add(100*time.Nanosecond)) {
		t.Error("the unit is more than 100 ns")
	}
}

func TestParseCapabilities(t *testing.T) {
	for word, want := range map[string]Capabilities{
		"0": 0, "1342177316": 1342177316, "4294967295": 1<<32 - 1, "2788999228:48": 2788999228, "1:": 1,
		"-1": 1<<32 - 1, "-2147483648": 1 << 31, "-0": 0,
	} {
		if got, ok := ParseCapabilities(word); !ok || got != want {
			t.Errorf("%q is %d, %t", word, got, ok)
		}
	}
	for _, word := range []string{"", ":", "-", "x", "4294967296", "-2147483649", "+1", "0x1"} {
		if got, ok := ParseCapabilities(word); ok {
			t.Errorf("%q is %d", word, got)
		}
	}
	if got := Capabilities(1342177316).Release(); got != 5 {
		t.Errorf("release %d", got)
	}
	if c := Capabilities(1342177316); c&CapInkGIF == 0 || c&CapChunks == 0 || c&CapWinks != 0 {
		t.Errorf("%#x", uint32(c))
	}
}

// TestMasks: somebody pending is shown to each version as it can show them.
func TestMasks(t *testing.T) {
	const fl, al, bl, rl, pl = MaskForward, MaskAllow, MaskBlock, MaskReverse, MaskPending
	for _, tt := range []struct{ in, old, new ListMask }{
		{fl | al | rl, 11, 11},
		{bl, 4, 4},
		{pl, 8, 16},
		{pl | rl, 8, 16},
		{fl | rl | pl, 9, 17},
	} {
		for v := MSNP8; v <= MSNP12; v++ {
			want := tt.old
			if v >= MSNP10 {
				want = tt.new
			}
			if got := tt.in.shownTo(v); got != want {
				t.Errorf("%s: %d is shown as %d, want %d", v, tt.in, got, want)
			}
		}
	}
}

func TestNoSuchAccount(t *testing.T) {
	if MSNP9.NoSuchAccount() != 205 || MSNP10.NoSuchAccount() != 208 {
		t.Error("wrong codes")
	}
}

func TestPassport(t *testing.T) {
	const want = "lc=1033,id=507,tw=40,fs=1,ru=http%3A%2F%2Fmessenger%2Emsn%2Ecom,ct=1000000000,kpp=1,kv=5,ver=2.1.0173.1,tpf=43f8"
	if got := PassportParams(time.Unix(1e9, 0), "43f8"); got != want {
		t.Errorf("got %q", got)
	}
	for key := range strings.FieldsSeq("lc id tw fs ru ct kpp kv ver tpf") {
		if !strings.Contains(","+want, ","+key+"=") {
			t.Errorf("no %s", key)
		}
	}
	for ticket, want := range map[string][2]string{
		"t=Q0ZZ*ab!c$&p=": {"Q0ZZ*ab!c$", ""},
		"t=a=b&p=c&d":     {"a=b", "c&d"},
		"t=a":             {"a", ""},
		"t=a&amp;p=b":     {"a", "b"},
		"":                {},
		"t=":              {},
		"t=&p=b":          {},
		"p=b&t=a":         {},
		"T=a&p=":          {},
	} {
		auth, profile, ok := SplitTicket(ticket)
		if ok != (want[0] != "") || ok && (auth != want[0] || profile != want[1]) {
			t.Errorf("%q is %q and %q, %t", ticket, auth, profile, ok)
		}
	}
	if ClientPort(1863) != 18183 || ClientPort(18183) != 1863 || ClientPort(0) != 0 {
		t.Error("wrong ports")
	}
}

// TestKeys: which settings the answer to SYN can have.
func TestKeys(t *testing.T) {
	for _, tt := range []struct {
		key   Key
		since Version
	}{
		{KeyPrompt, Beta2}, {KeyDefault, MSNP2}, {KeyHomePhone, MSNP5}, {KeyMobile, MSNP5},
		{KeyWatch, MSNP9}, {KeyName, MSNP10}, {KeySpace, MSNP11},
	} {
		for v := Version(0); v <= MSNP12; v++ {
			want := v.Valid() && v != CVR0 && v >= tt.since
			if v == Beta2 {
				want = tt.key == KeyPrompt || tt.key == KeyDefault
			}
			if got := tt.key.In(v); got != want {
				t.Errorf("%s has %s: %t", v, tt.key, got)
			}
		}
	}
	if Key("XYZ").In(MSNP12) {
		t.Error("a setting that is none")
	}
}

// TestNoShields: the description counts its octets.
func TestNoShields(t *testing.T) {
	if len(NoShields) != 145 {
		t.Errorf("%d octets", len(NoShields))
	}
}

// TestUnset: what is not set has no line in SYN, and none at all where its line
// would be taken for another.
func TestUnset(t *testing.T) {
	for _, tt := range []struct {
		m    appender
		v    Version
		want string
	}{
		{Setting{TrID: 9, Version: 41, Sync: true, Key: KeyWorkPhone}, MSNP7, "PRP 9 41 PHW\r\n"},
		{Setting{TrID: 9, Version: 41, Sync: true, Key: KeyWorkPhone}, MSNP8, ""},
		{Setting{TrID: 9, Version: 41, Sync: true, Key: KeyWorkPhone}, MSNP12, ""},
		{Setting{TrID: 9, Version: 41, Key: KeyWorkPhone}, MSNP8, "PRP 9 41 PHW\r\n"},
		{Setting{TrID: 9, Version: 41, Key: KeyWorkPhone}, MSNP12, "PRP 9 PHW\r\n"},
		{ContactSetting{Version: 41, Handle: "bea@b.c", Sync: true, Key: KeyWorkPhone}, MSNP7, "BPR 41 bea@b.c PHW\r\n"},
		{ContactSetting{Version: 41, Handle: "bea@b.c", Sync: true, Key: KeyWorkPhone}, MSNP9, ""},
		{ContactSetting{Version: 41, Handle: "bea@b.c", Key: KeyWorkPhone}, MSNP9, "BPR 41 bea@b.c PHW\r\n"},
		{ContactSetting{Version: 41, Handle: "bea@b.c", Key: KeyWorkPhone}, MSNP10, ""},
		{ContactSetting{Version: 41, Handle: "bea@b.c", Key: KeyPaging, Value: ValueNo}, MSNP10, "BPR bea@b.c MOB N\r\n"},
	} {
		if got := string(tt.m.Append(nil, tt.v)); got != tt.want {
			t.Errorf("%s: %+v is %q, want %q", tt.v, tt.m, got, tt.want)
		}
	}
}

// TestOneContact: the same news in the form of each version, of the example at the
// end of the description of the lists.
func TestOneContact(t *testing.T) {
	const guid, group = "0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21", "5e1f2c0a-8b1d-4f7e-9a34-0c5d7f1a2b3c"
	contact := ContactItem{
		Handle: "bea@b.c", Name: "Bea", ID: guid, Lists: MaskForward | MaskAllow | MaskReverse,
		Groups: []int{0, 3}, GroupIDs: []GUID{group},
	}
	stranger := ContactItem{Handle: "zed@b.c", ID: guid, Lists: MaskReverse | MaskPending, Groups: []int{0}, GroupIDs: []GUID{group}}
	online := Online{Status: StatusBusy, Handle: "bea@b.c", Name: "Bea", Capabilities: 7, Object: "%3C%3E"}
	added := Added{List: ReverseList, Version: 18, Handle: "ada@b.c", Name: "Ada%20L", Group: NoGroup}
	removed := Removed{List: ReverseList, Version: 19, Handle: "ada@b.c", Group: NoGroup}
	for _, tt := range []struct {
		m    appender
		want map[Version]string
	}{
		{contact, map[Version]string{
			MSNP8: "LST bea@b.c Bea 11 0,3", MSNP9: "LST bea@b.c Bea 11 0,3",
			MSNP10: "LST N=bea@b.c F=Bea C=" + guid + " 11 " + group, MSNP11: "LST N=bea@b.c F=Bea C=" + guid + " 11 " + group,
			MSNP12: "LST N=bea@b.c F=Bea C=" + guid + " 11 1 " + group,
		}},
		{stranger, map[Version]string{
			MSNP8: "LST zed@b.c zed@b.c 8", MSNP9: "LST zed@b.c zed@b.c 8",
			MSNP10: "LST N=zed@b.c F=zed@b.c 16", MSNP11: "LST N=zed@b.c F=zed@b.c 16", MSNP12: "LST N=zed@b.c F=zed@b.c 16 1",
		}},
		{online, map[Version]string{
			Beta2: "NLN BSY bea@b.c Bea", MSNP7: "NLN BSY bea@b.c Bea", MSNP8: "NLN BSY bea@b.c Bea 7",
			MSNP9: "NLN BSY bea@b.c Bea 7 %3C%3E", MSNP12: "NLN BSY bea@b.c Bea 7 %3C%3E",
		}},
		{Online{Status: StatusBusy, Handle: "bea@b.c", Name: "Bea", Object: "0"}, map[Version]string{
			MSNP7: "NLN BSY bea@b.c Bea", MSNP8: "NLN BSY bea@b.c Bea 0", MSNP12: "NLN BSY bea@b.c Bea 0",
		}},
		{added, map[Version]string{
			MSNP2: "ADD 0 RL 18 ada@b.c Ada%20L", MSNP9: "ADD 0 RL 18 ada@b.c Ada%20L",
			MSNP10: "ADC 0 RL N=ada@b.c F=Ada%20L", MSNP12: "ADC 0 RL N=ada@b.c F=Ada%20L",
		}},
		{removed, map[Version]string{
			MSNP2: "REM 0 RL 19 ada@b.c", MSNP9: "REM 0 RL 19 ada@b.c", MSNP10: "REM 0 RL ada@b.c", MSNP12: "REM 0 RL ada@b.c",
		}},
		{Added{TrID: 40, List: ForwardList, Handle: "bea@b.c", Contact: guid, Group: NoGroup}, map[Version]string{
			MSNP9: "ADD 40 FL 0 bea@b.c bea@b.c", MSNP10: "ADC 40 FL N=bea@b.c F=bea@b.c C=" + guid,
		}},
		{Joined{Handle: "bob@b.c", Name: "Bob", Capabilities: 7}, map[Version]string{
			MSNP7: "JOI bob@b.c Bob", MSNP11: "JOI bob@b.c Bob", MSNP12: "JOI bob@b.c Bob 7",
		}},
		{GroupItem{TrID: 9, Version: 41, Index: 2, Total: 2, Sync: true, ID: 3, GUID: group, Name: "Work"}, map[Version]string{
			MSNP7: "LSG 9 41 2 2 3 Work 0", MSNP8: "LSG 3 Work 0", MSNP9: "LSG 3 Work 0", MSNP10: "LSG Work " + group,
		}},
		{Setting{TrID: 9, Version: 41, Sync: true, Key: KeyPrompt, Value: PromptAsk}, map[Version]string{
			MSNP7: "GTC 9 41 A", MSNP8: "GTC A", MSNP10: "GTC A", MSNP12: "GTC A",
		}},
		{SyncReply{TrID: 9, Version: 41, Lists: "a", Settings: "b", Full: true, Contacts: 3, Groups: 2}, map[Version]string{
			MSNP7: "SYN 9 41", MSNP8: "SYN 9 41 3 2", MSNP9: "SYN 9 41 3 2", MSNP10: "SYN 9 a b 3 2", MSNP12: "SYN 9 a b 3 2",
		}},
		{SyncReply{TrID: 9, Version: 41, Lists: "a"}, map[Version]string{
			MSNP7: "SYN 9 41", MSNP8: "SYN 9 41", MSNP10: "SYN 9 a 0", MSNP12: "SYN 9 a 0",
		}},
	} {
		for v, want := range tt.want {
			if got := string(tt.m.Append(nil, v)); got != want+"\r\n" {
				t.Errorf("%s: %q, want %q", v, got, want)
			}
		}
	}
}
