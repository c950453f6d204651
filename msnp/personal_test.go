package msnp

import (
	"errors"
	"strconv"
	"strings"
	"testing"
)

// uux parses a UUX with a payload.
func uux(t testing.TB, payload string) (ChangePersonal, error) {
	t.Helper()
	wire := "UUX 1 " + strconv.Itoa(len(payload)) + "\r\n" + payload
	return ParseChangePersonal(parseOne(t, Notification, FromClient, []byte(wire)), MSNP11)
}

// TestChangePersonal: what clients put into the XML, and what is made of it.
func TestChangePersonal(t *testing.T) {
	both := func(message, media string) ChangePersonal {
		return ChangePersonal{TrID: 1, Personal: Personal{message, media}}
	}
	for payload, want := range map[string]ChangePersonal{
		"": both("", ""),
		"<Data><PSM>a</PSM><CurrentMedia>b</CurrentMedia></Data>": both("a", "b"),
		"<Data><CurrentMedia>b</CurrentMedia><PSM>a</PSM></Data>": both("a", "b"),
		"<Data><PSM/><CurrentMedia></CurrentMedia></Data>":        both("", ""),
		"<Data></Data>":                {TrID: 1, KeepMessage: true, KeepMedia: true},
		"<Data/>":                      {TrID: 1, KeepMessage: true, KeepMedia: true},
		"<Data><PSM>a</PSM></Data>":    {TrID: 1, Personal: Personal{Message: "a"}, KeepMedia: true},
		"<Data><CurrentMedia/></Data>": {TrID: 1, KeepMessage: true},
		// What is not known is passed over, with all that is in it.
		"<Data><PSM>a</PSM><MachineGuid>{1}</MachineGuid><EndpointData><PSM>x</PSM></EndpointData><CurrentMedia/></Data>": both("a", ""),
		"<Data><PSM>a<b>x</b>c</PSM><CurrentMedia/></Data>":                                                               both("ac", ""),
		"<Data><PSM>a</PSM><PSM>b</PSM><CurrentMedia/></Data>":                                                            both("b", ""),
		// White space, declarations, comments, other ways to write a character.
		"<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<Data>\r\n <PSM> a </PSM>\n<CurrentMedia/>\r\n</Data>\r\n": both(" a ", ""),
		"<Data><PSM>&lt;a&gt; &amp; &#9731;&#x2603; &quot;&apos;</PSM><CurrentMedia/></Data>":                     both("<a> & ☃☃ \"'", ""),
		"<Data><PSM><![CDATA[<a>&amp;]]>b<!-- c --></PSM><CurrentMedia/></Data>":                                  both("<a>&amp;b", ""),
		`<Data><PSM>☃</PSM><CurrentMedia>\0Music\01\0{0}\0a\0\0</CurrentMedia></Data>`:                            both("☃", `\0Music\01\0{0}\0a\0\0`),
		"<Data><PSM>" + strings.Repeat("x", MaxPersonalText) + "</PSM><CurrentMedia/></Data>":                     both(strings.Repeat("x", MaxPersonalText), ""),
	} {
		got, err := uux(t, payload)
		if err != nil || got != want {
			t.Errorf("%q is %+v, %v, want %+v", payload, got, err, want)
		}
	}
}

// TestChangePersonalRefused: what is no XML, or too much of it.
func TestChangePersonalRefused(t *testing.T) {
	for payload, want := range map[string]Code{
		"hello":                         closed,
		"<PSM>a</PSM>":                  closed,
		"<data><PSM>a</PSM></data>":     closed,
		"<Data><PSM>a</PSM>":            closed,
		"<Data><PSM>a</Data></PSM>":     closed,
		"<Data></Data><Data></Data>":    closed,
		"<Data><PSM>a & b</PSM></Data>": closed,
		"<Data><PSM>a\x00</PSM></Data>": closed,
		"<Data><PSM>a\xff</PSM></Data>": closed,
		"<Data><PSM>&x;</PSM></Data>":   closed,
		`<!DOCTYPE Data [<!ENTITY x "xxxxxxxxxxxxxxxx">]><Data><PSM>&x;&x;</PSM></Data>`:                   closed,
		`<?xml version="1.0" encoding="iso-8859-1"?><Data/>`:                                               closed,
		"<Data><PSM>" + strings.Repeat("x", MaxPersonalText+1) + "</PSM></Data>":                           CodeParameter,
		"<Data><PSM>" + strings.Repeat("&amp;", MaxPersonalText/5+1) + "</PSM></Data>":                     CodeParameter,
		"<Data><CurrentMedia>" + strings.Repeat("&#9731;", MaxPersonalText/3+1) + "</CurrentMedia></Data>": CodeParameter,
	} {
		m, err := uux(t, payload)
		var refused *ParseError
		if !errors.As(err, &refused) || refused.Code != want {
			t.Errorf("%q is %+v, %v", payload, m, err)
		}
	}
	var l Line
	wire := "UUX 1 " + strconv.Itoa(MaxPersonalPayload+1) + "\r\n"
	if _, err := l.Parse([]byte(wire), TableOf(Notification, FromClient), MaxLine); err == nil || errors.Is(err, ErrShort) {
		t.Errorf("a payload that is too long: %v", err)
	}
}

