package msnp

// URLRequest is URL as a client sends it: where is a page of the service?
//
//	C: URL 15 INBOX
//	C: URL 16 COMPOSE bea@example.net
type URLRequest struct {
	TrID    TrID
	Service string // INBOX, COMPOSE, PASSWORD, ...
	Param   string // "" if there is none
}

// Append appends the line.
func (m URLRequest) Append(dst []byte, _ Version) []byte {
	dst = appendWord(appendTrID(dst, "URL", m.TrID), m.Service)
	return appendEnd(appendOptional(dst, m.Param))
}

// ParseURLRequest reads a client's URL.
func ParseURLRequest(l *Line, _ Version) (URLRequest, error) {
	f := open(l, "URL")
	return result(URLRequest{TrID: f.trid(), Service: f.text(), Param: f.optional()}, &f)
}

// URLReply answers [URLRequest]: the client posts a form to Login and expects to
// be sent on to Resource.
//
//	S: URL 15 /cgi-bin/HoTMaiL https://login.example.net/md5auth.srf?lc=1033 2
type URLReply struct {
	TrID     TrID
	Resource string // absolute, or relative to the service; without blanks
	Login    string
	Site     string // the number of the site, since MSNP3
}

// Append appends the line.
func (m URLReply) Append(dst []byte, v Version) []byte {
	dst = appendTrID(dst, "URL", m.TrID)
	dst = appendWord(dst, m.Resource)
	dst = appendWord(dst, m.Login)
	if v.Has(FeatureSiteID) {
		dst = appendOptional(dst, m.Site)
	}
	return appendEnd(dst)
}

// ParseURLReply reads a server's URL.
func ParseURLReply(l *Line, v Version) (URLReply, error) {
	f := openStrict(l, "URL")
	m := URLReply{TrID: f.trid(), Resource: f.text(), Login: f.text()}
	if v.Has(FeatureSiteID) {
		m.Site = f.optional()
	}
	return result(m, &f)
}
