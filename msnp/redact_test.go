package msnp

import (
	"bytes"
	"testing"
)

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		// Sign-in, both sides.
		"USR 3 MD5 I zed@example.net":                  "USR 3 MD5 I zed@example.net",
		"USR 3 MD5 S 982312055.48817":                  "USR 3 MD5 S 982312055.48817",
		"USR 4 MD5 S b113b7c25f4a696a0add686f5f42cc70": "USR 4 MD5 S ***",
		"USR 4 MD5 S 12345678901234567890123456789012": "USR 4 MD5 S ***",
		"USR 4 MD5 I": "USR 4 MD5 I",
		"USR 5 MD5 S zed@example.net b113b7c25f4a696a0add686f5f42cc70":         "USR 5 MD5 S zed@example.net ***",
		"USR 4 CTP I zed@example.net hunter2":                                  "USR 4 CTP I zed@example.net ***",
		"USR 4 CTP S":                                                          "USR 4 CTP S",
		"USR 4 CTP S hunter2":                                                  "USR 4 CTP S ***",
		"USR 4 CTP S p@ss.word":                                                "USR 4 CTP S ***",
		"USR 4 CTP S 12345.678":                                                "USR 4 CTP S ***",
		"USR 3 TWN S ct=1000000000,rver=1,wp=FS_40SEC_0_COMPACT,lc=1033":       "USR 3 TWN S ***",
		"USR 4 TWN S t=Q0ZZ*ab!c$&p=":                                          "USR 4 TWN S ***",
		"USR 4 TWN S t=Q0ZZ*ab!c$&p= more":                                     "USR 4 TWN S ***",
		"usr 4 twn s t=Q0ZZ*ab!c$&p=":                                          "usr 4 twn s ***",
		"USR 4 TWN t=Q0ZZ*ab!c$&p=":                                            "USR 4 TWN ***",
		"USR 4 TWN I zed@example.net t=Q0ZZ*ab!c$&p=":                          "USR 4 TWN I zed@example.net ***",
		"USR 4 TWN I t=Q0ZZ*ab!c$&p=":                                          "USR 4 TWN I ***",
		"USR 4 t=Q0ZZ*ab!c$&p=":                                                "USR 4 ***",
		"USR t=Q0ZZ*ab!c$&p=":                                                  "USR ***",
		"t=Q0ZZ*ab!c$&p=":                                                      "***",
		"USR 4 OK zed@example.net 1 0":                                         "USR 4 OK zed@example.net 1 0",
		"SBS 0 null":                                                           "SBS 0 null",
		"SBS 0 SC=0123456789abcdef0123456789abcdef;SI=1;SS=2;PS=2":             "SBS 0 ***",
		"UUX 23 65\r\n<Data><PSM>gone fishing</PSM></Data>":                    "UUX 23 65",
		"USR 3 SSO S MBI_KEY_OLD AAEC":                                         "USR 3 SSO S ***",
		"USR 4 SSO S t=abc&p= HAAAAAEA {0b2f6c1e-7d0a-4c55-9a61-2f6e1d3c4b5a}": "USR 4 SSO S ***",
		"USR 9 SHA A PD94bWw=":                                                 "USR 9 SHA ***",
		"USR 4 OK zed@example.net Zed%20Q 1":                                   "USR 4 OK zed@example.net Zed%20Q 1",
		"USR 4 OK zed@example.net;{3d6f0b1a-9c55-4e0b-8a17-20c44c1f77aa} Zed":  "USR 4 OK zed@example.net;{3d6f0b1a-9c55-4e0b-8a17-20c44c1f77aa} Zed",
		"CVR 2 0x0409 winnt 5.1 i386 MSNMSGR 6.0.0602 MSMSGS zed@example.net":  "CVR 2 0x0409 winnt 5.1 i386 MSNMSGR 6.0.0602 MSMSGS zed@example.net",
		"CHG 22 NLN": "CHG 22 NLN",
		"911 4":      "911 4",
		"PNG":        "PNG",

		// Switchboards.
		"USR 1 ana@example.test 40211873.947112233.5501":                         "USR 1 ana@example.test ***",
		"USR 1 ana@example.test;{3d6f} 40211873.947112233.5501":                  "USR 1 ana@example.test;{3d6f} ***",
		"USR 1 OK ana@example.test Ana%20B":                                      "USR 1 OK ana@example.test Ana%20B",
		"ANS 1 bob@example.test 947112251.7710283345 40211873":                   "ANS 1 bob@example.test *** 40211873",
		"ANS 1 MD5 S bob@example.test 25e69b1b7495cac3003d981a37e29b44 40211873": "ANS 1 ***",
		"ANS 1 OK": "ANS 1 OK",
		"XFR 6 SB": "XFR 6 SB",
		"XFR 2 NS": "XFR 2 NS",
		"XFR 6 SB 10.0.1.200:1865 CKI 123456789.123456789.123456789":             "XFR 6 SB 10.0.1.200:1865 CKI ***",
		"XFR 6 SB 10.0.1.200:1865 CKI 1.2.3 U messenger.msn.com 1":               "XFR 6 SB 10.0.1.200:1865 CKI *** U messenger.msn.com 1",
		"XFR 9 SB 203.0.113.9:1863 MD5 8127364550.1999":                          "XFR 9 SB 203.0.113.9:1863 MD5 8127364550.1999",
		"XFR 9 SB 203.0.113.9:1863 CTP":                                          "XFR 9 SB 203.0.113.9:1863 CTP",
		"XFR 5 NS 10.0.0.5:1863 0 10.0.0.1:1863":                                 "XFR 5 NS 10.0.0.5:1863 0 10.0.0.1:1863",
		"XFR 0 NS 0":                                                             "XFR 0 NS 0",
		"RNG 40211873 203.0.113.9:1863 CKI 947112251.7710 ana@example.test Ana":  "RNG 40211873 203.0.113.9:1863 CKI *** ana@example.test Ana",
		"RNG 40211873 203.0.113.9:1863 MD5 8127364550.1999 ana@example.test Ana": "RNG 40211873 203.0.113.9:1863 MD5 8127364550.1999 ana@example.test Ana",
		"RNG 40211873 203.0.113.9:1863 CTP ana@example.test Ana":                 "RNG 40211873 203.0.113.9:1863 CTP ana@example.test Ana",
		"RNG 1 a:1 CKI 1.2 ana@example.test Ana U messenger.hotmail.com 1":       "RNG 1 a:1 CKI *** ana@example.test Ana U messenger.hotmail.com 1",
		"MSG 3 A 129\r\nMIME-Version: 1.0\r\n\r\nDinner at 8?":                   "MSG 3 A 129",
		"MSG Hotmail Hotmail 95\r\nMSPAuth: 1234":                                "MSG Hotmail Hotmail 95",

		// Malformed lines do not leak.
		"":                                       "",
		"\r\nUSR 4 CTP S hunter2":                "",
		"   ":                                    "",
		"hunter2":                                "***",
		"hunter2 hunter3":                        "***",
		"usr 4 ctp i zed@example.net hunter2":    "usr 4 ctp i zed@example.net ***",
		"Usr 4 Ctp S hunter2":                    "Usr 4 Ctp S ***",
		" USR\t4  CTP  I  zed@example.net\tpw x": "USR 4 CTP I zed@example.net ***",
		"USR 4 CTP hunter2":                      "USR 4 CTP ***",
		"USR 4 CTP I hunter2":                    "USR 4 CTP I ***",
		"USR 4 CTP X zed@example.net hunter2":    "USR 4 CTP ***",
		"USR 4 hunter2":                          "USR 4 ***",
		"USR 4 OK hunter2":                       "USR 4 OK ***",
		"USR 4 MD5 S zed@example.net":            "USR 4 MD5 S ***",
		"USR 4 MD5 S zed@example.net a b":        "USR 4 MD5 S ***",
		"USR hunter2":                            "USR ***",
		"USR":                                    "USR",
		"ANS 1 bob@example.test 40211873":        "ANS 1 bob@example.test ***",
		"ANS 1 hunter2 1 40211873":               "ANS 1 ***",
		"ANS 1 bob@example.test hunter2 hunter3": "ANS 1 bob@example.test ***",
		"XFR 6 SB 10.0.1.200:1865 XXX hunter2":   "XFR 6 SB 10.0.1.200:1865 ***",
		"XFR 6 SB 10.0.1.200:1865 CKI 1 hunter2": "XFR 6 SB 10.0.1.200:1865 CKI ***",
		"XFR 6 SB 10.0.1.200:1865 CTP hunter2":   "XFR 6 SB 10.0.1.200:1865 CTP ***",
		"XFR 6 SB 10.0.1.200:1865 MD5 abc":       "XFR 6 SB 10.0.1.200:1865 MD5 ***",
		"XFR 6 XX hunter2":                       "XFR 6 ***",
		"RNG 1 a:1 hunter2 ana@example.test Ana": "RNG 1 a:1 ***",
		"911 hunter2":                            "911 ***",
		"911 4 hunter2":                          "911 4 ***",
	} {
		if got := string(Redact(nil, []byte(in))); got != want {
			t.Errorf("Redact(%q)\n got %q\nwant %q", in, got, want)
		}
	}
}

// TestRedactLeavesItsInput: the line goes on to be parsed.
func TestRedactLeavesItsInput(t *testing.T) {
	line := []byte("USR 4 ctp S hunter2\r\n")
	before := bytes.Clone(line)
	if got := Redact([]byte("C: "), line); string(got) != "C: USR 4 ctp S ***" {
		t.Errorf("got %q", got)
	}
	if !bytes.Equal(line, before) {
		t.Errorf("the line has become %q", line)
	}
}
