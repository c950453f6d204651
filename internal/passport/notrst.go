package passport

import (
	"net/http"
	"strings"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/ticket"
	"github.com/papilio-im/papilio/internal/web"
)

// notRST is RST for a library that some changed clients have in place of the one
// that they came with: the name and the password are in the header, and so is the
// ticket, without its halves. There is none if the password is wrong.
func (s *Server) notRST(w http.ResponseWriter, r *http.Request) {
	headers := []web.Header{
		{Name: "Access-Control-Allow-Origin", Value: "*"},
		{Name: "Access-Control-Allow-Methods", Value: "POST"},
		{Name: "Access-Control-Allow-Headers", Value: "X-User, X-Password"},
		{Name: "Access-Control-Expose-Headers", Value: "X-Token"},
	}
	c := credentials{handle: strings.TrimSpace(r.Header.Get("X-User")), password: account.Secret(asUTF8(r.Header.Get("X-Password")))}
	if r.Method == http.MethodPost && s.here() && c.handle != "" && c.password != "" {
		a, err := s.prove(r, wayRST, c)
		if err == nil {
			var text ticket.Text
			if text, err = s.opts.Tickets.Issue(a, ticket.ForSignIn); err == nil {
				headers = append(headers, web.Header{Name: "X-Token", Value: text.Reveal()})
			}
		}
	}
	web.Reply(w, http.StatusOK, web.HTML, "", headers...)
}
