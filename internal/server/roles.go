package server

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/dispatch"
	"github.com/papilio-im/papilio/internal/gateway"
	"github.com/papilio-im/papilio/internal/notification"
	"github.com/papilio-im/papilio/internal/presence"
	"github.com/papilio-im/papilio/internal/referral"
	"github.com/papilio-im/papilio/internal/switchboard"
	"github.com/papilio-im/papilio/msnp"
)

// roles are the servers that this process runs; the others are nil.
type roles struct {
	dispatch     *dispatch.Server
	notification *notification.Server
	switchboard  *switchboard.Server
	gateway      *gateway.Server
	web          http.Handler
	hub          *presence.Hub // of the notification server
	// streams are how gateways bring clients, of this node and of others.
	streams map[net.Listener]func(context.Context, net.Listener) error
}

// build makes the roles that the configuration names.
func (s *Server) build(ctx context.Context) error {
	secret, err := s.node.Secret(ctx, "switchboard-cookies")
	if err != nil {
		return err
	}
	keys, err := referral.NewKeys(secret)
	if err != nil {
		return err
	}
	referrer, err := referral.New(referral.Options{
		Cluster:          s.node,
		NotificationPort: port(s.listeners[config.RoleNotification]),
		SwitchboardPort:  port(s.listeners[config.RoleSwitchboard]),
	})
	if err != nil {
		return err
	}
	c := &s.opts.Config
	if c.Has(config.RoleDispatch) {
		s.roles.dispatch, err = s.buildDispatch(referrer)
	}
	if err == nil && c.Has(config.RoleNotification) {
		s.roles.notification, err = s.buildNotification(referrer, keys) //nolint:contextcheck // what it serves outlives ctx
	}
	if err == nil && c.Has(config.RoleSwitchboard) {
		s.roles.switchboard, err = s.buildSwitchboard(keys) //nolint:contextcheck // likewise
	}
	if err == nil && c.Has(config.RoleGateway) {
		s.roles.gateway, err = s.buildGateway(keys) //nolint:contextcheck // likewise
	}
	if err == nil && c.Listens(config.RoleWeb) {
		s.roles.web, err = s.buildWeb(ctx)
	}
	if err == nil {
		err = s.listenStreams() //nolint:contextcheck // likewise
	}
	if err == nil {
		err = s.takeOrders() //nolint:contextcheck // likewise
	}
	return err
}

func (s *Server) buildDispatch(r *referral.Referrer) (*dispatch.Server, error) {
	c := &s.opts.Config
	return dispatch.New(dispatch.Options{
		Referrer: r,
		Metrics:  s.metrics,
		Log:      s.opts.Log.With("role", config.RoleDispatch),
		Wire:     c.Log.Wire,
		Page:     s.page,
		Limits:   dispatch.Limits{ConnectionsPerAddress: s.limit(c.Limits.ConnectionsPerAddress)},
		Patience: s.patience(),
	})
}

func (s *Server) buildNotification(r *referral.Referrer, k *referral.Keys) (*notification.Server, error) {
	c := &s.opts.Config
	times := s.opts.Times
	times.Home = cmp.Or(times.Home, s.patience())
	hub, err := presence.NewHub(presence.Options{
		Grace: s.opts.Grace,
		Bus:   s.node,
		Lists: s.roster.Privacy,
		Log:   s.opts.Log.With("part", "presence"),
	})
	if err != nil {
		return nil, err
	}
	s.roles.hub = hub
	return notification.New(notification.Options{
		Accounts:        s.accounts,
		Tickets:         s.tickets,
		Roster:          s.roster,
		Hub:             hub,
		Referrer:        r,
		Keys:            k,
		Node:            s.node,
		Metrics:         s.metrics,
		Log:             s.opts.Log.With("role", config.RoleNotification),
		Wire:            c.Log.Wire,
		SwitchboardAuth: authMethod(c.Switchboard.Auth),
		HiddenMayCall:   c.Switchboard.HiddenMayCall,
		Indirect:        !c.Switchboard.Direct,
		AllowCTP:        c.Accounts.AllowCTP,
		Page:            s.page,
		Times:           times,
		Limits: notification.Limits{
			ConnectionsPerAddress:  s.limit(c.Limits.ConnectionsPerAddress),
			SignInsPerAddress:      s.limit(c.Limits.SignInsPerAddressPerMinute),
			FailuresPerAccount:     s.limit(c.Limits.FailedSignInsPerAccountPerMinute),
			TransfersPerMinute:     s.limit(c.Limits.TransfersPerMinute),
			StatusChangesPerMinute: s.limit(c.Limits.StatusChangesPerMinute),
			RenamesPerMinute:       s.limit(c.Limits.RenamesPerMinute),
			ListChangesPerMinute:   s.limit(notification.UsualListChanges),
			InvitationsPerMinute:   s.limit(c.Limits.CallsPerMinute),
		},
	})
}

