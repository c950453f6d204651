package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/control"
	"github.com/papilio-im/papilio/internal/notification"
	"github.com/papilio-im/papilio/internal/presence"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/internal/telemetry"
	"github.com/papilio-im/papilio/internal/ticket"
)

// Options are what a process is made of.
type Options struct {
	Config config.Config
	Log    *slog.Logger
	// Hash is the cost of password hashes, the default if zero.
	Hash account.HashParams
	// Ownership tells which node owns which shard; this one owns all if nil.
	Ownership cluster.Ownership
	// Grace is how long a principal that was moved is waited for, the usual time
	// if zero.
	Grace time.Duration
	// Times are what clients of the notification server have time for, as usual
	// if zero.
	Times notification.Times
	// Lists bound what everybody may have on their lists, as usual if zero.
	Lists roster.Limits
	// Software is the version of the program, for operators to see.
	Software string
	// Ready is called, if it is set, once clients are served and the cluster
	// knows of it. An error ends the service.
	Ready func(context.Context) error
}

// Server is a running process.
type Server struct {
	opts      Options
	listeners map[config.Role]net.Listener
	control   net.Listener
	secure    secure

	db       *store.DB
	accounts *account.Service
	tickets  *ticket.Tickets
	roster   *roster.Service
	node     *cluster.Node
	registry *prometheus.Registry
	metrics  *telemetry.Metrics
	health   *telemetry.Health
	roles    roles

	drain    drain
	stopping atomic.Bool

	//nolint:containedctx // the life of what goes on beside Serve
	life       context.Context
	end        context.CancelFunc
	background sync.WaitGroup
}

// Start binds every port, opens the data and connects to the bus, in this order:
// a service that cannot listen leaves no data behind. When it returns, clients
// can connect; they are served as soon as Serve is called, which also takes this
// node's share of the accounts.
func Start(ctx context.Context, o Options) (*Server, error) {
	s := &Server{opts: o, registry: prometheus.NewRegistry()}
	s.life, s.end = context.WithCancel(context.Background())
	for _, step := range []func(context.Context) error{
		s.openFolder, s.bindPorts, s.openData, s.certify, s.measure, s.join, s.build,
	} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, s.Close()) //nolint:contextcheck // ctx may have ended, which is why
		}
	}
	return s, nil
}

// openFolder makes the data folder, and sees to it that no other process
// serves from it.
func (s *Server) openFolder(ctx context.Context) error {
	data := s.opts.Config.Data
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("make the data folder (choose another with --data): %w", err)
	}
	ln, err := control.Listen(ctx, data)
	s.control = ln
	return err
}

// openData opens the accounts and lists. The notification server needs them, and
// whoever signs people in over the web; alone that can only be done with a database
// that it shares with the notification servers.
func (s *Server) openData(ctx context.Context) error {
	c := &s.opts.Config
	if !c.Has(config.RoleNotification) && !(c.Has(config.RoleWeb) && c.Storage.Shared()) {
		return nil
	}
	data, err := OpenData(ctx, &s.opts.Config, s.opts.Log, s.opts.Hash)
	if err != nil {
		return err
	}
	s.db, s.accounts = data.DB, data.Accounts
	s.tickets, err = ticket.New(ticket.Options{Secret: s.accounts.TicketSecret(), Accounts: s.accounts})
	if err != nil {
		return err
	}
	s.roster, err = roster.New(roster.Options{DB: data.DB, Limits: s.opts.Lists})
	return err
}

func (s *Server) bindPorts(ctx context.Context) (err error) {
	if s.listeners, err = bind(ctx, &s.opts.Config); err != nil {
		return err
	}
	return s.secure.bind(ctx, &s.opts.Config)
}

func (s *Server) measure(context.Context) error {
	var err error
	s.metrics, err = telemetry.NewMetrics(s.registry)
	s.health = telemetry.NewHealth(s.registry)
	return err
}

func (s *Server) join(ctx context.Context) (err error) {
	c := &s.opts.Config
	advertise, err := s.advertised(ctx)
	if err != nil {
		return err
	}
	if c.Cluster.NATSURL != "" && c.Has(config.RoleNotification) && !c.Storage.Shared() {
		s.opts.Log.WarnContext(ctx, "storage.url names a database that only this machine can read: a second notification server on another machine would know nothing of its accounts")
	}
	database, err := s.database(ctx)
	if err != nil {
		return err
	}
	roles := make([]cluster.Role, len(c.Roles))
	for i, r := range c.Roles {
		roles[i] = cluster.Role(r)
	}
	s.node, err = cluster.Start(ctx, cluster.Options{
		Node:      c.Cluster.Node,
		NATSURL:   c.Cluster.NATSURL,
		Dir:       filepath.Join(c.Data, "bus"),
		Roles:     roles,
		Advertise: advertise,
		Ownership: s.opts.Ownership,
		Lease:     c.Cluster.Lease,
		MoveRate:  float64(c.Shutdown.Rate),
		Software:  s.opts.Software,
		Database:  database,
		Log:       s.opts.Log,
	})
	if err != nil {
		return err
	}
	if err := s.sameDatabase(ctx, database); err != nil {
		return err
	}
	return s.registry.Register(newClusterMetrics(s.node))
}

