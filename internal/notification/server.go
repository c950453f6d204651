package notification

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/limit"
	"github.com/papilio-im/papilio/internal/netio"
	"github.com/papilio-im/papilio/internal/presence"
	"github.com/papilio-im/papilio/internal/referral"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/internal/telemetry"
	"github.com/papilio-im/papilio/internal/ticket"
	"github.com/papilio-im/papilio/msnp"
)

// Times that the server itself has for something.
const (
	commandTime = 15 * time.Second // for the database and other nodes
	writeTime   = 20 * time.Second // for a client that does not read
)

// Times that a client has for something; the usual ones if zero.
type Times struct {
	Greeting  time.Duration // from connecting to VER
	SignIn    time.Duration // from VER to USR OK
	Referred  time.Duration // to leave, once it was sent elsewhere
	Answer    time.Duration // to a challenge
	Challenge time.Duration // from one challenge to the next, and as much again at most
	Home      time.Duration // for its account to have a node again, once that has died
	Silence   time.Duration // for a client that pings: until it is taken for gone
	// Nexus is how long the challenge of a sign-in by ticket is held back at most,
	// until the client has asked the web where to sign in. Below zero it is not.
	Nexus time.Duration
}

// The originals are not known. These suit every client, a person typing a
// password included; some clients leave their old connection open for 16 seconds
// after they were sent elsewhere.
var usual = Times{
	Greeting:  60 * time.Second,
	SignIn:    180 * time.Second,
	Referred:  20 * time.Second,
	Answer:    60 * time.Second,
	Challenge: 20 * time.Minute,
	Home:      cluster.DefaultLease + 5*time.Second,
	Silence:   2*nextPing*time.Second + 30*time.Second,
	Nexus:     1200 * time.Millisecond,
}

// orUsual fills in what is not given.
func (t Times) orUsual() Times {
	return Times{
		Greeting:  cmp.Or(t.Greeting, usual.Greeting),
		SignIn:    cmp.Or(t.SignIn, usual.SignIn),
		Referred:  cmp.Or(t.Referred, usual.Referred),
		Answer:    cmp.Or(t.Answer, usual.Answer),
		Challenge: cmp.Or(t.Challenge, usual.Challenge),
		Home:      cmp.Or(t.Home, usual.Home),
		Silence:   cmp.Or(t.Silence, usual.Silence),
		Nexus:     cmp.Or(t.Nexus, usual.Nexus),
	}
}

// Bounds of what is kept for one connection.
const (
	maxInput = msnp.MaxLine + msnp.MaxNotification
	// maxQueue holds the longest possible answer to SYN, some 3,300 contacts on
	// full lists, with room for what happens meanwhile.
	maxQueue = 1 << 20
)

// UsualListChanges is what the limit on list changes should be where nobody has
// said otherwise. A client that brings a whole list along from elsewhere makes
// 1,200 at once.
const UsualListChanges = 1500

// Limits are how often things may be done; 0 means without limit.
type Limits struct {
	Connections            int // open connections
	SignInsPerAddress      int // sign-ins from one address a minute
	FailuresPerAccount     int // failed sign-ins to one account a minute
	TransfersPerMinute     int // switchboards that one principal asks for
	StatusChangesPerMinute int // status changes of one principal
	RenamesPerMinute       int // own renames of one principal
	ListChangesPerMinute   int // other changes of lists, groups and settings of one principal
	InvitationsPerMinute   int // pages and invitation mails of one principal
	ConnectionsPerAddress  int // open connections from one address
}

// Options are what a notification server needs. Everything without a remark
// is required.
type Options struct {
	Accounts *account.Service
	Tickets  *ticket.Tickets
	Roster   *roster.Service
	Hub      *presence.Hub
	Referrer *referral.Referrer
	Keys     *referral.Keys
	Node     *cluster.Node
	Metrics  *telemetry.Metrics
	Log      *slog.Logger

	Wire            bool        // log lines, credentials masked
	SwitchboardAuth msnp.Method // for MSNP2 to MSNP10: cookie (the zero value), MD5 or CTP
	HiddenMayCall   bool        // from MSNP13 on
	Indirect        bool        // switchboards are reached through the HTTP gateway alone
	AllowCTP        bool        // accept passwords in clear text
	Limits          Limits      // none if zero
	Times           Times
	Queueing        Queueing
	Page            func(netip.AddrPort) string // the web page of the service, for a client that came in by an address
}

