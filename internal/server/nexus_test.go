package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/notification"
	"github.com/papilio-im/papilio/internal/server"
)

// A client of MSNP9 as it signs in: it is challenged when it has been at the nexus,
// and the ticket that it is given for its password there is the one that it shows.
func TestSignInWithATicketOfTheWeb(t *testing.T) {
	s := startWith(t, server.Options{Config: loopback(t, ""), Times: notification.Times{Nexus: time.Hour}})
	s.addAccount(t, "ada@example.net", "secret", "Ada")
	p := dial(t, s.address(t, config.RoleNotification))
	p.send("VER 1 MSNP9 MSNP8 CVR0", "CVR 2 0x0409 winnt 5.1 i386 MSNMSGR 6.0.0602 MSMSGS ada@example.net", "USR 3 TWN I ada@example.net")
	p.expect("VER 1 MSNP9 CVR0")
	p.words("CVR 2 6.0.0602 ")
	web := "http://" + s.address(t, config.RoleWeb)
	if urls := get(t, web+"/rdr/pprdr.asp", "")["Passporturls"]; len(urls) == 0 || !strings.HasPrefix(urls[0], "DARealm=Passport.Net,DALogin=") {
		t.Errorf("the nexus tells %q", urls)
	}
	params := p.words("USR 3 TWN S ")[4]
	answer := get(t, web+"/login2.srf", "Passport1.4 OrgVerb=GET,OrgURL=http%3A%2F%2Fmessenger%2Emsn%2Ecom,sign-in=ada%40example.net,pwd=secret,"+params)
	_, rest, _ := strings.Cut(answer.Get("Authentication-Info"), "from-PP='")
	shown, _, ok := strings.Cut(rest, "'")
	if !ok {
		t.Fatalf("no ticket: %q", answer)
	}
	p.send("USR 4 TWN S " + shown)
	p.expect("USR 4 OK ada@example.net Ada 1 0")
}

// get fetches a page, with credentials or without, for what is in its header.
func get(t *testing.T, url, authorization string) http.Header {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		t.Error(err)
	}
	return answer.Header
}
