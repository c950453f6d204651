package msnp

import (
	"errors"
	"strings"
	"testing"
)

// TestReferralForms is the whole of XFR NS: what follows the address, by version.
func TestReferralForms(t *testing.T) {
	m := Referral{TrID: 5, Host: "10.0.0.5:1863", Current: "10.0.0.1:1863"}
	for _, tt := range []struct {
		first, last Version
		want        string
	}{
		{Beta2, Beta2, "XFR 5 NS 10.0.0.5:1863\r\n"},
		{MSNP2, MSNP2, "XFR 5 NS 10.0.0.5:1863\r\n"},
		{MSNP3, MSNP6, "XFR 5 NS 10.0.0.5:1863 0\r\n"},
		{MSNP7, MSNP12, "XFR 5 NS 10.0.0.5:1863 0 10.0.0.1:1863\r\n"},
		{MSNP13, MSNP21, "XFR 5 NS 10.0.0.5:1863 U D\r\n"},
	} {
		for v := tt.first; v <= tt.last; v++ {
			got, err := m.Append(nil, v)
			if err != nil || string(got) != tt.want {
				t.Errorf("%s: %q, %v, want %q", v, got, err, tt.want)
			}
		}
	}
}

// TestTransferForms is the whole of XFR SB: methods and what follows, by version.
func TestTransferForms(t *testing.T) {
	const cki, md5, ctp = "XFR 6 SB 10.0.1.200:1865 CKI 1.2.3", "XFR 6 SB 10.0.1.200:1865 MD5 1.2.3", "XFR 6 SB 10.0.1.200:1865 CTP"
	for _, tt := range []struct {
		first, last   Version
		cki, md5, ctp string // "" for a form that the version does not have
	}{
		{Beta2, Beta2, "", md5, ctp},
		{CVR0, CVR0, "", "", ""},
		{MSNP2, MSNP10, cki, md5, ctp},
		{MSNP11, MSNP12, cki, "", ""},
		{MSNP13, MSNP13, cki + " U messenger.msn.com", "", ""},
		{MSNP14, MSNP20, cki + " U messenger.msn.com 1", "", ""},
		{MSNP21, MSNP21, "", "", ""},
	} {
		for v := tt.first; v <= tt.last; v++ {
			for method, want := range map[Method]string{MethodCKI: tt.cki, MethodMD5: tt.md5, MethodCTP: tt.ctp} {
				m := Transfer{TrID: 6, Host: "10.0.1.200:1865", Method: method, Param: "1.2.3", Direct: true}
				if method == MethodCTP {
					m.Param = ""
				}
				got, err := m.Append(nil, v)
				checkForm(t, v, method, got, err, want)
				if v.TransfersBy(method) != (want != "") {
					t.Errorf("%s: TransfersBy(%s) = %t", v, method, want == "")
				}
			}
		}
	}
	notDirect := Transfer{TrID: 6, Host: "10.0.1.200:1865", Method: MethodCKI, Param: "1.2.3"}
	for v := MSNP14; v <= MSNP20; v++ {
		got, err := notDirect.Append(nil, v)
		checkForm(t, v, MethodCKI, got, err, cki+" U messenger.msn.com 0")
	}
}

// checkForm compares a line with the one wanted, or wants an UnsupportedError.
func checkForm(t *testing.T, v Version, method Method, got []byte, err error, want string) {
	t.Helper()
	var unsupported *UnsupportedError
	switch {
	case want == "" && !errors.As(err, &unsupported):
		t.Errorf("%s %s: error is %v, want an UnsupportedError", v, method, err)
	case want == "" && (len(got) != 0 || unsupported.Version != v):
		t.Errorf("%s %s: %q was written, %v", v, method, got, err)
	case want != "" && (err != nil || string(got) != want+"\r\n"):
		t.Errorf("%s %s: %q, %v, want %q", v, method, got, err, want)
	}
}

// TestRingForms is the whole of RNG, which has the methods and the tail of XFR SB.
func TestRingForms(t *testing.T) {
	const (
		begin = "RNG 40211873 203.0.113.9:1863 "
		end   = " ana@example.test Ana%20B"
	)
	for _, tt := range []struct {
		first, last   Version
		cki, md5, ctp string
	}{
		{Beta2, Beta2, "", "MD5 8127364550.1999" + end, "CTP" + end},
		{CVR0, CVR0, "", "", ""},
		{MSNP2, MSNP10, "CKI 8127364550.1999" + end, "MD5 8127364550.1999" + end, "CTP" + end},
		{MSNP11, MSNP12, "CKI 8127364550.1999" + end, "", ""},
		{MSNP13, MSNP13, "CKI 8127364550.1999" + end + " U messenger.hotmail.com", "", ""},
		{MSNP14, MSNP20, "CKI 8127364550.1999" + end + " U messenger.hotmail.com 1", "", ""},
		{MSNP21, MSNP21, "", "", ""},
	} {
		for v := tt.first; v <= tt.last; v++ {
			for method, want := range map[Method]string{MethodCKI: tt.cki, MethodMD5: tt.md5, MethodCTP: tt.ctp} {
				m := Ring{
					Session: 40211873, Host: "203.0.113.9:1863", Method: method, Param: "8127364550.1999",
					Caller: "ana@example.test", CallerName: "Ana%20B", Direct: true,
				}
				if method == MethodCTP {
					m.Param = ""
				}
				if want != "" {
					want = begin + want
				}
				got, err := m.Append(nil, v)
				checkForm(t, v, method, got, err, want)
			}
		}
	}
}

