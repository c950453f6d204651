package demo

import (
	"net/http"

	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// passport says where clients of a version get their tickets.
func (s *stage) passport(v msnp.Version) client.Passport {
	if !v.SignsInBy(msnp.MethodTWN) {
		return client.Passport{}
	}
	web := "http://" + s.server.Addr(config.RoleWeb).String()
	where := client.Passport{Nexus: web + "/rdr/pprdr.asp", Login: web + "/login2.srf"} // the nexus names https
	if v.Has(msnp.FeatureListNetwork) {
		where.RST = web + "/RST.srf"
	}
	return where
}

// pages shows which pages an actor asks for. What goes with them is secret.
type pages struct {
	actor *actor
	to    http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (p *pages) RoundTrip(r *http.Request) (*http.Response, error) {
	show := p.actor.stage.printer.page
	show(p.actor, "C:", r.Method+" "+r.URL.Path)
	answer, err := p.to.RoundTrip(r)
	if err == nil {
		show(p.actor, "S:", answer.Status)
	}
	return answer, err
}
