package switchboard

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/limit"
	"github.com/papilio-im/papilio/internal/netio"
	"github.com/papilio-im/papilio/internal/referral"
	"github.com/papilio-im/papilio/internal/telemetry"
	"github.com/papilio-im/papilio/msnp"
)

// Bounds of what is kept for one connection.
const (
	maxInput  = msnp.MaxSwitchboardLine + msnp.MaxMessage + 1<<10
	maxQueue  = 256 << 10
	writeTime = 20 * time.Second // for a client that does not read
)

// What the limits on sessions should be where nobody has said otherwise: more
// than people have been seen to use.
const (
	UsualSessionsPerUser   = 20
	UsualMembersPerSession = 50
)

// Limits are how much there may be of something; 0 means without limit.
type Limits struct {
	Connections           int // open connections
	ConnectionsPerAddress int // open connections from one address
	CallsPerMinute        int // that ring, of one connection
	FailedCallsPer10s     int // that do not, of one connection
	SessionsPerUser       int // that one principal is in at once
	MembersPerSession     int // and those who ring
}

// Options are what a switchboard needs. Everything without a remark is
// required.
type Options struct {
	Node    *cluster.Node
	Keys    *referral.Keys
	Metrics *telemetry.Metrics
	Log     *slog.Logger

	Wire   bool          // log lines, credentials masked
	Idle   time.Duration // after which a conversation of two is ended; 0 for never
	Limits Limits        // none if zero
}

// Server is a switchboard.
type Server struct {
	opts    Options
	metrics *telemetry.RoleMetrics
	front   *front.Server
	times   times
	begin   time.Time // what moments are counted from

	used   *referral.Used
	grants *referral.Grants
	board  *board

	calls, failures *limit.Keyed

	//nolint:containedctx // of requests to other nodes: ended by Shutdown, not by a caller
	life context.Context
	end  context.CancelFunc
}

// times are how long things take.
type times struct {
	greeting time.Duration // from connecting to USR or ANS
	request  time.Duration // for another node's answer
	ringing  time.Duration // until somebody who has not answered may be rung again
	emptied  time.Duration // that a session without members waits for those it rings
	owner    time.Duration // between two looks at who serves an account, when its node does not answer
	quiet    time.Duration // without a word, after which a conversation is ended by a drain
	promised time.Duration // that a drain waits at least, for those who have been given a cookie just now
	look     time.Duration // between two looks of a drain at what is left
}

var usual = times{
	greeting: 60 * time.Second,
	request:  8 * time.Second,
	ringing:  30 * time.Second,
	emptied:  60 * time.Second,
	owner:    250 * time.Millisecond,
	quiet:    15 * time.Second,
	promised: 5 * time.Second,
	look:     250 * time.Millisecond,
}

// New makes a switchboard and lets it hear what other roles tell it.
func New(o Options) (*Server, error) {
	if o.Node == nil || o.Keys == nil || o.Metrics == nil || o.Log == nil {
		return nil, errors.New("switchboard: an option is missing")
	}
	srv := &Server{
		opts:     o,
		metrics:  o.Metrics.Role(msnp.Switchboard),
		times:    usual,
		begin:    time.Now(),
		used:     referral.NewUsed(0),
		grants:   referral.NewGrants(0),
		board:    newBoard(o.Node.SetLoad),
		calls:    limit.PerMinute(o.Limits.CallsPerMinute),
		failures: limit.New(o.Limits.FailedCallsPer10s, 10*time.Second),
	}
	srv.life, srv.end = context.WithCancel(context.Background())
	var err error
	srv.front, err = front.NewServer(
		front.Options{Role: msnp.Switchboard, MaxLine: msnp.MaxSwitchboardLine, Log: o.Log, Wire: o.Wire, Metrics: srv.metrics},
		front.Bounds{
			MaxInput: maxInput, MaxQueue: maxQueue, WriteTimeout: writeTime,
			MaxConns: o.Limits.Connections, PerAddress: o.Limits.ConnectionsPerAddress,
		},
		func(c front.Conn) netio.Handler { return newMember(srv, c) },
	)
	if err != nil {
		return nil, err
	}
	return srv, srv.listen()
}

// Serve accepts clients from a listener until ctx ends or Shutdown is called.
func (srv *Server) Serve(ctx context.Context, ln net.Listener) error { return srv.front.Serve(ctx, ln) }

// Sessions counts the conversations that are open.
func (srv *Server) Sessions() int { return srv.board.sessionCount() }

// Connections counts the clients that are connected.
func (srv *Server) Connections() int { return srv.front.Active() }

// Shutdown accepts nobody any more, ends every conversation the quiet way, after
// which clients open a new one at their next message, and waits for the
// connections to end. When ctx ends, it closes what is left.
func (srv *Server) Shutdown(ctx context.Context) error {
	srv.front.Stop()
	srv.end()
	sessions, members := srv.board.close()
	for _, s := range sessions {
		s.end(endShutdown)
	}
	for _, m := range members {
		m.Conn.Wake() // those who are in no conversation yet
	}
	return srv.front.Wait(ctx)
}

// now is the time since the server began. It goes into one atomic word.
func (srv *Server) now() time.Duration { return time.Since(srv.begin) }

// request bounds a request to another node.
func (srv *Server) request() (context.Context, context.CancelFunc) {
	return context.WithTimeout(srv.life, srv.times.request)
}