func TestSoftReset(t *testing.T) {
	for v := First; v <= Last; v++ {
		got, err := Referral{}.Append(nil, v)
		if v == CVR0 {
			checkForm(t, v, "", got, err, "")
			continue
		}
		checkForm(t, v, "", got, err, "XFR 0 NS 0")
		for _, in := range []string{"XFR 0 NS 0\r\n", "XFR 0 SB 0\r\n", "XFR 0 NS 0 0 10.0.0.1:1863\r\n"} {
			l := parseOne(t, Notification, FromServer, []byte(in))
			m, err := ParseReferral(l, v)
			if err != nil || m != (Referral{}) || IsTransfer(l) {
				t.Errorf("%s: %q is %+v, %v", v, in, m, err)
			}
		}
	}
}

func TestReferralHop(t *testing.T) {
	m := Referral{TrID: 3, Host: "192.0.2.11:1863", Hop: 2}
	for v, want := range map[Version]string{
		MSNP20: "XFR 3 NS 192.0.2.11:1863 U D",
		MSNP21: "XFR 3 NS 192.0.2.11:1863 U D VmVyc2lvbjogMQ0KWGZyQ291bnQ6IDINCg==",
	} {
		got, err := m.Append(nil, v)
		checkForm(t, v, "", got, err, want)
	}
	m.Gateway = true
	got, err := m.Append(nil, MSNP21)
	checkForm(t, MSNP21, "", got, err, "XFR 3 NS 192.0.2.11:1863 G D VmVyc2lvbjogMQ0KWGZyQ291bnQ6IDINCg==")
	got, err = m.Append(nil, MSNP18)
	checkForm(t, MSNP18, "", got, err, "")
}

// TestSixWords: from MSNP7 on some clients accept no other count of words.
func TestSixWords(t *testing.T) {
	m := Referral{Host: "10.0.0.5:1863", Current: "10.0.0.1:1863"}
	for v := MSNP7; v <= Last; v++ {
		line, err := m.Append(nil, v)
		if err != nil || len(strings.Fields(string(line))) != 6 {
			t.Errorf("%s: %q, %v", v, line, err)
		}
	}
}

// TestXFRMissing: what a line cannot do without is an error, not a wrong line.
func TestXFRMissing(t *testing.T) {
	for _, host := range []string{
		"10.0.0.5", "10.0.0.5:", ":1863", "10.0.0.5:0", "10.0.0.5:65536", "10.0.0.5:x", "10.0.0.5:-1",
		"10.0.0.5:1863 ", "a b:1863", "a\r\nOUT:1863", "2001:db8::1:1863", "[2001:db8::1]", strings.Repeat("a", 300) + ":1863", "☃:1863",
	} {
		if line, err := (Referral{Host: host}).Append(nil, MSNP2); !errors.Is(err, ErrAddress) || len(line) != 0 {
			t.Errorf("referral to %q: %q, %v", host, line, err)
		}
		current := Referral{Host: "10.0.0.5:1863", Current: host}
		if line, err := current.Append(nil, MSNP7); !errors.Is(err, ErrAddress) || len(line) != 0 {
			t.Errorf("referral from %q: %q, %v", host, line, err)
		}
		if _, err := current.Append(nil, MSNP6); err != nil {
			t.Errorf("referral of MSNP6 from %q: %v", host, err)
		}
		transfer := Transfer{Host: host, Method: MethodCKI, Param: "1.2.3"}
		if line, err := transfer.Append(nil, MSNP7); !errors.Is(err, ErrAddress) || len(line) != 0 {
			t.Errorf("transfer to %q: %q, %v", host, line, err)
		}
		ring := Ring{Host: host, Method: MethodCKI, Param: "1.2.3", Caller: "a@b.c"}
		if line, err := ring.Append(nil, MSNP7); !errors.Is(err, ErrAddress) || len(line) != 0 {
			t.Errorf("invitation to %q: %q, %v", host, line, err)
		}
	}
	for _, host := range []string{"", "10.0.0.5:1863"} {
		if _, err := (Transfer{Host: host, Method: MethodCKI}).Append(nil, MSNP7); err == nil {
			t.Errorf("transfer to %q without a cookie", host)
		}
	}
	for _, m := range []Transfer{
		{Method: MethodMD5}, {Method: MethodCKI}, {Method: MethodCTP, Param: "1"}, {Method: MethodCKI, Param: "1 2"},
		{Method: MethodCKI, Param: "1\r\n"},
	} {
		m.Host = "10.0.0.5:1863"
		if line, err := m.Append(nil, MSNP7); !errors.Is(err, ErrParam) {
			t.Errorf("%+v: %q, %v", m, line, err)
		}
	}
	if _, err := (Ring{Host: "a:1", Method: MethodCTP}).Append(nil, MSNP2); !errors.Is(err, ErrHandle) {
		t.Errorf("invitation by nobody: %v", err)
	}
	var unsupported *UnsupportedError
	for _, v := range []Version{0, Last + 1, 255} {
		_, err1 := (Referral{Host: "a:1"}).Append(nil, v)
		_, err2 := (Transfer{Host: "a:1", Method: MethodCTP}).Append(nil, v)
		if !errors.As(err1, &unsupported) || !errors.As(err2, &unsupported) || v.TransfersBy(MethodCKI) {
			t.Errorf("%v: %v, %v", v, err1, err2)
		}
	}
	if _, err := (Transfer{Host: "a:1", Method: MethodTWN, Param: "1"}).Append(nil, MSNP8); !errors.As(err, &unsupported) {
		t.Errorf("transfer by a ticket: %v", err)
	}
}