// Server is a notification server.
type Server struct {
	opts    Options
	metrics *telemetry.RoleMetrics
	front   *front.Server
	serving func() bool // see cluster.Node.Serving
	moves   moves
	visits  *ticket.Visits // at the nexus

	admission *admission

	//nolint:containedctx // the life of those who wait for a node, and of jobs; ended by Shutdown
	life context.Context
	end  context.CancelFunc
	jobs sync.WaitGroup

	mu       sync.Mutex
	closed   bool                  // nothing new comes
	sessions map[*session]struct{} // signed in or not

	signIns, failures, transfers, statuses, renames, edits, mails *limit.Keyed
}

// New makes a notification server and lets it answer the other roles.
func New(o Options) (*Server, error) {
	if o.Accounts == nil || o.Tickets == nil || o.Roster == nil || o.Hub == nil || o.Referrer == nil || o.Keys == nil ||
		o.Node == nil || o.Metrics == nil || o.Log == nil || o.Page == nil {
		return nil, errors.New("notification: an option is missing")
	}
	o.Times = o.Times.orUsual()
	srv := &Server{
		opts:      o,
		metrics:   o.Metrics.Role(msnp.Notification),
		serving:   o.Node.Serving,
		moves:     newMoves(),
		visits:    ticket.NewVisits(visitLife),
		admission: newAdmission(o.Queueing, o.Metrics.Role(msnp.Notification)),
		sessions:  make(map[*session]struct{}),
		signIns:   limit.PerMinute(o.Limits.SignInsPerAddress),
		failures:  limit.PerMinute(o.Limits.FailuresPerAccount),
		transfers: limit.PerMinute(o.Limits.TransfersPerMinute),
		statuses:  limit.PerMinute(o.Limits.StatusChangesPerMinute),
		renames:   limit.PerMinute(o.Limits.RenamesPerMinute),
		edits:     limit.PerMinute(o.Limits.ListChangesPerMinute),
		mails:     limit.PerMinute(o.Limits.InvitationsPerMinute),
	}
	srv.life, srv.end = context.WithCancel(context.Background())
	var err error
	srv.front, err = front.NewServer(
		front.Options{Role: msnp.Notification, MaxLine: msnp.MaxLine, Log: o.Log, Wire: o.Wire, Metrics: srv.metrics},
		front.Bounds{
			MaxInput: maxInput, MaxQueue: maxQueue, WriteTimeout: writeTime,
			MaxConns: o.Limits.Connections, PerAddress: o.Limits.ConnectionsPerAddress,
		},
		func(c front.Conn) netio.Handler { return newSession(srv, c) },
	)
	if err != nil {
		return nil, err
	}
	return srv, srv.serve()
}

// Serve accepts clients from a listener until ctx ends or Shutdown is called.
func (srv *Server) Serve(ctx context.Context, ln net.Listener) error { return srv.front.Serve(ctx, ln) }

// Connections counts the clients that are connected.
func (srv *Server) Connections() int { return srv.front.Active() }

// Shutdown accepts nobody any more, ends every session, and waits until the
// clients have left. Those that were referred may take their time for it. Where
// there is another node to go to, everybody should have been referred before, and
// the others are not told anything: some clients never come back from that. When
// ctx ends, it ends what is left.
func (srv *Server) Shutdown(ctx context.Context) error {
	srv.front.Stop()
	word := srv.lastWord()
	for _, s := range srv.closeAll() {
		s.give(word)
	}
	defer srv.jobs.Wait()
	defer srv.end()
	defer context.AfterFunc(ctx, srv.end)()
	return srv.front.Wait(ctx)
}

// lastWord is how sessions end when the server goes down.
func (srv *Server) lastWord() order {
	for _, m := range srv.opts.Node.Members() {
		if !m.Self && m.State == cluster.StateActive && m.Has(cluster.RoleNotification) {
			return hangUp
		}
	}
	return shutDown
}

// connect takes a connection down. It reports false if there are to be no more.
func (srv *Server) connect(s *session) bool {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	srv.sessions[s] = struct{}{}
	return !srv.closed
}

// disconnect forgets a connection.
func (srv *Server) disconnect(s *session) {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	delete(srv.sessions, s)
}

// closeAll takes no connections from here on, and lists those that there are.
func (srv *Server) closeAll() []*session {
	srv.mu.Lock()
	srv.closed = true
	srv.mu.Unlock()
	return srv.all()
}

// all lists the connections that there are.
func (srv *Server) all() []*session {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return slices.Collect(maps.Keys(srv.sessions))
}

// timeout bounds what a command may wait for.
func timeout() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), commandTime)
}
