package passport

import (
	"errors"
	"net/http"
	"strings"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/ticket"
	"github.com/papilio-im/papilio/internal/web"
)

// rst gives tokens for a password. Whatever comes of it the status is 200: clients
// read the answer itself.
func (s *Server) rst(w http.ResponseWriter, r *http.Request) {
	reply := func(body string) { web.Reply(w, http.StatusOK, web.XML, body) }
	if !s.here() {
		if host := s.elsewhere(r); host != "" {
			reply(s.redirect("https://" + host + rstPath))
		} else {
			reply(s.fault(faultBusy))
		}
		return
	}
	body, err := web.Body(w, r, maxRST)
	if err != nil {
		s.opts.Metrics.SignIn(wayRST, "malformed")
		reply(s.fault(faultMalformed))
		return
	}
	request, err := parseRST(body)
	if err != nil {
		s.opts.Metrics.SignIn(wayRST, "malformed")
		reply(s.fault(faultMalformed))
		return
	}
	a, err := s.proveRST(r, request)
	if err != nil {
		reply(s.fault(faultOf(err)))
		return
	}
	answer, err := s.tokens(a, request.tokens, web.Client(r).String())
	if err != nil {
		reply(s.fault(faultOf(err)))
		return
	}
	reply(answer)
	s.visited(w, r)
}

// proveRST checks what a request proves itself with: a password, or else the token
// that came with the last answer.
func (s *Server) proveRST(r *http.Request, request tokenRequest) (account.Account, error) {
	if request.password != "" || request.renewal == "" {
		return s.prove(r, wayRST, request.credentials)
	}
	a, err := s.opts.Tickets.Check(r.Context(), renewalOf(request.renewal), ticket.ForRenewal)
	if err == nil && request.handle != "" && !strings.EqualFold(request.handle, a.Handle) {
		a, err = account.Account{}, &ticket.CheckError{Account: a.ID, Reason: "a token of another account", Err: ticket.ErrTicket}
	}
	s.note(r.Context(), wayRST, front.Subscriber(web.Client(r)).String(), a, err)
	return a, err
}

// purposeOf is what the ticket for an audience is good for. Clients have several
// names for the notification server; all that they call otherwise are services.
func purposeOf(address string) ticket.Purpose {
	switch strings.ToLower(address) {
	case "messenger.msn.com", "messengerclear.live.com", "messenger.live.com":
		return ticket.ForSignIn
	}
	return ticket.ForServices
}

// legacyAudience is the audience of the token that stands for a password.
const legacyAudience = "http://Passport.NET/tb"

// hasProofKey reports whether a key goes with a token, with which its owner proves
// that it was issued to it.
func (a audience) hasProofKey() bool {
	return strings.EqualFold(a.address, legacyAudience) || strings.EqualFold(a.address, "messengerclear.live.com") ||
		strings.HasPrefix(strings.ToUpper(a.policy), "MBI_KEY")
}

// faultOf is how a failure is told.
func faultOf(err error) fault {
	switch result, _ := outcome(err); {
	case errors.Is(err, ticket.ErrExpired):
		return faultExpired
	case result == "refused", result == "banned":
		return faultCredentials
	case result == "limited":
		return faultLimited
	}
	return faultBusy
}