func (s *Server) buildSwitchboard(k *referral.Keys) (*switchboard.Server, error) {
	c := &s.opts.Config
	return switchboard.New(switchboard.Options{
		Keys:    k,
		Node:    s.node,
		Metrics: s.metrics,
		Log:     s.opts.Log.With("role", config.RoleSwitchboard),
		Wire:    c.Log.Wire,
		Idle:    c.Switchboard.Idle,
		Limits: switchboard.Limits{
			ConnectionsPerAddress: s.limit(c.Limits.ConnectionsPerAddress),
			CallsPerMinute:        s.limit(c.Limits.CallsPerMinute),
			FailedCallsPer10s:     s.limit(c.Limits.FailedCallsPer10s),
			SessionsPerUser:       s.limit(switchboard.UsualSessionsPerUser),
			MembersPerSession:     s.limit(switchboard.UsualMembersPerSession),
		},
	})
}

// patience is how long a client waits whose node has died: until the lease of
// that ends, and until another has taken its place.
func (s *Server) patience() time.Duration { return s.opts.Config.Cluster.Lease + 5*time.Second }

// limit is a rate, or none if limits are switched off.
func (s *Server) limit(n int) int {
	if !s.opts.Config.Limits.Enabled {
		return 0
	}
	return n
}

// page is the address of the service's page, for a client that came in by an
// address.
func (s *Server) page(local netip.AddrPort) string {
	ln := s.listeners[config.RoleWeb]
	if ln == nil {
		return "http://" + local.Addr().String() + "/"
	}
	return "http://" + net.JoinHostPort(local.Addr().String(), strconv.Itoa(int(port(ln)))) + "/"
}

func authMethod(a config.Auth) msnp.Method {
	switch a {
	case config.AuthMD5:
		return msnp.MethodMD5
	case config.AuthCTP:
		return msnp.MethodCTP
	case config.AuthCKI:
	}
	return msnp.MethodCKI
}

// serve gives the accept loops of the roles that speak the protocol.
func (r *roles) serve() map[config.Role]func(context.Context, net.Listener) error {
	loops := make(map[config.Role]func(context.Context, net.Listener) error)
	if r.dispatch != nil {
		loops[config.RoleDispatch] = r.dispatch.Serve
	}
	if r.notification != nil {
		loops[config.RoleNotification] = r.notification.Serve
	}
	if r.switchboard != nil {
		loops[config.RoleSwitchboard] = r.switchboard.Serve
	}
	return loops
}

// listenStreams opens the listeners of the streams, with the accept loops of the
// roles that they lead to.
func (s *Server) listenStreams() error {
	loops := make(map[net.Listener]func(context.Context, net.Listener) error)
	for role, serve := range s.roles.serve() {
		if role == config.RoleDispatch {
			continue // clients of the gateway need none
		}
		ln, err := s.node.ListenStreams(cluster.Role(role), port(s.listeners[role]))
		if err != nil {
			return err
		}
		loops[ln] = serve
	}
	s.roles.streams = loops
	return nil
}

// shutdown ends the roles, all at the same time: clients of one that do not
// leave must not take the time away that those of another have for their last
// lines.
func (r *roles) shutdown(ctx context.Context, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var g errgroup.Group
	if r.dispatch != nil {
		g.Go(func() error { return r.dispatch.Shutdown(ctx) })
	}
	if r.switchboard != nil {
		g.Go(func() error { return r.switchboard.Shutdown(ctx) })
	}
	if r.notification != nil {
		g.Go(func() error {
			err := r.notification.Shutdown(ctx)
			r.hub.Stop(ctx)
			return err
		})
	}
	if r.gateway != nil {
		r.gateway.Stop()
		defer r.gateway.Shutdown(context.WithoutCancel(ctx)) // its clients hear of the others' end by it
	}
	err := g.Wait()
	if errors.Is(err, context.DeadlineExceeded) {
		return nil // those that did not take their last lines were cut off
	}
	return err
}
