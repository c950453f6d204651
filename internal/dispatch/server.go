package dispatch

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/netio"
	"github.com/papilio-im/papilio/internal/referral"
	"github.com/papilio-im/papilio/internal/telemetry"
	"github.com/papilio-im/papilio/msnp"
)

// Bounds of what is kept for one connection. Nothing that a client says here,
// or hears, is long.
const (
	maxLine   = 16 << 10
	maxInput  = maxLine + 1<<10
	maxQueue  = 64 << 10
	writeTime = 20 * time.Second
)

// Limits bound the connections; 0 means without limit.
type Limits struct {
	Connections           int // open connections
	ConnectionsPerAddress int // open connections from one address
}

// Options are what a dispatch server needs. Everything without a remark is
// required.
type Options struct {
	Referrer *referral.Referrer
	Metrics  *telemetry.Metrics
	Log      *slog.Logger
	// Page gives the address of the service's web page, for a client that came
	// in by an address.
	Page func(netip.AddrPort) string

	Wire   bool   // log lines, credentials masked
	Limits Limits // none if zero
	// Patience is how long a client waits while nobody serves its account, which
	// is when the node that did has died: until the end of its lease, and a
	// little. The usual time if zero.
	Patience time.Duration
}

// Server is a dispatch server.
type Server struct {
	opts    Options
	metrics *telemetry.RoleMetrics
	front   *front.Server
	times   times

	//nolint:containedctx // the life of those who wait, ended by Shutdown
	life context.Context
	end  context.CancelFunc
}

// times are what a client has time for.
type times struct {
	greeting time.Duration // from connecting to VER
	signIn   time.Duration // from VER to USR
	referred time.Duration // to leave, once it was told where to go
}

// The originals are not known. These suit every client, a person typing a
// password included; some clients leave their old connection open for 16
// seconds after they have moved.
var usual = times{greeting: 60 * time.Second, signIn: 180 * time.Second, referred: 20 * time.Second}

// usualPatience is a lease, and time for another node to take its place.
const usualPatience = cluster.DefaultLease + 5*time.Second

// New makes a dispatch server.
func New(o Options) (*Server, error) {
	if o.Referrer == nil || o.Metrics == nil || o.Log == nil || o.Page == nil {
		return nil, errors.New("dispatch: an option is missing")
	}
	if o.Patience == 0 {
		o.Patience = usualPatience
	}
	srv := &Server{opts: o, metrics: o.Metrics.Role(msnp.Dispatch), times: usual}
	srv.life, srv.end = context.WithCancel(context.Background())
	var err error
	srv.front, err = front.NewServer(
		front.Options{Role: msnp.Dispatch, MaxLine: maxLine, Log: o.Log, Wire: o.Wire, Metrics: srv.metrics},
		front.Bounds{
			MaxInput: maxInput, MaxQueue: maxQueue, WriteTimeout: writeTime,
			MaxConns: o.Limits.Connections, PerAddress: o.Limits.ConnectionsPerAddress,
		},
		func(c front.Conn) netio.Handler { return newSession(srv, c) },
	)
	return srv, err
}

// Serve accepts clients from a listener until ctx ends or Shutdown is called.
func (srv *Server) Serve(ctx context.Context, ln net.Listener) error { return srv.front.Serve(ctx, ln) }

// Connections counts the clients that are connected.
func (srv *Server) Connections() int { return srv.front.Active() }

// Shutdown accepts nobody any more and waits until everybody has been referred
// and has left. When ctx ends, it closes what is left: some clients never come
// back to a server that closed on them.
func (srv *Server) Shutdown(ctx context.Context) error {
	srv.front.Stop()
	defer srv.end()
	defer context.AfterFunc(ctx, srv.end)()
	return srv.front.Wait(ctx)
}

// patience bounds how long a client waits for its account to have a node again.
func (srv *Server) patience() (context.Context, context.CancelFunc) {
	return context.WithTimeout(srv.life, srv.opts.Patience)
}
