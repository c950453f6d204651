package dispatch

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/netio"
	"github.com/papilio-im/papilio/msnp"
)

// session is a client's connection, from accept to close. All of it is owned by
// the connection's goroutine.
type session struct {
	front.Conn
	loop front.Loop[*session]
	srv  *Server

	phase    msnp.Phase
	version  msnp.Version
	hop      int // referrals that the client has counted so far
	referred bool
	alarm    alarm // what the deadline is for
	why      string
}

// alarm names what is due when the deadline passes.
type alarm uint8

const (
	alarmGreeting alarm = iota // no VER yet, or no USR
	alarmReferred              // was referred and has not left
)

func newSession(srv *Server, c front.Conn) *session {
	s := &session{Conn: c, srv: srv, phase: msnp.Greeting}
	s.loop = front.NewLoop(&s.Conn, verbs)
	s.ring(alarmGreeting, srv.times.greeting)
	return s
}

// ring sets the deadline and what it is for.
func (s *session) ring(a alarm, in time.Duration) {
	s.alarm = a
	s.SetDeadline(time.Now().Add(in))
}

// Phase tells the loop where the session stands.
func (s *session) Phase() msnp.Phase { return s.phase }

// Version is the version that was agreed on, 0 before.
func (s *session) Version() msnp.Version { return s.version }

// errReferred ends the reading of lines, but not the connection.
var errReferred = fmt.Errorf("referred: %w", netio.ErrClose)

// Data is called with what has arrived. What comes after a referral, be it in
// the same piece, means nothing.
func (s *session) Data(buf []byte) (int, error) {
	if s.referred {
		return len(buf), nil
	}
	n, err := s.loop.Data(s, buf)
	if errors.Is(err, errReferred) {
		return len(buf), nil
	}
	return n, err
}

// Wake is never asked for.
func (s *session) Wake() error { return nil }

// Timeout is called when the deadline has passed.
func (s *session) Timeout() error {
	s.why = "sign_in_timeout"
	if s.alarm == alarmReferred {
		s.why = "referred"
	}
	return netio.ErrClose
}

// Closed is called last.
func (s *session) Closed(err error) {
	if s.why != "" {
		s.srv.metrics.Closed(s.why)
		return
	}
	s.Ended(err)
}

// Misplaced answers a command that is known but not allowed now.
func (s *session) Misplaced(l *msnp.Line) error {
	if s.phase == msnp.Versioned && l.Name() == "VER" {
		return front.RefuseAndClose(msnp.CodeNotExpected)
	}
	return front.Drop("command in the wrong phase")
}

// TooFew answers a command that lacks arguments.
func (s *session) TooFew(l *msnp.Line) error {
	if _, ok := l.TrID(); !ok {
		return front.Drop("no transaction id")
	}
	return front.RefuseAndClose(msnp.CodeParameter)
}

// Failed answers a command when something is wrong on our side.
func (s *session) Failed(*msnp.Line) error {
	return front.RefuseAndClose(msnp.CodeUnavailable)
}

// about completes what is logged of an event of the session's life.
func (s *session) about(attrs ...slog.Attr) []slog.Attr {
	return append(attrs, slog.String("version", s.version.String()), slog.String("remote", s.RemoteAddr().String()))
}
