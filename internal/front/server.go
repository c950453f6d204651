package front

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/papilio-im/papilio/internal/netio"
)

// Bounds of the connections of a role.
type Bounds struct {
	MaxInput     int           // octets of a line and its payload together
	MaxQueue     int           // octets that a client has not taken yet
	WriteTimeout time.Duration // for a client that takes nothing
	MaxConns     int           // open connections; 0 for no bound
	PerAddress   int           // open connections from one address; 0 for no bound
}

// Server accepts the connections of a role and runs a session for each.
type Server struct {
	opts    Options
	io      netio.Options
	accept  *netio.Acceptor
	perAddr perAddress
	session func(Conn) netio.Handler
}

// NewServer makes a server. The function makes the session of a connection.
func NewServer(o Options, b Bounds, session func(Conn) netio.Handler) (*Server, error) {
	o.Prepare()
	s := &Server{opts: o, session: session, perAddr: perAddress{most: b.PerAddress, open: make(map[netip.Addr]int)}}
	s.io = netio.Options{
		MaxInput:     b.MaxInput,
		MaxQueue:     b.MaxQueue,
		WriteTimeout: b.WriteTimeout,
		OnOverflow:   o.Metrics.Overflows.Inc,
		OnPanic:      s.panicked,
	}
	var err error
	s.accept, err = netio.NewAcceptor(netio.AcceptorOptions{
		MaxConns:      b.MaxConns,
		OnRefused:     o.Metrics.Refused.Inc,
		OnAcceptError: s.acceptFailed,
		OnPanic:       s.panicked,
	})
	return s, err
}

// Serve accepts from a listener until ctx ends or Stop is called.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	return s.accept.Serve(ctx, ln, s.run)
}

// Stop accepts no more connections; those that are open go on.
func (s *Server) Stop() { s.accept.Stop() }

// Wait waits until all connections have ended; when ctx ends, it ends them.
func (s *Server) Wait(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { s.opts.cut.Store(true) })()
	return s.accept.Wait(ctx)
}

// Active counts the open connections.
func (s *Server) Active() int { return s.accept.Active() }

func (s *Server) run(nc net.Conn) {
	addr := Subscriber(netio.AddrPort(nc.RemoteAddr()).Addr())
	if !s.perAddr.enter(addr) {
		s.opts.Metrics.Refused.Inc()
		return
	}
	defer s.perAddr.leave(addr)
	s.opts.Metrics.Connections.Inc()
	s.opts.Metrics.Open.Inc()
	defer s.opts.Metrics.Open.Dec()
	c := netio.NewConn(nc, &s.io)
	c.Run(s.session(Conn{Conn: c, opts: &s.opts}))
}

func (s *Server) panicked(value any, stack []byte) {
	s.opts.Metrics.Panics.Inc()
	s.opts.Log.Error("panic", slog.Any("value", value), slog.String("stack", string(stack)))
}

func (s *Server) acceptFailed(err error, pause time.Duration) {
	s.opts.Metrics.AcceptErrors.Inc()
	s.opts.Log.Warn("cannot accept connections", slog.Any("error", err), slog.Duration("pause", pause))
}

// Subscriber is what an address is counted by: itself, or for IPv6 the network
// of 64 bits that a single subscriber has.
func Subscriber(a netip.Addr) netip.Addr {
	if a.Is4() || a.IsLoopback() {
		return a
	}
	network, err := a.Prefix(64)
	if err != nil {
		return a
	}
	return network.Addr()
}

// perAddress bounds the open connections from one subscriber.
type perAddress struct {
	most int
	mu   sync.Mutex
	open map[netip.Addr]int
}

func (p *perAddress) enter(a netip.Addr) bool {
	if p.most <= 0 {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[a] >= p.most {
		return false
	}
	p.open[a]++
	return true
}

func (p *perAddress) leave(a netip.Addr) {
	if p.most <= 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[a]--; p.open[a] == 0 {
		delete(p.open, a)
	}
}
