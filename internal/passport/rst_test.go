package passport

import (
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/internal/ticket"
)

// rstFor is a request as MSN Messenger 7.5 sends it.
func rstFor(handle, password, cipher string, tokens ...audience) string {
	proof := `<wsse:UsernameToken Id="user"><wsse:Username>` + escapeXML(handle) + `</wsse:Username><wsse:Password>` +
		escapeXML(password) + `</wsse:Password></wsse:UsernameToken>`
	if cipher != "" {
		proof = `<EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#" Id="BinaryDAToken0"><CipherData><CipherValue>` + cipher + `</CipherValue></CipherData></EncryptedData>`
	}
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/" xmlns:wsse="http://schemas.xmlsoap.org/ws/2003/06/secext" xmlns:saml="urn:oasis:names:tc:SAML:1.0:assertion" xmlns:wsp="http://schemas.xmlsoap.org/ws/2002/12/policy" xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd" xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/03/addressing" xmlns:wssc="http://schemas.xmlsoap.org/ws/2004/04/sc" xmlns:wst="http://schemas.xmlsoap.org/ws/2004/04/trust">
 <Header>
  <ps:AuthInfo xmlns:ps="http://schemas.microsoft.com/Passport/SoapServices/PPCRL" Id="PPAuthInfo">
   <ps:HostingApp>{7108E71A-9926-4FCB-BCC9-9A9D3F32E423}</ps:HostingApp><ps:BinaryVersion>3</ps:BinaryVersion><ps:UIVersion>1</ps:UIVersion><ps:Cookies></ps:Cookies><ps:RequestParams>AQAAAAIAAABsYwQAAAAxMDMz</ps:RequestParams>
  </ps:AuthInfo>
  <wsse:Security>` + proof + `</wsse:Security>
 </Header>
 <Body><ps:RequestMultipleSecurityTokens xmlns:ps="http://schemas.microsoft.com/Passport/SoapServices/PPCRL" Id="RSTS">`)
	for i, a := range tokens {
		fmt.Fprintf(&b, `
  <wst:RequestSecurityToken Id="RST%d"><wst:RequestType>http://schemas.xmlsoap.org/ws/2004/04/security/trust/Issue</wst:RequestType>`, i)
		if a.address != "" {
			b.WriteString(`<wsp:AppliesTo><wsa:EndpointReference><wsa:Address>` + a.address + `</wsa:Address></wsa:EndpointReference></wsp:AppliesTo>`)
		} else {
			b.WriteString(`<wsp:AppliesTo><wsa:EndpointReference><wsa:ServiceName>p2pslc.messenger.msn.com</wsa:ServiceName></wsa:EndpointReference></wsp:AppliesTo>`)
		}
		if a.policy != "" {
			b.WriteString(`<wsse:PolicyReference URI="` + escapeXML(a.policy) + `"></wsse:PolicyReference>`)
		}
		b.WriteString(`</wst:RequestSecurityToken>`)
	}
	b.WriteString("\n </ps:RequestMultipleSecurityTokens></Body>\n</Envelope>\n")
	return b.String()
}

// post sends a request and gives the body of the answer, which has to be as all
// answers of RST are.
func (s *service) post(t testing.TB, path, body string) string {
	t.Helper()
	answer := s.exchange(t, lines("POST "+path+" HTTP/1.1", "Host: login.live.com", "Connection: close", "Content-Type: text/xml",
		fmt.Sprintf("Content-Length: %d", len(body)), "", body))
	header, content, _ := strings.Cut(answer, "\r\n\r\n")
	want := lines("HTTP/1.1 200 OK", "Connection: close", fmt.Sprintf("Content-Length: %d", len(content)), "Content-Type: text/xml; charset=utf-8")
	if sorted(header) != sorted(want) {
		t.Errorf("header:\n%s\nwant:\n%s", header, want)
	}
	d := xml.NewDecoder(strings.NewReader(content))
	for {
		if _, err := d.Token(); err != nil {
			if err.Error() != "EOF" {
				t.Errorf("not XML: %v\n%s", err, content)
			}
			return content
		}
	}
}

