package site

import (
	_ "embed"
	"net"
	"net/http"
	"strings"

	"github.com/papilio-im/papilio/internal/web"
)

// msgrConfig is the configuration of the clients from MSN Messenger 6.0 on. It has
// no tabs, no advertisements and no sign-on to pages. Its outline is complete,
// since some of it is looked up by clients without asking whether it is there.
//
//go:embed msgrconfig.xml
var msgrConfig string

// textAdPath is where clients ask for advertisements in words.
const textAdPath = "/etc/text-ad-service"

const (
	addressBookPath = "/abservice/abservice.asmx"
	// What the clients that ask by SOAP (6.0 to 7.5) get the configuration in.
	configOpen = xmlDeclaration + `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>` +
		`<GetClientConfigResponse xmlns="http://www.msn.com/webservices/Messenger/Client"><GetClientConfigResult><![CDATA[`
	configClose    = `]]></GetClientConfigResult></GetClientConfigResponse></soap:Body></soap:Envelope>`
	xmlDeclaration = `<?xml version="1.0" encoding="utf-8"?>`
)

// configPage answers with the configuration of a client.
type configPage struct{ place web.Place }

// ServeHTTP answers who posts in the form of SOAP, whatever was posted, and who
// gets with the bare document.
func (c configPage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		web.Reply(w, http.StatusOK, web.XML, configOpen+c.document(r)+configClose)
		return
	}
	web.Reply(w, http.StatusOK, web.XML, xmlDeclaration+c.document(r))
}

// document is the configuration, with the addresses by which the client has come.
func (c configPage) document(r *http.Request) string {
	name := c.place.SignIn(r)
	if host, _, err := net.SplitHostPort(name); err == nil {
		name = host
	}
	return strings.NewReplacer("HOSTNAME", name, "SECURE", "https://"+c.place.SignIn(r), "BASE", web.Base(r)).
		Replace(strings.TrimSpace(msgrConfig))
}

// addressBook tells older clients (5.0 to 6.2) where the address book is.
func (c configPage) addressBook(w http.ResponseWriter, r *http.Request) {
	web.Reply(w, http.StatusOK, web.XML, `<abchconfig><url>https://`+c.place.SignIn(r)+addressBookPath+
		`</url><refresh>0</refresh><percent>0.0</percent></abchconfig>`)
}