// Addr is where a role listens, nil if this process does not run it.
func (s *Server) Addr(r config.Role) net.Addr {
	if r == config.RoleGateway && s.opts.Config.Has(r) {
		r = config.RoleWeb
	}
	if ln := s.listeners[r]; ln != nil {
		return ln.Addr()
	}
	return nil
}

// Node is the name of this process in the cluster.
func (s *Server) Node() string { return s.node.ID() }

// Members lists the nodes of the cluster, by name.
func (s *Server) Members() []cluster.Member {
	all := s.node.Members()
	slices.SortFunc(all, func(a, b cluster.Member) int { return strings.Compare(a.Node, b.Node) })
	return all
}

// Accounts gives the accounts, for who runs the server in its own process; nil
// without a notification server.
func (s *Server) Accounts() *account.Service { return s.accounts }

// Tickets gives what issues tickets, likewise.
func (s *Server) Tickets() *ticket.Tickets { return s.tickets }

// Serve serves clients until ctx ends. Then it refers them to others, if there
// are any, or tells them that the server goes down, and waits for them to go.
func (s *Server) Serve(ctx context.Context) error {
	waiting := s.restore(ctx) // before anybody can ask for them
	g, ctx := errgroup.WithContext(ctx)
	serving := context.WithoutCancel(ctx) // until the clients have gone
	for role, serve := range s.roles.serve() {
		ln := s.listeners[role]
		g.Go(func() error { return serve(serving, ln) })
	}
	for ln, serve := range s.roles.streams {
		g.Go(func() error { return serve(serving, ln) })
	}
	operator := control.NewServer(s)
	g.Go(func() error { return operator.Serve(s.control) })
	pages := s.webServers(serving)
	for _, p := range pages {
		g.Go(func() error { return ignoreClosed(p.server.Serve(p.listener)) })
	}
	if err := s.secure.manage(s.life); err != nil { //nolint:contextcheck // until Close
		s.opts.Log.ErrorContext(ctx, "certificates are not managed", slog.Any("error", err))
	}
	g.Go(func() error { return s.begin(ctx, waiting) })
	g.Go(func() error {
		<-ctx.Done()
		err := s.leave(serving)
		for _, p := range pages {
			err = errors.Join(err, p.server.Close())
		}
		return errors.Join(err, operator.Close())
	})
	return g.Wait()
}

// begin takes this node's share of the service. Some wait for it since before the
// restart.
func (s *Server) begin(ctx context.Context, waiting []presence.State) error {
	err := s.node.Activate(ctx, s.holder(waiting))
	switch {
	case err != nil && ctx.Err() != nil:
		return nil // it is told to end before it has begun
	case err != nil:
		return err
	}
	s.health.Ask(s.unready)
	if s.opts.Ready != nil {
		return s.opts.Ready(ctx)
	}
	return nil
}

// holder is who serves the accounts of this node, nil if nobody does. It is
// given who was signed in before the restart and waits for its shard.
func (s *Server) holder(waiting []presence.State) cluster.Holder {
	switch {
	case s.roles.notification == nil:
		return nil
	case len(waiting) == 0:
		return s.roles.notification
	}
	return &returning{Holder: s.roles.notification, server: s, until: time.Now().Add(s.grace()), waiting: waiting}
}

// unready tells why no new clients should be sent here.
func (s *Server) unready() string {
	switch {
	case s.stopping.Load():
		return "the process is ending"
	case !s.node.Serving():
		return "cut off from NATS, and serves nobody until it is back"
	case s.state() == cluster.StateDraining:
		return "draining"
	case s.state() == cluster.StateJoining:
		return "joining the cluster"
	}
	return ""
}

// state is that of this node.
func (s *Server) state() cluster.State {
	for _, m := range s.node.Members() {
		if m.Self {
			return m.State
		}
	}
	return cluster.StateJoining
}

func ignoreClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Close ends everything that Start began. It is called after Serve has
// returned, or instead of it.
func (s *Server) Close() error {
	var errs []error
	s.stopDrain()
	s.end()
	s.background.Wait()
	closeAll(s.listeners)
	s.secure.close()
	if s.node != nil {
		errs = append(errs, s.node.Close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.control != nil {
		_ = s.control.Close() // closed already if Serve ran
	}
	return errors.Join(errs...)
}