// six are the tokens that a client of those years asks for.
var six = []audience{
	{"http://Passport.NET/tb", ""}, {"messengerclear.live.com", "MBI_KEY_OLD"}, {"messenger.msn.com", "?id=507"},
	{"contacts.msn.com", "MBI"}, {"messengersecure.live.com", "MBI_SSL"}, {"example.net/other", "?fs=1&id=24000&kv=7"},
}

// golden compares with a file, in which what is random is replaced. There a line
// ends after each element, for people.
func golden(t *testing.T, name, got string) {
	t.Helper()
	got = strings.ReplaceAll(got, "><", ">\n<") + "\n"
	file := "testdata/" + name
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("not as in %s:\n%s", file, got)
	}
}

func TestRST(t *testing.T) {
	s := start(t, nil)
	for _, path := range []string{"/RST.srf", "//RST.srf", "/rst.srf", "/pp550/RST.srf"} {
		answer := s.post(t, path, rstFor(ada, password.Reveal(), "", six...))
		masked := answer
		for i, p := range strings.SplitAfter(answer, `">t=`)[1:] {
			text, _, _ := strings.Cut(p, "&amp;p=")
			masked = strings.Replace(masked, text, fmt.Sprintf("TICKET%d", i+1), 1)
			want := ticket.ForServices
			if i < 2 {
				want = ticket.ForSignIn
			}
			if s.owner(t.Context(), "t="+text+"&p=", want) != ada {
				t.Errorf("token %d is not good for %s", i+1, want)
			}
		}
		cipher := between(t, answer, "<CipherValue>", "</CipherValue>")
		masked = strings.Replace(masked, cipher, "CIPHER", 1)
		for i := range 2 {
			secret := between(t, masked, "<wst:BinarySecret>", "</wst:BinarySecret>")
			if raw, err := base64.StdEncoding.DecodeString(secret); err != nil || len(raw) != 24 {
				t.Errorf("secret %s", secret)
			}
			masked = strings.Replace(masked, "BinarySecret>"+secret, fmt.Sprintf("BinarySecret >SECRET%d", i), 1)
		}
		golden(t, "tokens.xml", masked)
	}
}

func TestRSTAsOthersSendIt(t *testing.T) {
	s := start(t, nil)
	single := rstFor(ada, password.Reveal(), "", audience{"messenger.msn.com", "?ct=1&id=507"})
	_, token, _ := strings.Cut(single, `Id="RSTS">`)
	token, _, _ = strings.Cut(token, "</ps:RequestMultiple")
	raw := `<Envelope><Header><Security><UsernameToken><Username> ADA@example.net </Username><Password>` +
		`pa$s, w` + "\xf6" + `rd&=&lt;+</Password></UsernameToken></Security></Header><Body>` + token + `</Body></Envelope>`
	for name, body := range map[string]string{
		"with a mark":            "\xef\xbb\xbf" + single,
		"prefixes":               regexp.MustCompile(`<(/?)(Envelope|Header|Body)`).ReplaceAllString(single, "<${1}soap:$2"),
		"one token alone":        `<?xml version="1.0" encoding="iso-8859-1"?>` + raw,
		"no line breaks at all":  strings.ReplaceAll(single, "\n", ""),
		"capital letters in UTF": strings.Replace(single, `encoding="UTF-8"`, `encoding="Utf-8"`, 1),
	} {
		answer := s.post(t, "/RST.srf", body)
		if !strings.Contains(answer, `Id="Compact1">t=`) {
			t.Errorf("%s:\n%s\n%s", name, body, answer)
		}
	}
}

