package load

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// Tickets say when clients of MSNP8 and later get what they sign in with.
type Tickets string

// The ways.
const (
	// EachTime is as clients do it: every sign-in asks the nexus, and has a ticket
	// made for the password.
	EachTime Tickets = "each"
	// InHand gets a ticket for every account before anything is measured. What is
	// measured then is the notification server's part, and a visit at the nexus, as
	// clients make it that have a ticket still.
	InHand Tickets = "ready"
)

// The pages of a service.
const (
	nexusPage = "/rdr/pprdr.asp"
	loginPage = "/login2.srf"
	rstPage   = "/RST.srf"
)

// NeedsTickets reports whether any of the versions signs in with a ticket.
func (p *Plan) NeedsTickets() bool {
	return p.Kind != Referral && slices.ContainsFunc(p.Versions, func(v msnp.Version) bool { return v.SignsInBy(msnp.MethodTWN) })
}

// completeWeb checks where tickets are to be had, and how.
func (p *Plan) completeWeb() error {
	if !p.NeedsTickets() {
		p.Web, p.Tickets = "", ""
		return nil
	}
	setDefault(&p.Tickets, EachTime)
	if p.Tickets != EachTime && p.Tickets != InHand {
		return fmt.Errorf("tickets are got %q or %q, not %q", EachTime, InHand, p.Tickets)
	}
	u, err := url.Parse(p.Web)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" {
		return fmt.Errorf("%q is not http://HOST:PORT, which gives the tickets for MSNP8 and later", p.Web)
	}
	return nil
}

// WebServer is the host and port that tickets come from, "" if none are needed.
func (p *Plan) WebServer() string {
	u, err := url.Parse(p.Web)
	if err != nil || u.Host == "" || !p.NeedsTickets() {
		return ""
	}
	if u.Port() == "" {
		return net.JoinHostPort(u.Hostname(), u.Scheme)
	}
	return u.Host
}

// pages are the connections to the web server, which all clients from one address
// share: each having its own would cost more than the client itself.
type pages struct {
	nexus, login, rst string         // their addresses
	clients           []*http.Client // by the address that they come from
}

func newPages(p *Plan) *pages {
	w := &pages{nexus: p.Web + nexusPage, login: p.Web + loginPage, rst: p.Web + rstPage}
	if !p.NeedsTickets() {
		return w
	}
	for n := range max(1, min(p.Sources, p.Accounts.Count)) {
		w.clients = append(w.clients, &http.Client{Timeout: p.Timeout, Transport: &http.Transport{
			DialContext: newDialer(p, p.Accounts.From+n).DialContext, MaxIdleConnsPerHost: p.Parallel,
		}})
	}
	return w
}

// of gives those of the nth client, nil if no client needs any.
func (w *pages) of(n int) *http.Client {
	if len(w.clients) == 0 {
		return nil
	}
	return w.clients[n%len(w.clients)]
}

func (w *pages) close() {
	for _, c := range w.clients {
		c.CloseIdleConnections()
	}
}

// passport says where a client gets its ticket, or gives the one that it has. In
// either case it can get another one when that is not good any more.
func (w *pages) passport(v msnp.Version, ticket string) client.Passport {
	if !v.SignsInBy(msnp.MethodTWN) {
		return client.Passport{}
	}
	where := client.Passport{Nexus: w.nexus, Login: w.login, Ticket: ticket}
	if v.Has(msnp.FeatureListNetwork) {
		where.Login, where.RST = "", w.rst
	}
	return where
}

// fetchTickets gets everybody's tickets, if they are to have them before. Who gets none
// tries again at the sign-in.
func (r *run) fetchTickets(ctx context.Context) {
	if !r.plan.NeedsTickets() || r.plan.Tickets != InHand {
		return
	}
	r.enter(Fetching)
	r.inParallel(ctx, r.plan.Parallel, len(r.sessions), func(int) bool { return true }, func(i int) {
		if err := r.sessions[i].fetchTicket(ctx); err != nil && ctx.Err() == nil {
			r.meter.fail("ticket", err)
		}
	})
}

// fetchTicket gets the account's ticket, by a sign-in that nobody counts.
func (s *session) fetchTicket(ctx context.Context) error {
	if !s.version.SignsInBy(msnp.MethodTWN) {
		return nil
	}
	bounded, cancel := context.WithTimeout(ctx, s.r.plan.Timeout)
	defer cancel()
	o := s.options()
	o.NoSync, o.Status, o.Dial, o.Filter, o.OnEvent = true, msnp.StatusNone, s.dialer.DialContext, nil, nil
	c, err := client.SignIn(bounded, o)
	if err != nil {
		return err
	}
	s.ticket = c.Ticket()
	return c.SignOut(bounded)
}
