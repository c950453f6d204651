package client

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
)

// rstAudience is whom the ticket of MSNP8 to MSNP14 is for.
const rstAudience = "messenger.msn.com"

// rst gets a ticket by RST.
func rst(ctx context.Context, web *http.Client, address string, ask loginRequest) (string, error) {
	body := ask.rst()
	for range maxRedirects + 1 {
		if _, err := secure(address, ask.plain); err != nil {
			return "", err
		}
		text, status, to, err := post(ctx, web, address, body)
		if err != nil {
			return "", broken("login", err)
		}
		if to != "" {
			address = to
			continue
		}
		answer, err := parseRST(text)
		switch {
		case err != nil || answer == (rstAnswer{}):
			return "", &LoginError{Status: status, Reason: "the answer is no security token"}
		case answer.redirect != "":
			address = answer.redirect
		case answer.refused:
			return "", refusedLogin()
		case answer.fault != "":
			return "", &LoginError{Status: status, Reason: "refused"}
		case answer.ticket == "":
			return "", &LoginError{Reason: "the answer holds no ticket"}
		default:
			return answer.ticket, nil
		}
	}
	return "", &LoginError{Reason: "redirected in a circle"}
}

// The parts of the request. What is put between them is escaped.
const (
	rstBegin = `<?xml version="1.0" encoding="UTF-8"?>` +
		`<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"` +
		` xmlns:wsse="http://schemas.xmlsoap.org/ws/2003/06/secext"` +
		` xmlns:wsp="http://schemas.xmlsoap.org/ws/2002/12/policy"` +
		` xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/03/addressing"` +
		` xmlns:wst="http://schemas.xmlsoap.org/ws/2004/04/trust"` +
		` xmlns:ps="http://schemas.microsoft.com/Passport/SoapServices/PPCRL"><Header>` +
		`<ps:AuthInfo Id="PPAuthInfo"><ps:HostingApp>{7108E71A-9926-4FCB-BCC9-9A9D3F32E423}</ps:HostingApp>` +
		`<ps:BinaryVersion>3</ps:BinaryVersion><ps:UIVersion>1</ps:UIVersion><ps:Cookies></ps:Cookies>` +
		`<ps:RequestParams>AQAAAAIAAABsYwQAAAAxMDMz</ps:RequestParams></ps:AuthInfo>` +
		`<wsse:Security><wsse:UsernameToken Id="user"><wsse:Username>`
	rstPassword = `</wsse:Username><wsse:Password>` //nolint:gosec // no secret
	rstBody     = `</wsse:Password></wsse:UsernameToken></wsse:Security></Header><Body>` +
		`<ps:RequestMultipleSecurityTokens Id="RSTS">`
	rstToken  = `<wst:RequestSecurityToken Id="RST` //nolint:gosec // no secret
	rstTo     = `"><wst:RequestType>http://schemas.xmlsoap.org/ws/2004/04/security/trust/Issue</wst:RequestType><wsp:AppliesTo><wsa:EndpointReference><wsa:Address>`
	rstPolicy = `</wsa:Address></wsa:EndpointReference></wsp:AppliesTo>`
	rstEnd    = `</ps:RequestMultipleSecurityTokens></Body></Envelope>`
)

// rst is the request: the ticket that always comes first, and the one for Messenger,
// whose policy is the words of the challenge.
func (ask *loginRequest) rst() []byte {
	var b bytes.Buffer
	b.WriteString(rstBegin)
	escape(&b, ask.handle)
	b.WriteString(rstPassword)
	escape(&b, ask.password)
	b.WriteString(rstBody + rstToken + "0" + rstTo + "http://Passport.NET/tb" + rstPolicy + "</wst:RequestSecurityToken>")
	b.WriteString(rstToken + "1" + rstTo + rstAudience + rstPolicy + `<wsse:PolicyReference URI="?`)
	escape(&b, strings.ReplaceAll(ask.params, ",", "&"))
	b.WriteString(`"></wsse:PolicyReference></wst:RequestSecurityToken>` + rstEnd)
	return b.Bytes()
}

// escape writes text into XML.
func escape(b *bytes.Buffer, text string) {
	_ = xml.EscapeText(b, []byte(text)) // a buffer takes everything
}

// post sends a request, and gives the body of the answer as far as it may go, or where
// to ask instead.
func post(ctx context.Context, web *http.Client, address string, body []byte) (text []byte, status int, to string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, 0, "", err
	}
	request.Header.Set("Content-Type", "text/xml; charset=utf-8")
	request.Header.Set("User-Agent", "MSMSGS")
	response, err := web.Do(request)
	if err != nil {
		return nil, 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err = io.ReadAll(io.LimitReader(response.Body, maxPage))
	if at, failed := response.Location(); failed == nil && response.StatusCode/100 == 3 {
		to = at.String()
	}
	return text, response.StatusCode, to, err
}

// rstAnswer is what counts of an answer.
type rstAnswer struct {
	ticket   string // for Messenger
	fault    string // the code of a refusal
	redirect string // where to ask instead
	refused  bool   // handle or password are wrong
}

// maxDepth bounds how deep elements may stand in each other.
const maxDepth = 64

// parseRST reads an answer: elements are known by their local names alone, since no
// two servers agree on the prefixes.
func parseRST(text []byte) (rstAnswer, error) {
	d := xml.NewDecoder(bytes.NewReader(text))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	var r rstReader
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return r.answer, nil
		}
		if err != nil {
			return rstAnswer{}, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(r.path) == maxDepth {
				return rstAnswer{}, errTooLong
			}
			r.path = append(r.path, t.Name.Local)
			r.text.Reset()
			if t.Name.Local == "RequestSecurityTokenResponse" {
				r.audience, r.token = "", ""
			}
		case xml.CharData:
			r.text.Write(t)
		case xml.EndElement:
			r.end(t.Name.Local)
			r.path = r.path[:len(r.path)-1]
			r.text.Reset()
		}
	}
}

// rstReader is where parseRST is.
type rstReader struct {
	answer          rstAnswer
	path            []string // the elements that are open
	text            bytes.Buffer
	audience, token string // of the response that is open
}

// within reports whether an element is open.
func (r *rstReader) within(name string) bool { return slices.Contains(r.path, name) }

// end takes the text of an element.
func (r *rstReader) end(name string) {
	text := strings.TrimSpace(r.text.String())
	switch name {
	case "Address":
		r.audience = text
	case "BinarySecurityToken":
		r.token = text
	case "RequestSecurityTokenResponse":
		if r.audience == rstAudience && r.token != "" {
			r.answer.ticket = r.token
		}
	case "faultcode":
		if r.within("Fault") && !r.within("RequestSecurityTokenResponse") {
			_, code, found := strings.Cut(text, ":")
			if !found {
				code = text
			}
			r.answer.fault = code
			r.answer.refused = r.answer.refused || code == "FailedAuthentication"
		}
	case "redirectUrl":
		if r.within("Fault") {
			r.answer.redirect = text
		}
	case "reqstatus":
		// Name or password are wrong, as the official clients know it.
		r.answer.refused = r.answer.refused || strings.EqualFold(text, "0x80048821")
	}
}