// A token that stands for a password is as good as one, until that changes.
func TestRSTWithAToken(t *testing.T) {
	s := start(t, nil)
	answer := s.post(t, "/RST.srf", rstFor(ada, password.Reveal(), "", six...))
	cipher := between(t, answer, "<CipherValue>", "</CipherValue>")
	again := s.post(t, "/RST.srf", rstFor("", "", cipher[:40]+"\n "+cipher[40:], six...))
	if n := strings.Count(again, "<wst:RequestSecurityTokenResponse>"); n != len(six) {
		t.Errorf("%d tokens:\n%s", n, again)
	}
	for name, other := range map[string]string{
		"no token at all":   "AAAA",
		"one to sign in":    base64.StdEncoding.EncodeToString([]byte(between(t, answer, `"Compact1">`, "&amp;"))),
		"one that has gone": cipher,
	} {
		if name == "one that has gone" {
			if err := s.accounts.SetPassword(t.Context(), ada, "another"); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.post(t, "/RST.srf", rstFor("", "", other, six...)); !strings.Contains(got, "<psf:reqstatus>0x80048821<") {
			t.Errorf("%s:\n%s", name, got)
		}
	}
}

func TestRSTFaults(t *testing.T) {
	s := start(t, nil)
	golden(t, "refused.xml", s.post(t, "/RST.srf", rstFor(ada, "wrong", "", six...)))
	golden(t, "refused.xml", s.post(t, "/RST.srf", rstFor("nobody@example.net", "wrong", "", six...)))
	for _, body := range []string{
		"", "hello", "<", "<Envelope>", "<Envelope/>", rstFor(ada, password.Reveal(), ""),
		strings.Replace(rstFor(ada, password.Reveal(), "", six...), "</Envelope>", "", 1),
		rstFor(ada, password.Reveal(), "", make([]audience, maxTokens+1)...),
		rstFor(ada, password.Reveal(), "", audience{strings.Repeat("x", maxAudience+1), ""}),
		"<!DOCTYPE x [<!ENTITY a 'b'>]>" + strings.TrimPrefix(rstFor(ada, password.Reveal(), "", six...), `<?xml version="1.0" encoding="UTF-8"?>`),
		strings.Repeat("<Envelope>", maxDepth+1) + strings.Repeat("</Envelope>", maxDepth+1),
		rstFor(ada, password.Reveal(), "", six...) + strings.Repeat(" ", maxRST),
		strings.Replace(rstFor(ada, password.Reveal(), "", six...), "UTF-8", "UTF-16", 1),
	} {
		golden(t, "malformed.xml", s.post(t, "/RST.srf", body))
	}
	one := s.post(t, "/RST.srf", rstFor(ada, password.Reveal(), "", six[2], audience{}, six[3]))
	if !strings.Contains(one, "</wst:RequestSecurityTokenResponse>"+tokenRefused+"<wst:RequestSecurityTokenResponse>") ||
		!strings.Contains(one, `Id="Compact2"`) {
		t.Errorf("a token of an unknown kind among others:\n%s", one)
	}
}

// Each declaration has what follows it read anew, and what is not ASCII grows by
// that: with a declaration after another a small request would fill all memory.
func TestRSTDeclaresItselfOnce(t *testing.T) {
	s := start(t, nil)
	const declaration = `<?xml version="1.0" encoding="iso-8859-1"?>`
	bomb := declaration + "<Envelope>" + strings.Repeat(declaration, 40) + strings.Repeat("\xff", 50_000) + "</Envelope>"
	golden(t, "malformed.xml", s.post(t, "/RST.srf", bomb))
	golden(t, "malformed.xml", s.post(t, "/RST.srf", "<Envelope>"+declaration+"</Envelope>"))
}

func TestRSTElsewhere(t *testing.T) {
	s := start(t, func(o *Options) { o.Accounts, o.Tickets, o.Place.Host = nil, nil, "login.example.net" })
	golden(t, "redirect.xml", s.post(t, "/RST.srf", rstFor(ada, password.Reveal(), "", six...)))
}

func FuzzRST(f *testing.F) {
	f.Add([]byte(rstFor(ada, password.Reveal(), "", six...)))
	f.Add([]byte(rstFor(ada, "", "QUJD", six[:1]...)))
	f.Add([]byte("<Envelope><RequestSecurityToken><RequestSecurityToken></RequestSecurityToken></Envelope>"))
	f.Add([]byte("<?xml version='1.0' encoding='latin1'?><Envelope>\xff&amp</Envelope>"))
	f.Fuzz(func(t *testing.T, body []byte) {
		request, err := parseRST(body)
		if err == nil && (len(request.tokens) == 0 || len(request.tokens) > maxTokens) {
			t.Errorf("%d tokens", len(request.tokens))
		}
	})
}
