package passport

// fault is why nobody was given any token: what the SOAP fault says, and the
// numbers by which the client's own library tells failures apart.
type fault struct{ code, text, state, status string }

var (
	faultCredentials = fault{"wsse:FailedAuthentication", "Authentication Failure", "0x80048800", "0x80048821"}
	faultExpired     = fault{"wsse:FailedAuthentication", "Authentication Failure", "0x80048801", "0x80048801"}
	faultMalformed   = fault{"S:Client", "Invalid Request", "0x80048800", "0x80048820"}
	faultLimited     = fault{"S:Server", "Too many sign-ins", "0x80048800", "0x80048823"}
	faultBusy        = fault{"S:Server", "Server busy", "0x80048800", "0x80048820"}
)

// fault writes the answer. Clients want the fault beside a body, not in one.
func (s *Server) fault(f fault) string {
	return s.faultWith(f, "")
}

// redirect has the client send its request again to another address.
func (s *Server) redirect(to string) string {
	return s.faultWith(fault{"psf:Redirect", "Authentication Failure", "0x80048800", "0x80048820"},
		`<psf:redirectUrl>`+escapeXML(to)+`</psf:redirectUrl>`)
}

func (s *Server) faultWith(f fault, more string) string {
	return xmlDeclaration + `<S:Envelope xmlns:S="` + nsSOAP + `" xmlns:wsse="` + nsSecurity + `" xmlns:psf="` + nsFault + `">` +
		`<S:Header><psf:pp xmlns:psf="` + nsFault + `"><psf:serverVersion>1</psf:serverVersion>` +
		`<psf:authstate>` + f.state + `</psf:authstate><psf:reqstatus>` + f.status + `</psf:reqstatus>` +
		s.serverInfo(s.now()) + `<psf:cookies/><psf:response/></psf:pp></S:Header>` +
		`<S:Fault><faultcode>` + f.code + `</faultcode>` + more + `<faultstring>` + f.text + `</faultstring></S:Fault></S:Envelope>`
}
