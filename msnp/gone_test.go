package msnp

import "testing"

// TestRefusal: a command that later versions have no more is answered by some of
// them, and ends the connection otherwise.
func TestRefusal(t *testing.T) {
	for _, tt := range []struct {
		name string
		v    Version
		want Code
	}{
		{"PAG", MSNP8, 0},
		{"PAG", MSNP4, 0},
		{"PAG", MSNP9, CodeNotExpected},
		{"PAG", MSNP12, CodeNotExpected},
		{"FND", MSNP7, 0},
		{"FND", MSNP8, CodeDisabled},
		{"FND", MSNP12, CodeDisabled},
		{"ADD", MSNP10, 0},
		{"REA", MSNP10, 0},
		{"LST", MSNP9, 0},
		{"ADC", MSNP9, 0},
	} {
		code, ok := TableOf(Notification, FromClient).Find([]byte(tt.name)).Refusal(tt.v)
		if ok != (tt.want != 0) || ok && code != tt.want {
			t.Errorf("%s of %s: %d, %t", tt.name, tt.v, code, ok)
		}
	}
}

// TestClientCommands holds what clients send from MSNP8 to MSNP12 against the
// matrix of the descriptions.
func TestClientCommands(t *testing.T) {
	for name, has := range map[string]string{
		"SYN": "89012", "GTC": "89012", "BLP": "89012", "LST": "8", "LSG": "8", "PRP": "89012",
		"ADD": "89", "ADC": "012", "REM": "89012", "REA": "89", "SBP": "012",
		"ADG": "89012", "REG": "89012", "RMG": "89012", "CHG": "89012", "UUX": "12",
		"PAG": "8", "PGD": "9012", "URL": "89012", "SND": "89012", "SDC": "89012", "FND": "", "IMS": "89012",
		"PNG": "89012", "GCF": "12", "GSB": "12", "LKP": "2", "QRY": "89012", "CHL": "89012",
		"INF": "", "ADL": "", "RML": "", "UUN": "", "FQY": "", "UUM": "", "PUT": "",
	} {
		c := TableOf(Notification, FromClient).Find([]byte(name))
		if c == nil {
			t.Errorf("no %s", name)
			continue
		}
		var got string
		for v := MSNP8; v <= MSNP12; v++ {
			if c.Has(v) {
				number := v.String()
				got += number[len(number)-1:]
			}
		}
		if got != has {
			t.Errorf("%s: the versions ending in %q have it, want %q", name, got, has)
		}
	}
}
