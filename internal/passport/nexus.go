package passport

import (
	"net/http"

	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/web"
)

// nexus tells where to sign in. Its header is read letter by letter: DALogin has
// no scheme, since one client puts it before by itself and another takes it for
// the host, and a comma follows. Clients that were changed for a server behind a
// proxy look for the other spelling; the rest pass it over.
func (s *Server) nexus(w http.ResponseWriter, r *http.Request) {
	defer s.visited(w, r)
	place := s.opts.Place.SignIn(r)
	urls := "DARealm=Passport.Net,DALogin=" + place + loginPath + ",DAReg=https://" + place + "/,ConfigVersion=15"
	web.Reply(w, http.StatusOK, web.HTML, "",
		web.Header{Name: "Cache-Control", Value: "private"},
		web.Header{Name: "PassportURLs", Value: urls},
		web.Header{Name: "Passporturls", Value: urls},
	)
}

// visited tells that a client has been here, once the answer is on its way: what is
// held back until then must not overtake it. Who has a ticket already has what the
// nexus tells, too. Who comes over and over is told of once in a while.
func (s *Server) visited(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).Flush() // who has gone is not waited for either
	if from := web.Client(r); s.visits.Allow(front.Subscriber(from).String()) {
		s.opts.Visited(from)
	}
}
