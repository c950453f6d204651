package notification

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/netio"
	"github.com/papilio-im/papilio/internal/presence"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/internal/telemetry"
	"github.com/papilio-im/papilio/msnp"
)

// session is a client's connection, from accept to close.
type session struct {
	front.Conn
	loop front.Loop[*session]
	srv  *Server

	// Owned by the connection's goroutine.
	phase    msnp.Phase
	version  msnp.Version
	referred bool  // was sent elsewhere: hears nothing more and is not listened to
	reset    bool  // was told to start again: is not listened to before VER
	alarm    alarm // what is due
	due      time.Time
	pulse    pulse
	signIn   *signIn // between VER and USR OK
	place    *place  // from there until the first CHG was answered
	online   *online // after USR OK
	quiz     quiz
	movedAs  string // whose client it was that was moved to another node
	why      string // of the end, where it is known better here than in netio

	// Any goroutine.
	dismissed atomic.Pointer[dismissal] // nil unless it was signed out by the operator
	cut       atomic.Bool               // see cutOff
	mu        sync.Mutex
	orders    []order
	ended     bool // takes no more orders
}

// online is what a session has while it is signed in.
type online struct {
	account   int64
	handle    string
	principal *presence.Principal
	endpoint  *presence.Endpoint
	statusSet bool // the first CHG was answered
	carried   carried
	alerts    uint32 // that were shown
}

// dismissal is why the operator signed somebody out, as metrics call it.
type dismissal string

const (
	dismissedAlone   dismissal = "operator" // for nothing else
	dismissedBanned  dismissal = "banned"
	dismissedRemoved dismissal = "removed"
)

// fenced is why everybody is signed out without a word.
const fenced dismissal = "fenced"

// order is something that is to be done on the session's goroutine, for
// somebody else.
type order func(*session) error

func newSession(srv *Server, c front.Conn) *session {
	s := &session{Conn: c, srv: srv, phase: msnp.Greeting}
	s.loop = front.NewLoop(&s.Conn, verbs)
	s.ring(alarmGreeting, srv.opts.Times.Greeting)
	if !srv.connect(s) {
		s.why = "shutdown"
		s.CloseSoon()
	}
	return s
}

// serving reports whether the session may still do anything for its client. One
// that was cut off never may again, even if its node has joined the others anew
// since: a command that was begun before may still be waiting for the database.
func (s *session) serving() bool { return !s.cut.Load() && s.srv.serving() }

// roster are the lists of accounts, which are changed only while the session may.
func (s *session) roster() *roster.Service { return s.srv.opts.Roster.While(s.serving) }

// Phase and Version are for the loop.
func (s *session) Phase() msnp.Phase { return s.phase }

// Version is the version that was agreed on, 0 before.
func (s *session) Version() msnp.Version { return s.version }

// put queues messages for the client.
func (s *session) put(messages ...front.Message) { s.Put(s.version, messages...) }

// errReferred ends the reading of lines, but not the connection.
var errReferred = fmt.Errorf("referred: %w", netio.ErrClose)

// Data is called with what has arrived. What comes after a referral, be it in
// the same piece, means nothing.
func (s *session) Data(buf []byte) (int, error) {
	if s.referred {
		return len(buf), nil
	}
	s.heard()
	n, err := s.loop.Data(s, buf)
	if errors.Is(err, errReferred) {
		return len(buf), nil
	}
	return n, err
}

// Wake is called when there are orders, after everything that had arrived
// before was handled.
func (s *session) Wake() error {
	s.mu.Lock()
	orders := s.orders
	s.orders = nil
	s.mu.Unlock()
	for i, o := range orders {
		if err := o(s); err != nil && !errors.Is(err, errReferred) {
			s.mu.Lock()
			s.orders = append(orders[i+1:], s.orders...)
			s.mu.Unlock()
			return err
		}
	}
	return nil
}

// give has an order carried out, at the latest when the connection has ended. It
// reports false if it has ended already. It may be called from any goroutine.
func (s *session) give(o order) bool {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return false
	}
	s.orders = append(s.orders, o)
	s.mu.Unlock()
	s.Conn.Wake()
	return true
}

// Closed is called last. Nothing can be sent any more; those who have ordered
// something learn that it is too late.
func (s *session) Closed(err error) {
	s.srv.disconnect(s)
	s.stopHolding()
	s.place.leave()
	why := s.ending(err)
	s.role().Closed(why)
	if s.online != nil {
		s.leave(why)
	}
	if s.movedAs != "" {
		s.srv.moves.closed(s.movedAs, s)
	}
	s.mu.Lock()
	orders := s.orders
	s.orders, s.ended = nil, true
	s.mu.Unlock()
	for _, o := range orders {
		_ = o(s) // it was going to end anyway
	}
}

// ending is why the connection has ended, in one word.
func (s *session) ending(err error) string {
	dismissed := s.dismissed.Load()
	switch {
	case s.why != "":
		return s.why
	case dismissed != nil:
		return string(*dismissed)
	case errors.Is(err, netio.ErrGate):
		return string(fenced)
	case s.referred:
		return "referred"
	case s.online != nil && s.online.principal.Endpoint() != s.online.endpoint:
		return "replaced"
	}
	return s.Reason(err)
}

// Misplaced answers a command that is known but not allowed now.
func (s *session) Misplaced(l *msnp.Line) error {
	switch s.phase {
	case msnp.Greeting:
		if s.reset {
			return nil // it was on its way when the client was told to start again
		}
	case msnp.Versioned, msnp.Authenticating:
		switch l.Name() {
		case "VER", "CVR", "INF", "USR":
			return front.RefuseAndClose(msnp.CodeNotExpected)
		}
	case msnp.SignedIn:
		switch l.Name() {
		case "VER", "INF":
			return front.Refuse(msnp.CodeNotExpected)
		case "USR":
			return front.Refuse(msnp.CodeAlreadySignedIn)
		}
	}
	return front.Drop("command in the wrong phase")
}

// TooFew answers a command that lacks arguments.
func (s *session) TooFew(l *msnp.Line) error {
	if _, ok := l.TrID(); !ok {
		return front.Drop("no transaction id")
	}
	return front.Refuse(msnp.CodeParameter)
}

// Failed answers a command when something is wrong on our side.
func (s *session) Failed(*msnp.Line) error {
	if s.phase == msnp.SignedIn {
		return front.Refuse(msnp.CodeDatabase)
	}
	return front.RefuseAndClose(msnp.CodeUnavailable)
}

// about completes what is logged of an event of the session's life.
func (s *session) about(attrs ...slog.Attr) []slog.Attr {
	if s.online != nil {
		attrs = append(attrs, slog.Int64("account", s.online.account))
	}
	return append(attrs, slog.String("version", s.version.String()), slog.String("remote", s.RemoteAddr().String()))
}

// role are the counters of this role.
func (s *session) role() *telemetry.RoleMetrics { return s.srv.metrics }
