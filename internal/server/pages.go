package server

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"

	"github.com/papilio-im/papilio/internal/certificate"
	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/passport"
	"github.com/papilio-im/papilio/internal/site"
	"github.com/papilio-im/papilio/internal/ticket"
	"github.com/papilio-im/papilio/internal/web"
)

// buildWeb makes what is served over HTTP, on every port for it alike.
func (s *Server) buildWeb(ctx context.Context) (http.Handler, error) {
	pages, err := site.New(site.Options{
		DispatchPort: int(port(s.listeners[config.RoleDispatch])),
		Authority:    s.shownAuthority(),
		Log:          s.opts.Log,
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		mux.Handle(path, s.health)
	}
	mux.Handle("/", pages)
	rt := web.NewRouter(mux)
	place := web.Place{
		Host:  s.opts.Config.Web.LoginHost,
		Plain: port(s.listeners[config.RoleWeb]), Secure: port(s.secure.tls),
	}
	site.Start(rt, place)
	signIn, err := s.buildPassport(ctx, place)
	if err != nil {
		return nil, err
	}
	signIn.Register(rt)
	return rt, nil
}

func (s *Server) buildPassport(ctx context.Context, place web.Place) (*passport.Server, error) {
	c := &s.opts.Config
	log := s.opts.Log.With("role", config.RoleWeb)
	o := passport.Options{
		Accounts: s.accounts,
		Place:    place,
		Visited:  s.visited,
		Node:     s.node.ID(),
		Metrics:  s.metrics.Passport(),
		Log:      log,
		Limits: passport.Limits{
			SignInsPerAddress:  s.limit(c.Limits.SignInsPerAddressPerMinute),
			FailuresPerAccount: s.limit(c.Limits.FailedSignInsPerAccountPerMinute),
		},
	}
	var err error
	if s.accounts != nil {
		o.Tickets, err = ticket.New(ticket.Options{Secret: s.accounts.TicketSecret(), Accounts: s.accounts})
	} else if c.Web.LoginHost == "" {
		log.WarnContext(ctx, "nobody can sign in over the web here, since there are no accounts: set storage.url to the database of the notification servers, or web.login_host to where they are")
	}
	if err != nil {
		return nil, err
	}
	return passport.New(o)
}

// visited tells the notification servers that a client has been at the nexus.
func (s *Server) visited(from netip.Addr) {
	if err := s.node.AnnounceNexus(cluster.NexusVisit{Address: from.String()}); err != nil {
		s.opts.Log.Debug("notification servers were not told of a visit at the nexus", slog.Any("error", err))
	}
}

// shownAuthority is what the pages show of the own certificate authority.
func (s *Server) shownAuthority() *site.Authority {
	own := s.secure.authority
	if own == nil {
		return nil
	}
	bySHA256, bySHA1 := own.Fingerprints()
	return &site.Authority{Name: own.Name(), Names: own.Names(), DER: own.Root(), SHA256: bySHA256, SHA1: bySHA1}
}

// pagesOn is a server for HTTP with its port.
type pagesOn struct {
	server   *http.Server
	listener net.Listener
}

// webServers are the servers for HTTP and HTTPS of this process. An address may
// hold so many connections with all of them together.
func (s *Server) webServers() []pagesOn {
	plain := s.listeners[config.RoleWeb]
	if plain == nil {
		return nil
	}
	log := s.opts.Log.With("role", config.RoleWeb)
	per := web.NewPerAddress(s.limit(s.opts.Config.Limits.ConnectionsPerAddress), front.Subscriber)
	h := s.roles.web
	if s.secure.acme != nil {
		h = s.secure.acme.Answer(h)
	}
	all := []pagesOn{{web.NewServer(h, log), web.NewListener(plain, nil, per)}}
	if ln := s.secure.tls; ln != nil {
		c := certificate.Modern(s.secure.get, s.secure.protocols...)
		all = append(all, pagesOn{web.NewServer(s.roles.web, log), web.NewListener(ln, c, per)})
	}
	if ln := s.secure.old; ln != nil {
		c := certificate.Old(s.secure.getOld)
		all = append(all, pagesOn{web.NewServer(s.roles.web, log), web.NewListener(ln, c, per)})
	}
	return all
}
