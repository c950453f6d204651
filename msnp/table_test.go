package msnp

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestCommandTable looks for rows that cannot be.
func TestCommandTable(t *testing.T) {
	type key struct {
		name string
		from Direction
		role Role
	}
	seen := make(map[key]bool)
	for _, c := range Commands() {
		if len(c.Name) != 3 || strings.ToUpper(c.Name) != c.Name || c.About == "" {
			t.Errorf("%q: %q", c.Name, c.About)
		}
		if !c.Since.Valid() || !c.Until.Valid() || c.Since > c.Until {
			t.Errorf("%s: from %s to %s", c.Name, c.Since, c.Until)
		}
		if (c.Length != 0) != (c.MaxPayload > 0) {
			t.Errorf("%s: the length is at %d, the payload at most %d", c.Name, c.Length, c.MaxPayload)
		}
		if c.From&FromClient != 0 && c.In == 0 {
			t.Errorf("%s: a client may never send it", c.Name)
		}
		if c.From == FromServer && (c.In != 0 || c.MinArgs != 0) {
			t.Errorf("%s: rules for clients on what only servers send", c.Name)
		}
		if c.NoTrID && c.MinArgs > 0 {
			t.Errorf("%s: arguments, but no transaction id", c.Name)
		}
		for _, from := range []Direction{FromClient, FromServer} {
			for _, role := range []Role{Dispatch, Notification, Switchboard} {
				k := key{c.Name, from, role}
				if c.From&from == 0 || c.Roles&role == 0 {
					continue
				}
				if seen[k] {
					t.Errorf("%s is there twice for the %s server", c.Name, role)
				}
				seen[k] = true
				if found := TableOf(role, from).Find([]byte(c.Name)); found == nil || found.About != c.About {
					t.Errorf("%s is not found for the %s server", c.Name, role)
				}
			}
		}
	}
}

// TestCommandVersions holds some rows against the matrix of the descriptions.
func TestCommandVersions(t *testing.T) {
	for _, tt := range []struct {
		name        string
		role        Role
		from        Direction
		first, last Version
	}{
		{"VER", Dispatch, FromClient, Beta2, MSNP21},
		{"INF", Notification, FromClient, Beta2, MSNP7},
		{"XFR", Dispatch, FromClient, Beta2, MSNP21},
		{"ADD", Notification, FromClient, Beta2, MSNP9},
		{"ADC", Notification, FromClient, MSNP10, MSNP12},
		{"LSG", Notification, FromServer, MSNP7, MSNP12},
		{"PRP", Notification, FromClient, MSNP5, MSNP21},
		{"CHL", Notification, FromServer, MSNP6, MSNP21},
		{"PAG", Notification, FromClient, MSNP5, MSNP8},
		{"ADL", Notification, FromClient, MSNP13, MSNP21},
		{"USR", Switchboard, FromClient, Beta2, MSNP20},
		{"RNG", Notification, FromServer, Beta2, MSNP20},
	} {
		c := TableOf(tt.role, tt.from).Find([]byte(tt.name))
		for v := First; v <= Last; v++ {
			want := v >= tt.first && v <= tt.last
			if v == CVR0 {
				want = tt.name == "VER"
			}
			if c.Has(v) != want {
				t.Errorf("%s: Has(%s) = %t", tt.name, v, c.Has(v))
			}
		}
	}
	for _, name := range []string{"CVR", "CVQ", "OUT"} {
		if !TableOf(Dispatch, FromClient).Find([]byte(name)).Has(CVR0) {
			t.Errorf("a client that was given CVR0 cannot send %s", name)
		}
	}
}

func TestFeatures(t *testing.T) {
	for f := range numFeatures {
		s := features[f]
		if s.first < Beta2 || s.last < s.first || s.last > Last {
			t.Errorf("feature %d: from %s to %s", f, s.first, s.last)
		}
		for v := Version(0); v <= Last+1; v++ {
			want := v >= s.first && v <= s.last && v != CVR0 || v == CVR0 && s.cvr0
			if v.Has(f) != want {
				t.Errorf("%s: Has(%d) = %t", v, f, v.Has(f))
			}
		}
	}
	if MSNP7.Has(numFeatures) {
		t.Error("a feature that is none")
	}
}

