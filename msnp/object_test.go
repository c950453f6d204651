package msnp

import (
	"strings"
	"testing"
)

// TestNewObject is the example of the descriptions.
func TestNewObject(t *testing.T) {
	var data []byte
	for i := range 2560 {
		data = append(data, byte(i))
	}
	o := NewObject("bob@example.test", ObjectPicture, "TFR1.dat", data)
	want := Object{
		Creator: "bob@example.test", Size: 2560, Type: ObjectPicture, Location: "TFR1.dat", Friendly: "AAA=",
		DataHash: "9IqVeZ0UTVrSVDVfGElTMSDb7BI=", Checksum: "iDQ/0hb7FLu3Y9qf9D6g01ooiWU=",
	}
	if o != want {
		t.Errorf("%+v", o)
	}
	if got := o.String(); got != `<msnobj Creator="bob@example.test" Size="2560" Type="3" Location="TFR1.dat" Friendly="AAA=" `+
		`SHA1D="9IqVeZ0UTVrSVDVfGElTMSDb7BI=" SHA1C="iDQ/0hb7FLu3Y9qf9D6g01ooiWU="/>` {
		t.Error(got)
	}
	word := o.Encode()
	if !strings.HasPrefix(word, "%3Cmsnobj%20Creator%3D%22bob%40example.test%22%20Size%3D") || len(word) > MaxObject {
		t.Error(word)
	}
	if got, ok := ParseObject(word); !ok || got != o || got.Sum() != got.Checksum {
		t.Errorf("%+v, %t", got, ok)
	}
}

func TestParseObject(t *testing.T) {
	for text, want := range map[string]Object{
		`<msnobj Creator="a" SHA1D="b"/>`:                         {Creator: "a", DataHash: "b"},
		"<msnobj Creator='a&amp;' SHA1D='b' Size='1' x='y'/>\x00": {Creator: "a&", DataHash: "b", Size: 1},
		` <?xml version="1.0"?>`:                                  {},
		`<msnobj/>`:                                               {},
		`<msnobj Creator="a"/>`:                                   {},
		`<msnobj Creator="a" SHA1D="b" Size="-1"/>`:               {},
		`<msnobj Creator="a" SHA1D="b" Size="2147483648"/>`:       {},
		`<msnobj Creator="a" SHA1D="b" Type="x"/>`:                {},
		`<msnobj Creator="a" SHA1D="b"`:                           {},
		`<object Creator="a" SHA1D="b"/>`:                         {},
		`hello`:                                                   {},
		`<msnobj Creator="a" SHA1D="` + strings.Repeat("b", MaxObject) + `"/>`: {},
		``:  {},
		`0`: {},
	} {
		got, ok := ParseObject(string(Encode(text)))
		if got != want || ok != (want != Object{}) {
			t.Errorf("%q is %+v, %t", text, got, ok)
		}
	}
	if o, ok := ParseObject("%3"); ok {
		t.Errorf("%+v", o)
	}
}

// FuzzObject reads anything as the description of a picture.
func FuzzObject(f *testing.F) {
	f.Add(NewObject("bob@example.test", ObjectPicture, "TFR1.dat", []byte("a")).Encode())
	f.Add("%3Cmsnobj%2F%3E")
	f.Fuzz(func(t *testing.T, word string) {
		o, ok := ParseObject(word)
		if !ok {
			return
		}
		again := o.Encode()
		if len(again) > MaxObject {
			return // it was shorter without all of its attributes
		}
		if got, ok := ParseObject(again); !ok || got != o {
			t.Errorf("%q is %+v, written as %q, which is %+v, %t", word, o, again, got, ok)
		}
	})
}
