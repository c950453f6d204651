package passport

import (
	"strings"
	"testing"

	"github.com/papilio-im/papilio/internal/account"
)

func TestParseAuthorization(t *testing.T) {
	for header, want := range map[string]credentials{
		ask + "sign-in=ana%40example.net,pwd=pa%24s" + given:          {"ana@example.net", "pa$s"},
		"passport1.4 sign-in=ana@example.net,pwd=a+b%2Bc":             {"ana@example.net", "a+b+c"},
		"Passport1.4 pwd=x=y%,sign-in=ana@example.net":                {"ana@example.net", "x=y%"},
		"Passport1.4 sign-in=ana%40example.net , pwd=%20x%2C ":        {"ana@example.net", " x,"},
		"Passport1.4 sign-in=ana@example.net,pwd=%C3%A9":              {"ana@example.net", "é"},
		"Passport1.4 sign-in=ana@example.net,pwd=%E9%zz":              {"ana@example.net", "é%zz"},
		"Passport1.4 sign-in=ana@example.net,pwd=5%80%9F":             {"ana@example.net", "5€Ÿ"},
		"Passport1.4 sign-in=a@b.c,pwd=x,ct=1,sign-in=z@b.c,pwd=evil": {"a@b.c", "x"},
	} {
		if got, err := parseAuthorization(header); err != nil || got != want {
			t.Errorf("%s: %q %q %v", header, got.handle, got.password.Reveal(), err)
		}
	}
	for _, header := range []string{
		"", "Passport1.4", "Passport1.4 ", "Passport1.4 pwd=x", "Passport1.4 sign-in=a@b.c", "Passport1.4 sign-in=,pwd=x",
		"Passport1.4 sign-in=a@b.c,pwd=", "Basic sign-in=a@b.c,pwd=x", "Passport1.40 sign-in=a@b.c,pwd=x",
		"Passport1.4,sign-in=a@b.c,pwd=x",
	} {
		if got, err := parseAuthorization(header); err == nil {
			t.Errorf("%s: %q %q", header, got.handle, got.password.Reveal())
		}
	}
}

// What a client writes is what is read.
func FuzzAuthorization(f *testing.F) {
	f.Add(ask+"sign-in=ana%40example.net,pwd=pa%24s"+given, "ana@example.net", "pa$s")
	f.Add("Passport1.4 x", "%", "\xff,")
	f.Fuzz(func(t *testing.T, header, handle, pw string) {
		if c, err := parseAuthorization(header); err == nil && (c.handle == "" || c.password == "") {
			t.Errorf("%q has no credentials", header)
		}
		header = "Passport1.4 OrgVerb=GET,sign-in=" + escape(handle) + ",pwd=" + escape(pw) + given
		if strings.TrimSpace(asUTF8(handle)) == "" || pw == "" || len(header) > maxAuthorization {
			return
		}
		c, err := parseAuthorization(header)
		if err != nil || c.password != account.Secret(unescape(pw0(pw))) || c.handle != strings.TrimSpace(unescape(pw0(handle))) {
			t.Errorf("%q, %q: %q %q %v", handle, pw, c.handle, c.password.Reveal(), err)
		}
	})
}

// pw0 is text in which a % is no escape.
func pw0(s string) string { return strings.ReplaceAll(s, "%", "%25") }
