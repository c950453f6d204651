package transcript

import (
	"context"
	"net"
	"strings"
	"testing"
)

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"ada", "ada shouts hello", "account ada@example.net secret", "config limits.enabled", "time grace soon",
		"lists many", "elsewhere bea@example.net", `ada >. \q`, "ada | a payload of nothing",
		"ada > CHG 1 NLN\nbea | of somebody else", "ada signs in with MSNP8 as ada@example.net",
		"ada signs in with MSNP7 as ada@example.net", "ada signs in with MSNP7",
	} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func TestMatch(t *testing.T) {
	v := variables{"ns": "127.0.0.1:1864", "salt": "1.2"}
	for _, test := range []struct {
		want, got string
		matches   bool
	}{
		{"QNG", "QNG", true},
		{"QNG", "QNG 50", false},
		{"QNG 50", "QNG", false},
		{"XFR 1 NS {ns}", "XFR 1 NS 127.0.0.1:1864", true},
		{"XFR 1 NS {ns}", "XFR 1 NS 127.0.0.1:1865", false},
		{"USR 1 MD5 S {new}", "USR 1 MD5 S 3.4", true},
		{"USR 1 MD5 S {new}", "USR 1 MD5 S 5.6", false},
		{"RNG {session} {new} x", "RNG 12 3.4 x", true},
		{"ANS {session}", "ANS 13", false},
		{"MSG Hotmail Hotmail {any}", "MSG Hotmail Hotmail 95", true},
		{"MSG Hotmail Hotmail {any}", "MSG Hotmail Hotmail 95 1", false},
		{"MSG {any} {any} {len}", "MSG a b 2", true},
		{"MSG {any} {any} {len}", "MSG a b 3", false},
		{"USR {md5 salt x}", "USR 92bbcb82f5a2f5c1b1a0d6d7a2a1f3d4", false},
		{"country: {}", "country: ", true},
		{"country: {}", "country:", false},
	} {
		if err := v.match(test.want, test.got, "xy"); (err == nil) != test.matches {
			t.Errorf("%q and %q: %v", test.want, test.got, err)
		}
	}
}

// TestPlayFails plays what does not go as it is written, against a server that
// says OUT and hangs up.
func TestPlayFails(t *testing.T) {
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			_, _ = nc.Write([]byte("OUT\r\n"))
			_ = nc.Close()
		}
	}()
	service := Service{
		Addresses: map[string]string{"NS": ln.Addr().String()},
		Operator:  func(context.Context, []string) error { return net.ErrClosed },
	}
	for _, test := range []struct{ text, want string }{
		{"ada dials NS\nada < OUT\nada is closed", ""},
		{"# a comment\nada dials NS\nada < OUT SSD", "line 3"},
		{"ada dials NS\nada is closed", "want the connection closed"},
		{"ada dials NS\nada hears nothing", "want silence"},
		{"ada dials NS\nada < OUT\nada < OUT", "EOF"},
		{"ada < OUT", "has not dialled"},
		{"ada dials {nowhere}", "nothing is known"},
		{"operator bans ada@example.net", "closed"},
	} {
		script, err := Parse(test.text)
		if err != nil {
			t.Fatal(err)
		}
		err = Play(t.Context(), script, service)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%q: %v", test.text, err)
		}
	}
}