func TestVersions(t *testing.T) {
	for v := First; v <= Last; v++ {
		if v == Beta2 {
			continue
		}
		for _, word := range []string{v.VER(), strings.ToLower(v.VER())} {
			if got, ok := ParseVersion(word); !ok || got != v {
				t.Errorf("ParseVersion(%q) = %s, %t", word, got, ok)
			}
		}
	}
	if Beta2.VER() != "MSNP2" || Beta2.String() != "Beta 2" || Version(0).String() != "none" || Version(99).String() != "none" {
		t.Error("wrong names")
	}
	for _, word := range []string{"", "MSNP1", "MSNP22", "MSNP", "MSNP02", "Beta 2", "0"} {
		if v, ok := ParseVersion(word); ok {
			t.Errorf("ParseVersion(%q) = %s", word, v)
		}
	}
	if vs := Versions(Beta2, MSNP4); len(vs) != 4 || vs[1] != MSNP2 {
		t.Errorf("Versions(Beta2, MSNP4) = %v", vs)
	}
	if vs := Versions(CVR0, MSNP2); len(vs) != 2 || vs[0] != CVR0 {
		t.Errorf("Versions(CVR0, MSNP2) = %v", vs)
	}
}

// TestCodesHaveMeanings reads the constants out of the source.
func TestCodesHaveMeanings(t *testing.T) {
	source, err := os.ReadFile("code.go")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^\s+Code\w+\s+Code = (\d+)$`).FindAllSubmatch(source, -1)
	if len(rows) < 30 {
		t.Fatalf("only %d constants were found", len(rows))
	}
	for _, row := range rows {
		code, ok := parseCode(row[1])
		if !ok || code.Meaning() == Code(1).Meaning() {
			t.Errorf("%s has no meaning", row[1])
		}
	}
	for code, meaning := range meanings {
		if meaning == "" || code < 200 || code > 999 {
			t.Errorf("%d: %q", code, meaning)
		}
	}
	if got := (Error{CodeNotAllowedHidden, 10}).Error(); !strings.Contains(got, "913") || !strings.Contains(got, "hidden") {
		t.Error(got)
	}
}

func TestParseHandle(t *testing.T) {
	for in, want := range map[string]string{
		"zed@example.net":       "zed@example.net",
		"Zed.Q+tag@Example.NET": "zed.q+tag@example.net",
		"a@b.c":                 "a@b.c",
		strings.Repeat("a", MaxHandle-4) + "@b.c": strings.Repeat("a", MaxHandle-4) + "@b.c",
		strings.Repeat("a", MaxHandle-3) + "@b.c": "",
		"":                       "",
		"@":                      "",
		"zed":                    "",
		"zed@":                   "",
		"@example.net":           "",
		"zed@host":               "",
		"zed@.net":               "",
		"zed@example.":           "",
		"zed@example..net":       "",
		"zed@q@example.net":      "",
		"zed q@example.net":      "",
		"zed@example.net;{guid}": "",
		"zed@exam\x00ple.net":    "",
		"bo\u212a@example.net":   "", // the sign of the kelvin, which folds into k
		"größe@example.net":      "",
	} {
		got, err := ParseHandle(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("ParseHandle(%q) = %q, %v", in, got, err)
		}
	}
	word := []byte("Zed@Example.NET")
	if got, err := ParseHandle(word); got != "zed@example.net" || err != nil || string(word) != "Zed@Example.NET" {
		t.Errorf("ParseHandle = %q, %v, and the buffer is %q", got, err, word)
	}
}

func TestEncode(t *testing.T) {
	for text, want := range map[string]Encoded{
		"":                "",
		"Zed Q":           "Zed%20Q",
		"Größe ☃":         "Gr%C3%B6%C3%9Fe%20%E2%98%83",
		"100% a+b\r\n":    "100%25%20a%2Bb%0D%0A",
		"(a)-_.!":         "(a)-_.!",
		"zed@example.net": "zed%40example.net",
	} {
		got := Encode(text)
		if got != want {
			t.Errorf("Encode(%q) = %q, want %q", text, got, want)
		}
		if back, err := got.Decode(); err != nil || back != text {
			t.Errorf("Decode(%q) = %q, %v", got, back, err)
		}
	}
	for in, want := range map[Encoded]string{"a+b": "a+b", "%e2%98%83": "☃", "☃": "☃", "%2520": "%20"} {
		if got, err := in.Decode(); err != nil || got != want {
			t.Errorf("Decode(%q) = %q, %v", in, got, err)
		}
	}
	for _, in := range []Encoded{"%", "%2", "a%2", "%g0", "%0g", "%ff", "\xff", "%C3"} {
		if got, err := in.Decode(); err == nil {
			t.Errorf("Decode(%q) = %q", in, got)
		}
	}
}
