package passport

import (
	"net/http"
	"strings"

	"github.com/papilio-im/papilio/internal/ticket"
	"github.com/papilio-im/papilio/internal/web"
	"github.com/papilio-im/papilio/msnp"
)

// What the answers of the login are made of.
const (
	loggedIn  = scheme + " da-status=success,tname=MSPAuth,tname=MSPProf,tname=MSPSec,from-PP='"
	redirects = scheme + " da-status=redir"
	// notLoggedIn is also how credentials are asked for.
	notLoggedIn = scheme + " da-status=failed,srealm=Passport.NET,ts=-1,prompt," +
		"cburl=http://www.passportimages.com/XPPassportLogo.gif,cbtxt=Wrong%20name%20or%20password"

	notLoggedInPage = "<html><head><title>Sign in</title></head><body>Wrong name or password.</body></html>\r\n"
	busyPage        = "<html><head><title>Busy</title></head><body>Too many people are signing in. Try again soon.</body></html>\r\n"
	// retryAfter is how many seconds who was put off should wait.
	retryAfter = "30"
)

// The ways to sign in, as they are counted and logged.
const (
	wayLogin = "login"
	wayRST   = "rst"
)

// login checks the credentials in the header of a request, whatever its method.
func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	if !s.here() {
		s.loginElsewhere(w, r)
		return
	}
	c, err := parseAuthorization(r.Header.Get("Authorization"))
	if err != nil {
		if r.Header.Get("Authorization") != "" {
			s.opts.Metrics.SignIn(wayLogin, "malformed")
		}
		refuseLogin(w) // a client that only tries sends its credentials then
		return
	}
	a, err := s.prove(r, wayLogin, c)
	if err != nil {
		s.loginFailed(w, err)
		return
	}
	text, err := s.opts.Tickets.Issue(a, ticket.ForSignIn)
	if err != nil {
		s.loginFailed(w, err)
		return
	}
	web.Reply(w, http.StatusOK, web.HTML, "",
		web.Header{Name: "Cache-Control", Value: "no-cache"},
		web.Header{Name: "cachecontrol", Value: "no-store"},
		web.Header{Name: "Authentication-Info", Value: loggedIn + text.Pair().Reveal() + "'"},
	)
	s.visited(w, r)
}

// loginFailed answers a login that came to nothing. What is no refusal of the
// password is none to the client either: it would ask for another.
func (s *Server) loginFailed(w http.ResponseWriter, err error) {
	if result, _ := outcome(err); result == "refused" || result == "banned" {
		refuseLogin(w)
		return
	}
	web.Reply(w, http.StatusServiceUnavailable, web.HTML, busyPage,
		web.Header{Name: "Retry-After", Value: retryAfter})
}

func refuseLogin(w http.ResponseWriter) {
	web.Reply(w, http.StatusUnauthorized, web.HTML, notLoggedInPage,
		web.Header{Name: "WWW-Authenticate", Value: notLoggedIn})
}

// loginElsewhere sends a client to where passwords can be checked.
func (s *Server) loginElsewhere(w http.ResponseWriter, r *http.Request) {
	if s.elsewhere(r) == "" {
		web.Reply(w, http.StatusServiceUnavailable, web.HTML, busyPage)
		return
	}
	target := "https://" + s.elsewhere(r) + loginPath
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	web.Reply(w, http.StatusFound, web.HTML, "",
		web.Header{Name: "Authentication-Info", Value: redirects},
		web.Header{Name: "Location", Value: target},
	)
}

// elsewhere is where passwords can be checked if they cannot be here, "" if nobody
// knows.
func (s *Server) elsewhere(r *http.Request) string {
	if s.opts.Place.Host == r.Host {
		return "" // it has been sent here
	}
	return s.opts.Place.Host
}

// accountKey is what the failures of an account are counted by.
func accountKey(handle string) string {
	return strings.ToLower(handle[:min(len(handle), msnp.MaxHandle)]) // a longer one is nobody's
}