// TestPersonalStays: an element that is missing changes nothing.
func TestPersonalStays(t *testing.T) {
	before := Personal{"a", "b"}
	for _, tt := range []struct {
		change ChangePersonal
		want   Personal
	}{
		{ChangePersonal{KeepMessage: true, KeepMedia: true}, before},
		{ChangePersonal{KeepMedia: true}, Personal{"", "b"}},
		{ChangePersonal{KeepMessage: true, Personal: Personal{Media: "c"}}, Personal{"a", "c"}},
		{ChangePersonal{}, Personal{}},
	} {
		if got := tt.change.To(before); got != tt.want {
			t.Errorf("%+v gives %+v", tt.change, got)
		}
	}
}

// TestPersonalText: no text can break out of its element.
func TestPersonalText(t *testing.T) {
	for text, want := range map[string]string{
		`a & b <c> "d" 'e'`:  `<Data><PSM>a &amp; b &lt;c&gt; &quot;d&quot; &apos;e&apos;</PSM><CurrentMedia></CurrentMedia></Data>`,
		"a\x00b\xffc\uffffd": "<Data><PSM>a\ufffdb\ufffdc\ufffdd</PSM><CurrentMedia></CurrentMedia></Data>",
		"a\r\n\tb":           "<Data><PSM>a&#13;\n\tb</PSM><CurrentMedia></CurrentMedia></Data>",
	} {
		got := string(ContactPersonal{"bea@b.c", Personal{Message: text}}.Append(nil, MSNP11))
		if want = "UBX bea@b.c " + strconv.Itoa(len(want)) + "\r\n" + want; got != want {
			t.Errorf("%q is written %q", text, got)
		}
	}
}

func TestMedia(t *testing.T) {
	const text = `\0Music\01\0{0} - {1}\0Blue Train\0J. Coltrane\0Blue Train\0\0`
	m, ok := ParseMedia(text)
	if !ok || m.Application != "" || m.Kind != "Music" || !m.Playing || len(m.Args) != 4 {
		t.Errorf("%+v, %t", m, ok)
	}
	if got := m.String(); got != text {
		t.Errorf("written as %q", got)
	}
	if got := m.Text(); got != "Blue Train - J. Coltrane" {
		t.Errorf("shown as %q", got)
	}
	off := Media{Kind: `Mu\\00sic`, Format: "{0}"}
	if got := off.String(); got != `\0Music\00\0{0}\0` {
		t.Errorf("written as %q", got)
	}
	for _, text := range []string{"", "Music", `\0Music\01`, `\0Music\01\0`} {
		if m, ok := ParseMedia(text); ok {
			t.Errorf("%q is %+v", text, m)
		}
	}
}

// FuzzPersonal reads anything as the payload of UUX. What is understood comes out
// of UBX as it went in.
func FuzzPersonal(f *testing.F) {
	for _, payload := range []string{
		"<Data><PSM>a</PSM><CurrentMedia>b</CurrentMedia></Data>", "<Data/>", "",
		"<Data><PSM><![CDATA[<a>]]>&#13;&amp;</PSM></Data>", `<!DOCTYPE a [<!ENTITY x "y">]><Data><PSM>&x;</PSM></Data>`,
	} {
		f.Add([]byte(payload))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		p, ok := readPersonal(payload)
		if !ok {
			return
		}
		if len(p.Message)+len(p.Media) > len(payload) {
			t.Errorf("%d octets were made of %d", len(p.Message)+len(p.Media), len(payload))
		}
		if p.noMessage && p.Message != "" || p.noMedia && p.Media != "" {
			t.Errorf("text without an element: %+v", p)
		}
		if p.TooLong() {
			return
		}
		shown := ContactPersonal{"bea@b.c", p.Personal}
		wire := shown.Append(nil, MSNP11)
		got, err := ParseContactPersonal(parseOne(t, Notification, FromServer, wire), MSNP11)
		if err != nil || got != shown {
			t.Errorf("%q became %q, which is %+v, %v", payload, wire, got, err)
		}
	})
}

// FuzzMedia reads anything as what plays.
func FuzzMedia(f *testing.F) {
	f.Add(`\0Music\01\0{0} - {1}\0Blue Train\0J. Coltrane\0Blue Train\0\0`)
	f.Add(`\0\0\0\0\0`)
	f.Fuzz(func(t *testing.T, text string) {
		m, ok := ParseMedia(text)
		if !ok {
			return
		}
		_ = m.Text()
		again, ok := ParseMedia(m.String())
		if !ok {
			t.Fatalf("%q is %+v, written as %q", text, m, m.String())
		}
		equal(t, m, again)
	})
}
