package front

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/papilio-im/papilio/internal/netio"
	"github.com/papilio-im/papilio/internal/telemetry"
	"github.com/papilio-im/papilio/msnp"
)

// Session is what the loop asks of a role's session. All of it is called on
// the connection's own goroutine.
type Session interface {
	// Phase and Version tell where the session stands.
	Phase() msnp.Phase
	Version() msnp.Version
	// Misplaced answers a known command that is not allowed in this phase.
	Misplaced(l *msnp.Line) error
	// TooFew answers a command with less than its least number of arguments.
	TooFew(l *msnp.Line) error
	// Failed answers a command whose handler failed for a reason that is no
	// Refusal, after it was logged: something is wrong on this side.
	Failed(l *msnp.Line) error
}

// Verbs are the handlers of a role by command name. A handler's error is a
// [*Refusal], a [*msnp.ParseError], [netio.ErrClose] or what went wrong here.
type Verbs[S Session] map[string]func(S, *msnp.Line) error

// Loop reads the lines of one connection and runs their handlers.
type Loop[S Session] struct {
	conn  *Conn
	verbs Verbs[S]
}

// NewLoop makes the loop of a connection.
func NewLoop[S Session](c *Conn, verbs Verbs[S]) Loop[S] {
	return Loop[S]{conn: c, verbs: verbs}
}

// maxStranger bounds what is kept of a line and its payload before the sign-in,
// in octets. The longest there is a ticket, of a few thousand.
const maxStranger = 16 << 10

var errStranger = &msnp.MalformedError{Reason: "too long before the sign-in"}

// lines are parsed lines; a connection holds one only while it reads.
var lines = sync.Pool{New: func() any { return new(msnp.Line) }}

// Data handles every whole line of buf, unless the connection is to end, and
// tells how many octets these were. It has the form of [netio.Handler]'s Data.
func (l Loop[S]) Data(s S, buf []byte) (consumed int, err error) {
	line := lines.Get().(*msnp.Line)
	defer lines.Put(line)
	var r row[S]
	o := l.conn.opts
	defer func() { r.count(o.Metrics) }()
	for consumed < len(buf) {
		if l.conn.Ending() || o.cut.Load() {
			return consumed, netio.ErrClose
		}
		if l.conn.Gated() {
			return consumed, netio.ErrGate
		}
		n, err := line.Parse(buf[consumed:], o.table, o.MaxLine)
		if errors.Is(err, msnp.ErrShort) {
			if s.Phase() != msnp.SignedIn && len(buf)-consumed > maxStranger {
				return consumed, l.dropped(errStranger)
			}
			return consumed, nil
		}
		if err != nil {
			return consumed, l.dropped(err)
		}
		if o.Wire {
			l.conn.logWire("C", buf[consumed:consumed+n])
		}
		consumed += n
		if err := l.run(s, line, &r); err != nil {
			return consumed, l.end(line, err)
		}
	}
	return consumed, nil
}

// row is a row of commands that are the same, as a file transfer is: they are
// looked up and counted together.
type row[S Session] struct {
	command *msnp.Command
	handler func(S, *msnp.Line) error // nil if the role has none
	n       int
}

// count ends the row.
func (r *row[S]) count(m *telemetry.RoleMetrics) {
	if r.n > 0 {
		m.Commands(r.command, r.n)
		r.n = 0
	}
}

// run checks a line against the table and hands it to its handler. What it
// returns ends the connection.
func (l Loop[S]) run(s S, line *msnp.Line, r *row[S]) error {
	c, o := line.Command, l.conn.opts
	if c == nil {
		return Drop("error line from a client")
	}
	if c != r.command {
		r.count(o.Metrics)
		r.command, r.handler = c, l.verbs[c.Name]
	}
	if v := s.Version(); r.handler == nil || v != 0 && !c.Has(v) {
		return l.otherVersion(s, line)
	}
	r.n++
	if o.Log.Enabled(context.Background(), slog.LevelDebug) {
		o.Log.LogAttrs(context.Background(), slog.LevelDebug, "command", slog.String("name", c.Name),
			slog.Int("arguments", len(line.Args)), slog.String("remote", l.conn.RemoteAddr().String()))
	}
	var err error
	switch {
	case c.In&s.Phase() == 0:
		err = s.Misplaced(line)
	case len(line.Args) < c.MinArgs:
		err = s.TooFew(line)
	default:
		err = r.handler(s, line)
	}
	if err == nil {
		return nil
	}
	return l.answer(s, line, err)
}

// otherVersion is for a command that the client's version does not have. A few of
// those that it does not have any more are answered.
func (l Loop[S]) otherVersion(s S, line *msnp.Line) error {
	code, answered := line.Command.Refusal(s.Version())
	if !answered || s.Phase() != msnp.SignedIn {
		return Drop("command of another version")
	}
	return l.answer(s, line, Refuse(code))
}

// answer turns a handler's error into what the client gets. It returns nil if
// the connection goes on.
func (l Loop[S]) answer(s S, line *msnp.Line, err error) error {
	var refusal *Refusal
	var parse *msnp.ParseError
	switch {
	case errors.As(err, &refusal):
	case errors.As(err, &parse):
		if parse.Code == 0 {
			return Drop(parse.Reason)
		}
		refusal = &Refusal{Code: parse.Code, Close: parse.Close, Err: err}
	case errors.Is(err, netio.ErrClose):
		return err
	default:
		l.conn.opts.Log.LogAttrs(context.Background(), slog.LevelError, "command failed", l.about(line, err)...)
		if err = s.Failed(line); !errors.As(err, &refusal) {
			return err
		}
	}
	trid, ok := line.TrID()
	if !ok {
		return Drop("no transaction id")
	}
	l.conn.PutCode(refusal.Code, trid)
	if refusal.Close || s.Phase() != msnp.SignedIn {
		return refusal
	}
	return nil
}

// end logs why a connection is about to be closed and gives the error that
// closes it.
func (l Loop[S]) end(line *msnp.Line, err error) error {
	var refusal *Refusal
	var drop *dropped
	switch {
	case errors.As(err, &refusal):
		l.conn.opts.Log.LogAttrs(context.Background(), slog.LevelInfo, "refused", l.about(line, err)...)
		return netio.ErrClose
	case errors.As(err, &drop):
		l.conn.opts.Log.LogAttrs(context.Background(), slog.LevelInfo, "dropped", l.about(line, err)...)
		return errProtocol
	}
	return err
}

// errProtocol ends a connection whose client did what the protocol does not
// allow. It says no more to the counters; the log has the reason already.
var errProtocol = errors.New("protocol")

// dropped logs and counts a stream that cannot be followed any further.
func (l Loop[S]) dropped(err error) error {
	if unknown := new(msnp.UnknownCommandError); errors.As(err, &unknown) {
		l.conn.opts.Metrics.Commands(nil, 1)
	}
	l.conn.opts.Log.LogAttrs(context.Background(), slog.LevelInfo, "dropped",
		slog.String("remote", l.conn.RemoteAddr().String()), slog.Any("reason", err))
	return err
}

// about is what is logged of a command that failed.
func (l Loop[S]) about(line *msnp.Line, err error) []slog.Attr {
	attrs := []slog.Attr{
		slog.String("command", line.Name()), slog.String("remote", l.conn.RemoteAddr().String()), slog.Any("reason", err),
	}
	if refusal, ok := errors.AsType[*Refusal](err); ok {
		attrs = append(attrs, refusal.About...)
	}
	return attrs
}
