package passport

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/papilio-im/papilio/internal/account"
)

// Bounds of a request for tokens, checked while it is read. Clients ask for some
// ten tokens in some six kilobytes.
const (
	maxRST      = 64 << 10
	maxDepth    = 32
	maxTokens   = 32
	maxAudience = 256
)

// tokenRequest is what RST is asked for: some tokens, on the proof of a password
// or of a token that was given before.
type tokenRequest struct {
	credentials
	renewal string // what stands for a password
	tokens  []audience
}

// audience is whom a token is for.
type audience struct {
	address string // "" if it is asked for in a way that is not known here
	policy  string
}

// errRST says that a request cannot be understood.
var errRST = errors.New("not a request for tokens")

// parseRST reads a request for tokens. Elements are known by their local names,
// since clients differ in their prefixes and in the namespaces they name.
func parseRST(body []byte) (tokenRequest, error) {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	d := xml.NewDecoder(bytes.NewReader(body)) //nolint:gosec // it gives tokens, with bounds, and decodes into nothing
	d.Strict = false                           // some clients write a password as it is, with its &
	p := rstParser{}
	d.CharsetReader = p.charset
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return tokenRequest{}, errRST // what the decoder says may have the password in it
		}
		if err := p.take(t); err != nil {
			return tokenRequest{}, err
		}
	}
	if !p.enveloped || len(p.path) > 0 || len(p.request.tokens) == 0 {
		return tokenRequest{}, errRST
	}
	p.request.handle = strings.TrimSpace(p.request.handle)
	return p.request, nil
}

// rstParser is where the reading is.
type rstParser struct {
	path      []string // the open elements
	text      strings.Builder
	request   tokenRequest
	token     *audience // the one that is being read
	enveloped bool
	declared  bool // in which character set it is
}

func (p *rstParser) take(t xml.Token) error {
	switch t := t.(type) {
	case xml.StartElement:
		return p.open(t)
	case xml.EndElement:
		return p.close(t.Name.Local)
	case xml.CharData:
		p.text.Write(t)
	case xml.Directive:
		return errRST // a document type: nobody needs one
	}
	return nil
}

func (p *rstParser) open(e xml.StartElement) error {
	name := e.Name.Local
	if len(p.path) == 0 && name != "Envelope" || len(p.path) >= maxDepth {
		return errRST
	}
	p.enveloped = true
	p.path = append(p.path, name)
	p.text.Reset()
	switch {
	case name == "RequestSecurityToken" && p.token == nil:
		if len(p.request.tokens) >= maxTokens {
			return errRST
		}
		p.token = &audience{}
	case name == "PolicyReference" && p.token != nil:
		for _, a := range e.Attr {
			if a.Name.Local == "URI" {
				p.token.policy = a.Value
			}
		}
	}
	return nil
}

func (p *rstParser) close(name string) error {
	if len(p.path) == 0 || p.path[len(p.path)-1] != name {
		return errRST
	}
	text := p.text.String()
	p.text.Reset()
	p.path = p.path[:len(p.path)-1]
	switch {
	case name == "RequestSecurityToken" && p.token != nil && !p.within(name):
		if len(p.token.address) > maxAudience {
			return errRST
		}
		p.request.tokens = append(p.request.tokens, *p.token)
		p.token = nil
	case name == "Address" && p.token != nil && p.token.address == "" && p.within("AppliesTo"):
		p.token.address = text
	case p.token != nil:
	case name == "Username" && p.within("UsernameToken"):
		p.request.handle = text
	case name == "Password" && p.within("UsernameToken"):
		p.request.password = account.Secret(text)
	case name == "CipherValue" && p.within("Security"):
		p.request.renewal = strings.TrimSpace(text)
	}
	return nil
}

// within reports whether an element is open.
func (p *rstParser) within(name string) bool {
	return slices.Contains(p.path, name)
}

// charset reads what says that it is not UTF-8. That can be said once, and before
// anything else: read anew with each saying, a small request would grow without end.
func (p *rstParser) charset(label string, in io.Reader) (io.Reader, error) {
	if p.declared || p.enveloped {
		return nil, errRST
	}
	p.declared = true
	switch strings.ToLower(label) {
	case "utf-8", "utf8", "us-ascii", "ascii":
		return in, nil
	case "iso-8859-1", "latin1", "windows-1252":
		b, err := io.ReadAll(in)
		return strings.NewReader(fromCodePage(b)), err
	}
	return nil, fmt.Errorf("character set %q", label)
}

// escapeXML writes text as it stands between tags or in an attribute. What XML
// cannot have is left out.
func escapeXML(s string) string {
	var b strings.Builder
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "")
	}
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}
