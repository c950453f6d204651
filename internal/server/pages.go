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
	"github.com/papilio-im/papilio/internal/gateway"
	"github.com/papilio-im/papilio/internal/passport"
	"github.com/papilio-im/papilio/internal/referral"
	"github.com/papilio-im/papilio/internal/site"
	"github.com/papilio-im/papilio/internal/web"
)

// buildWeb makes what is served over HTTP, on every port for it alike.
func (s *Server) buildWeb(ctx context.Context) (http.Handler, error) {
	mux := http.NewServeMux()
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		mux.Handle(path, s.health)
	}
	rt := web.NewRouter(mux)
	if s.roles.gateway != nil {
		rt.Handle(gateway.Path, s.roles.gateway)
	}
	if !s.opts.Config.Has(config.RoleWeb) {
		return rt, nil
	}
	pages, err := site.New(site.Options{
		DispatchPort: int(port(s.listeners[config.RoleDispatch])),
		Authority:    s.shownAuthority(),
		Log:          s.opts.Log,
	})
	if err != nil {
		return nil, err
	}
	mux.Handle("/", pages)
	place := web.Place{
		Host:  s.opts.Config.Web.LoginHost,
		Plain: port(s.listeners[config.RoleWeb]), Secure: port(s.secure.tls),
	}
	if names := s.opts.Config.Web.NameList(); len(names) > 0 {
		place.Name = names[0]
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
		Tickets:  s.tickets,
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
	if s.accounts == nil && c.Web.LoginHost == "" {
		log.WarnContext(ctx, "nobody can sign in over the web here, since there are no accounts: set storage.url to the database of the notification servers, or web.login_host to where they are")
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

func (s *Server) buildGateway(k *referral.Keys) (*gateway.Server, error) {
	c := &s.opts.Config
	return gateway.New(gateway.Options{
		Node:     s.node,
		Keys:     k,
		Metrics:  s.metrics.Gateway(),
		Log:      s.opts.Log.With("role", config.RoleGateway),
		Host:     c.Gateway.Host,
		Indirect: !c.Switchboard.Direct,
		Limits: gateway.Limits{
			Sessions:           gateway.UsualSessions, // it protects memory
			SessionsPerAddress: s.limit(c.Limits.ConnectionsPerAddress),
		},
	})
}

// pagesOn is a server for HTTP with its port.
type pagesOn struct {
	server   *http.Server
	listener net.Listener
}

// webServers are the servers for HTTP and HTTPS of this process. An address may
// hold so many connections with all of them together.
func (s *Server) webServers(ctx context.Context) []pagesOn {
	plain := s.listeners[config.RoleWeb]
	if plain == nil {
		return nil
	}
	c, metrics := &s.opts.Config, s.metrics.Web()
	log := s.opts.Log.With("role", config.RoleWeb)
	proxies := web.Proxies(c.Web.ProxyList())
	o := web.ServerOptions{Handler: s.roles.web, Log: log, Wire: c.Log.Wire, Proxies: proxies, OnPanic: metrics.Panics.Inc}
	on := web.ListenerOptions{
		PerAddress: web.NewPerAddress(s.limit(c.Limits.ConnectionsPerAddress), counted(proxies), metrics.Refused.Inc),
		OnHandshake: func(remote net.Addr, err error) {
			metrics.Handshakes.Inc()
			level := slog.LevelDebug
			if c.Log.Wire {
				level = slog.LevelInfo
			}
			log.LogAttrs(ctx, level, "no TLS", slog.String("from", remote.String()), slog.Any("error", err))
		},
	}
	all := []pagesOn{{web.NewServer(o), web.NewListener(plain, on)}}
	if s.secure.acme != nil {
		all[0].server.Handler = s.secure.acme.Answer(all[0].server.Handler)
	}
	if ln := s.secure.tls; ln != nil {
		on.TLS = certificate.Modern(s.secure.get, s.secure.protocols...)
		all = append(all, pagesOn{web.NewServer(o), web.NewListener(ln, on)})
	}
	if ln := s.secure.old; ln != nil {
		on.TLS = certificate.Old(s.secure.getOld)
		all = append(all, pagesOn{web.NewServer(o), web.NewListener(ln, on)})
	}
	return all
}

// counted is what the connections of an address are counted by. Those of a proxy
// are of many people, and are not.
func counted(proxies web.Proxies) func(netip.Addr) netip.Addr {
	return func(a netip.Addr) netip.Addr {
		if proxies.Trusts(a) {
			return netip.Addr{}
		}
		return front.Subscriber(a)
	}
}
