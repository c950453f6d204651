package passport

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/ticket"
)

// The namespaces of RST, as its first version has them.
const (
	nsSOAP     = "http://schemas.xmlsoap.org/soap/envelope/"
	nsFault    = "http://schemas.microsoft.com/Passport/SoapServices/SOAPFault"
	nsSecurity = "http://schemas.xmlsoap.org/ws/2003/06/secext"
	nsUtility  = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
	nsTrust    = "http://schemas.xmlsoap.org/ws/2004/04/trust"
	nsPolicy   = "http://schemas.xmlsoap.org/ws/2002/12/policy"
	nsAddress  = "http://schemas.xmlsoap.org/ws/2004/03/addressing"
	nsSAML     = "urn:oasis:names:tc:SAML:1.0:assertion"
	nsXMLEnc   = "http://www.w3.org/2001/04/xmlenc#"
	nsXMLSig   = "http://www.w3.org/2000/09/xmldsig#"
)

// What some clients look for letter by letter is the prefixes; and there must be
// no white space between elements, which one of them takes for an element.
const (
	xmlDeclaration = `<?xml version="1.0" encoding="utf-8"?>`
	collectionOpen = `<wst:RequestSecurityTokenResponseCollection xmlns:S="` + nsSOAP + `" xmlns:wst="` + nsTrust +
		`" xmlns:wsse="` + nsSecurity + `" xmlns:wsu="` + nsUtility + `" xmlns:saml="` + nsSAML +
		`" xmlns:wsp="` + nsPolicy + `" xmlns:psf="` + nsFault + `">`
	collectionClose = `</wst:RequestSecurityTokenResponseCollection>`
)

// soapTime is a time as clients read it: to the second, and of the zero meridian.
func soapTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// tokens writes the answer that has them.
func (s *Server) tokens(a account.Account, wanted []audience, from string) (string, error) {
	now := s.now()
	var b strings.Builder
	b.WriteString(xmlDeclaration + `<S:Envelope xmlns:S="` + nsSOAP + `">` + s.header(a, now, from) + `<S:Body>` + collectionOpen)
	compact := 0
	for _, to := range wanted {
		token, err := s.token(a, to, now, &compact)
		if err != nil {
			return "", err
		}
		b.WriteString(token)
	}
	b.WriteString(collectionClose + `</S:Body></S:Envelope>`)
	return b.String(), nil
}

// header writes what is said of the account.
func (s *Server) header(a account.Account, now time.Time, from string) string {
	cid := fmt.Sprintf("%016x", uint64(a.ID))
	properties := []struct{ name, value string }{
		{"MainBrandID", "MSFT"}, {"BrandIDList", ""}, {"IsWinLiveUser", "true"}, {"CID", cid},
		{"AuthMembername", a.Handle}, {"Country", "US"}, {"Language", "1033"},
		{"FirstName", a.Name}, {"LastName", ""}, {"ChildFlags", "00000001"}, {"Flags", "40100643"},
		{"FlagsV2", "00000000"}, {"IP", from},
	}
	var b strings.Builder
	b.WriteString(`<S:Header><psf:pp xmlns:psf="` + nsFault + `"><psf:serverVersion>1</psf:serverVersion>` +
		`<psf:PUID>` + strings.ToUpper(cid) + `</psf:PUID>` +
		`<psf:configVersion>3.0.869.0</psf:configVersion><psf:uiVersion>3.0.869.0</psf:uiVersion>` +
		`<psf:authstate>0x48803</psf:authstate><psf:reqstatus>0x0</psf:reqstatus>` + s.serverInfo(now) +
		`<psf:cookies/><psf:browserCookies/><psf:credProperties>`)
	for _, p := range properties {
		b.WriteString(`<psf:credProperty Name="` + p.name + `">` + escapeXML(p.value) + `</psf:credProperty>`)
	}
	b.WriteString(`</psf:credProperties><psf:extProperties><psf:extProperty Name="LastUsedCredType">1</psf:extProperty>` +
		`<psf:extProperty Name="WebCredType">1</psf:extProperty><psf:extProperty Name="CID">` + cid +
		`</psf:extProperty></psf:extProperties><psf:response/></psf:pp></S:Header>`)
	return b.String()
}

