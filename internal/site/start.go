package site

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/papilio-im/papilio/internal/web"
)

// What clients from MSN Messenger 4.5 on fetch while they start. Most of it is
// about tabs, advertisements and pages of a portal that is no more: they get
// answers in which there is nothing, so that none waits or shows an error.

// noTabs has two elements at its top, which is not XML, and is what clients want.
const noTabs = `<?xml version="1.0"?><msntabsettings><oemtotallimit>1</oemtotallimit><oemdisplaylimit>1</oemdisplaylimit></msntabsettings><msntabdata></msntabdata>`

// pageLink is the form of the links to pages, such as /5meen_us/60: a version, a
// language and a country, and which page.
var pageLink = regexp.MustCompile(`^/\d{1,3}me[a-z]{2}_[a-z]{2}/`)

// tabsLink ends the one of those links that is no page.
const tabsLink = "/60"

// Start registers what clients fetch while they start.
func Start(rt *web.Router, place web.Place) {
	config := configPage{place}
	empty := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { web.Reply(w, http.StatusOK, web.HTML, "") })
	home := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { redirect(w, web.Base(r)+"/") })
	tabs := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { web.Reply(w, http.StatusOK, web.XML, noTabs) })
	for path, h := range map[string]http.Handler{
		"/svcs/mms/tabs.asp":        tabs,
		"/svcs/mms/portal.asp":      home,
		"/svcs/mms/abch_config.asp": http.HandlerFunc(config.addressBook),
		"/Config/MsgrConfig.asmx":   config,
		textAdPath:                  empty,
		// Here a client proves itself to a page that it is about to open. The
		// pages of this service ask for no proof.
		"/ppsecure/md5auth.srf":  home,
		"/ppsecure/sha1auth.srf": home,
	} {
		rt.Handle(path, h)
	}
	rt.HandleWhere(func(path string) bool { return strings.HasPrefix(path, "/adsadclient") }, empty)
	rt.HandleWhere(pageLink.MatchString, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(web.Plain(r.URL.Path), tabsLink) {
			redirect(w, web.Base(r)+"/svcs/mms/tabs.asp")
			return
		}
		redirect(w, web.Base(r)+"/")
	}))
}

// redirect sends a client on. The address is whole: some know no other.
func redirect(w http.ResponseWriter, to string) {
	web.Reply(w, http.StatusFound, web.HTML, "", web.Header{Name: "Location", Value: to})
}
