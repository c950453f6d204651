package switchboard

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/netio"
	"github.com/papilio-im/papilio/msnp"
)

// member is a client's connection, from accept to close. Once it has been let
// in it belongs to one session and stays with it.
type member struct {
	front.Conn
	loop front.Loop[*member]
	srv  *Server

	// Set by the connection's goroutine before others can know of the member,
	// and not changed any more.
	handle       string // in lower case
	version      msnp.Version
	capabilities msnp.Capabilities // of the last status before it came

	// Owned by the connection's goroutine.
	session *session
	parted  bool   // has said good-bye: is not listened to any more
	alarm   alarm  // what the deadline is for
	why     string // of the end, where it is known better here than in netio
	others  netio.Batch
	said    int  // messages out of what is being read
	hasty   bool // has waited in vain for the other to read, and waits no more
	scratch [len("ACK 4294967295\r\n")]byte

	// Any goroutine.
	name   atomic.Pointer[name]
	forced atomic.Bool  // the account was signed out and is to leave
	since  atomic.Int64 // when the account signed in, in milliseconds since 1970; 0 before that is known
	ousted atomic.Int64 // when the account was last signed out by the service, likewise
}

// alarm names what is due when the deadline passes.
type alarm uint8

const (
	alarmNone     alarm = iota
	alarmGreeting       // neither USR nor ANS yet
	alarmIdle           // it is time to see whether anybody still speaks
)

func newMember(srv *Server, c front.Conn) *member {
	m := &member{Conn: c, srv: srv}
	m.loop = front.NewLoop(&m.Conn, verbs)
	m.ring(alarmGreeting, srv.times.greeting)
	if !srv.board.connect(m) {
		m.CloseSoon()
	}
	return m
}

// ring sets the deadline and what it is for. No time means none.
func (m *member) ring(a alarm, in time.Duration) {
	m.alarm = a
	if in <= 0 {
		m.SetDeadline(time.Time{})
		return
	}
	m.SetDeadline(time.Now().Add(in))
}

// Phase tells the loop where the member stands.
func (m *member) Phase() msnp.Phase {
	if m.session == nil {
		return msnp.Greeting
	}
	return msnp.SignedIn
}

// Version is the version that the member speaks with its notification server,
// 0 before it is known.
func (m *member) Version() msnp.Version { return m.version }

// put queues messages for the member. It may be called from any goroutine once
// the member is in its session.
func (m *member) put(messages ...front.Message) { m.Put(m.version, messages...) }

// called is the member's friendly name.
func (m *member) called() msnp.Encoded {
	if n := m.name.Load(); n != nil {
		return n.text
	}
	return ""
}

// name is a friendly name, and how late it was told.
type name struct {
	text  msnp.Encoded
	order uint64
}

// rename notes a name, unless a later one is known.
func (m *member) rename(text msnp.Encoded, order uint64) {
	told := &name{text, order}
	for {
		known := m.name.Load()
		if known != nil && known.order > order || m.name.CompareAndSwap(known, told) {
			return
		}
	}
}

// Data is called with what has arrived. What that puts into the queues of
// others goes out when all of it is handled.
func (m *member) Data(buf []byte) (int, error) {
	if m.parted {
		return len(buf), nil
	}
	n, err := m.loop.Data(m, buf)
	said := m.said
	m.said = 0
	if said > 0 {
		m.session.touch() // before the others can hear it
	}
	m.others.Flush()
	if said > 0 {
		m.srv.metrics.Messages.Add(float64(said))
		m.pace()
	}
	return n, err
}

// Wake is called when the session is ending, or the whole switchboard.
func (m *member) Wake() error {
	if m.session == nil {
		m.why = string(endShutdown)
		return netio.ErrClose
	}
	m.session.farewell(m)
	m.others.Flush()
	return nil
}

// Timeout is called when the deadline has passed.
func (m *member) Timeout() error {
	switch m.alarm {
	case alarmGreeting:
		m.why = "sign_in_timeout"
		return netio.ErrClose
	case alarmIdle:
		m.idle()
	case alarmNone:
	}
	return nil
}

// Closed is called last. Nothing can be sent any more.
func (m *member) Closed(err error) {
	if m.session != nil {
		m.session.part(m)
		m.others.Flush()
	}
	m.srv.board.disconnect(m)
	why := m.ending(err)
	m.srv.metrics.Closed(why)
	if m.session != nil {
		m.srv.opts.Log.LogAttrs(context.Background(), slog.LevelInfo, "left a conversation",
			m.about(slog.String("why", why))...)
	}
}

// ending is why the connection has ended, in one word.
func (m *member) ending(err error) string {
	switch {
	case m.forced.Load():
		return "signed_out"
	case m.why != "":
		return m.why
	}
	return m.Reason(err)
}

// bye ends the connection at the client's wish.
func (m *member) bye(*msnp.Line) error { return netio.ErrClose }

// Misplaced answers a command that is known but not allowed now: the original
// servers hung up.
func (m *member) Misplaced(*msnp.Line) error { return front.Drop("command in the wrong phase") }

// TooFew answers a command that lacks arguments, likewise.
func (m *member) TooFew(*msnp.Line) error { return front.Drop("too few arguments") }

// Failed answers a command when something is wrong on our side.
func (m *member) Failed(*msnp.Line) error { return front.Refuse(msnp.CodeSwitchboardFailed) }

// about completes what is logged of an event of the member's life.
func (m *member) about(attrs ...slog.Attr) []slog.Attr {
	return append(attrs, slog.Uint64("conversation", uint64(m.session.id)),
		slog.String("version", m.version.String()), slog.String("remote", m.RemoteAddr().String()))
}