// serverInfo tells the time, by which one client sets its own.
func (s *Server) serverInfo(now time.Time) string {
	return `<psf:serverInfo Path="Live1" RollingUpgradeState="ExclusiveNew" LocVersion="0" ServerTime="` + soapTime(now) + `">` +
		escapeXML(strings.ToUpper(s.opts.Node)) + ` 2026.03.01.00.00.00</psf:serverInfo>`
}

// token writes one token. Those but the first kind are numbered, and clients find
// theirs by its number.
func (s *Server) token(a account.Account, to audience, now time.Time, compact *int) (string, error) {
	if to.address == "" {
		return tokenRefused, nil
	}
	legacy := strings.EqualFold(to.address, legacyAudience)
	purpose := purposeOf(to.address)
	if legacy {
		purpose = ticket.ForRenewal
	}
	text, err := s.opts.Tickets.Issue(a, purpose)
	if err != nil {
		return "", err
	}
	kind := "urn:passport:legacy"
	requested, reference := legacyToken(text), legacyReference
	if !legacy {
		*compact++
		kind = "urn:passport:compact"
		requested, reference = compactToken(text, *compact), compactReference(*compact)
	}
	proof := ""
	if to.hasProofKey() {
		proof = `<wst:RequestedProofToken><wst:BinarySecret>` +
			base64.StdEncoding.EncodeToString(s.opts.Tickets.ProofKey(text.Reveal())) + `</wst:BinarySecret></wst:RequestedProofToken>`
	}
	return `<wst:RequestSecurityTokenResponse><wst:TokenType>` + kind + `</wst:TokenType>` +
		`<wsp:AppliesTo xmlns:wsa="` + nsAddress + `"><wsa:EndpointReference><wsa:Address>` + escapeXML(to.address) +
		`</wsa:Address></wsa:EndpointReference></wsp:AppliesTo>` +
		`<wst:LifeTime><wsu:Created>` + soapTime(now) + `</wsu:Created><wsu:Expires>` +
		soapTime(now.Add(s.opts.Tickets.Life())) + `</wsu:Expires></wst:LifeTime>` +
		`<wst:RequestedSecurityToken>` + requested + `</wst:RequestedSecurityToken>` +
		`<wst:RequestedTokenReference>` + reference + `</wst:RequestedTokenReference>` + proof +
		`</wst:RequestSecurityTokenResponse>`, nil
}

// legacyToken writes the token that stands for a password. Clients take it for
// something encrypted, and send it back as it is.
func legacyToken(text ticket.Text) string {
	return `<EncryptedData xmlns="` + nsXMLEnc + `" Id="BinaryDAToken0" Type="` + nsXMLEnc + `Element">` +
		`<EncryptionMethod Algorithm="` + nsXMLEnc + `tripledes-cbc"/>` +
		`<ds:KeyInfo xmlns:ds="` + nsXMLSig + `"><ds:KeyName>http://Passport.NET/STS</ds:KeyName></ds:KeyInfo>` +
		`<CipherData><CipherValue>` + cipherValue(text) + `</CipherValue></CipherData></EncryptedData>`
}

// cipherValue writes a ticket in the base64 that a CipherValue has to be in.
func cipherValue(text ticket.Text) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// renewalOf is the ticket in a CipherValue, as it was given to the client.
func renewalOf(cipher string) string {
	text, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(cipher), ""))
	if err != nil {
		return ""
	}
	return string(text)
}

const legacyReference = `<wsse:KeyIdentifier ValueType="urn:passport"/><wsse:Reference URI="#BinaryDAToken0"/>`

func compactToken(text ticket.Text, number int) string {
	return `<wsse:BinarySecurityToken Id="Compact` + strconv.Itoa(number) + `">` + escapeXML(text.Pair().Reveal()) + `</wsse:BinarySecurityToken>`
}

func compactReference(number int) string {
	return `<wsse:KeyIdentifier ValueType="urn:passport:compact"/><wsse:Reference URI="#Compact` + strconv.Itoa(number) + `"/>`
}

// tokenRefused answers for one token that is asked for in a way that is not known
// here, such as a certificate for shared folders.
const tokenRefused = `<wst:RequestSecurityTokenResponse><S:Fault><faultcode>S:Client</faultcode>` +
	`<faultstring>Invalid Request</faultstring></S:Fault></wst:RequestSecurityTokenResponse>`