// TestReferralLenient: what clients of the time did not look at is not looked at.
func TestReferralLenient(t *testing.T) {
	for _, tt := range []struct {
		in   string
		v    Version
		want Referral
	}{
		{"XFR 3 NS 10.0.0.5\r\n", MSNP2, Referral{TrID: 3, Host: "10.0.0.5:1863"}},
		{"XFR 3 NS 10.0.0.5:1863\r\n", MSNP7, Referral{TrID: 3, Host: "10.0.0.5:1863"}},
		{"XFR 3 NS 10.0.0.5:1863 0\r\n", MSNP7, Referral{TrID: 3, Host: "10.0.0.5:1863"}},
		{"XFR 3 NS 10.0.0.5:1863 0 x\r\n", MSNP7, Referral{TrID: 3, Host: "10.0.0.5:1863"}},
		{"XFR 3 NS 10.0.0.5:1863 U D\r\n", MSNP7, Referral{TrID: 3, Host: "10.0.0.5:1863"}},
		{"XFR 3 NS 10.0.0.5:1863 0 10.0.0.1:1863\r\n", MSNP18, Referral{TrID: 3, Host: "10.0.0.5:1863"}},
		{"XFR 3 NS 10.0.0.5:1863 U D 0\r\n", MSNP21, Referral{TrID: 3, Host: "10.0.0.5:1863"}},
		{"XFR 0 NS 10.0.0.5:1863 U D VmVyc2lvbjogMQ0KWGZyQ291bnQ6IDENCg==\r\n", MSNP21, Referral{Host: "10.0.0.5:1863", Hop: 1}},
	} {
		got, err := ParseReferral(parseOne(t, Notification, FromServer, []byte(tt.in)), tt.v)
		if err != nil || got != tt.want {
			t.Errorf("%s: %q is %+v, %v", tt.v, tt.in, got, err)
		}
	}
	for _, in := range []string{"XFR 3 NS\r\n", "XFR x NS 0\r\n", "XFR 3 XX 0\r\n", "XFR 3 SB 10.0.0.5:1863\r\n", "XFR 3 NS a:b:c\r\n"} {
		if m, err := ParseReferral(parseOne(t, Notification, FromServer, []byte(in)), MSNP7); err == nil {
			t.Errorf("%q is %+v", in, m)
		}
	}
}

func TestParseTransferRefuses(t *testing.T) {
	for _, tt := range []struct {
		in string
		v  Version
	}{
		{"XFR 6 SB 10.0.1.200:1865 CKI\r\n", MSNP7},
		{"XFR 6 SB 10.0.1.200:1865\r\n", MSNP7},
		{"XFR 6 SB 10.0.1.200:1865 MD5 1.2\r\n", MSNP11},
		{"XFR 6 SB 10.0.1.200:1865 CKI 1.2\r\n", Beta2},
		{"XFR 6 SB 10.0.1.200:1865 CKI 1.2\r\n", MSNP21},
		{"XFR 6 SB 10.0.1.200:1865 XXX 1.2\r\n", MSNP7},
		{"XFR 6 NS 10.0.1.200:1865 CKI 1.2\r\n", MSNP7},
	} {
		if m, err := ParseTransfer(parseOne(t, Notification, FromServer, []byte(tt.in)), tt.v); err == nil {
			t.Errorf("%s: %q is %+v", tt.v, tt.in, m)
		}
	}
	// WLM 2009 was seen to put up with the short form.
	l := parseOne(t, Notification, FromServer, []byte("XFR 6 SB 10.0.1.200:1865 CKI 1.2\r\n"))
	if m, err := ParseTransfer(l, MSNP18); err != nil || m.Param != "1.2" || m.Direct || !IsTransfer(l) {
		t.Errorf("short form: %+v, %v", m, err)
	}
	for _, in := range []string{"RNG 2147483648 a:1 CKI 1 a@b.c A\r\n", "RNG 1 a:1 CKI 1 a@b.c\r\n", "RNG 1 a:1 CKI 1 a@b.c %\r\n"} {
		if m, err := ParseRing(parseOne(t, Notification, FromServer, []byte(in)), MSNP7); err == nil {
			t.Errorf("%q is %+v", in, m)
		}
	}
}
