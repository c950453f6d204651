package front

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/papilio-im/papilio/internal/netio"
	"github.com/papilio-im/papilio/internal/telemetry"
	"github.com/papilio-im/papilio/msnp"
)

// Options are the same for all the connections of a role.
type Options struct {
	Role    msnp.Role
	MaxLine int // msnp.MaxLine or msnp.MaxSwitchboardLine
	Log     *slog.Logger
	Wire    bool // log every line, with credentials masked
	Metrics *telemetry.RoleMetrics

	table msnp.Table
	cut   *atomic.Bool // nobody is waited for any more
}

// Prepare completes the options; NewServer does it.
func (o *Options) Prepare() {
	o.table, o.cut = msnp.TableOf(o.Role, msnp.FromClient), new(atomic.Bool)
}

// Conn is a connection that speaks lines.
type Conn struct {
	*netio.Conn
	opts *Options
}

// Ended counts how a connection ended; a session calls it from its Closed.
func (c *Conn) Ended(err error) { c.opts.Metrics.Closed(c.Reason(err)) }

// Reason gives one word for how a connection ended, as it is counted.
func (c *Conn) Reason(err error) string {
	var malformed *msnp.MalformedError
	var unknown *msnp.UnknownCommandError
	switch {
	case errors.Is(err, errProtocol):
		return "protocol"
	case errors.As(err, &malformed):
		return "malformed"
	case errors.As(err, &unknown):
		return "unknown_command"
	}
	return netio.Reason(err)
}

// Here is the address that the client reached this server by, as it stands in a
// referral. A zone names an interface of this machine and means nothing to a
// client.
func (c *Conn) Here() string {
	a := c.LocalAddr()
	return netip.AddrPortFrom(a.Addr().WithZone(""), a.Port()).String()
}

// Message is a typed reply or notice of package msnp.
type Message interface {
	Append(dst []byte, v msnp.Version) []byte
}

// scratch are buffers in which replies are written before they are queued.
var scratch = sync.Pool{New: func() any { b := make([]byte, 0, 1024); return &b }}

// Put queues messages in the form of version v, without flushing: the loop
// flushes once, when it has handled everything that had arrived. It may be
// called from any goroutine, which then flushes itself.
func (c *Conn) Put(v msnp.Version, messages ...Message) {
	buf := scratch.Get().(*[]byte)
	for _, m := range messages {
		*buf = m.Append((*buf)[:0], v)
		c.PutLine(*buf)
	}
	scratch.Put(buf)
}

// PutLine queues one encoded line, with its payload if it has one. It is
// copied.
func (c *Conn) PutLine(line []byte) {
	if c.opts.Wire {
		c.logWire("S", line)
	}
	// What cannot be queued has no reader any more; the connection's own
	// goroutine learns of it and ends the session.
	_ = c.QueueBytes(line)
}

// PutBlock queues several lines in one piece, so that nothing that others queue
// comes between them. It is for lines without payloads.
func (c *Conn) PutBlock(lines []byte) {
	if c.opts.Wire {
		for line := range bytes.Lines(lines) {
			c.logWire("S", line)
		}
	}
	_ = c.QueueBytes(lines) // see PutLine
}

// PutCode queues an error line.
func (c *Conn) PutCode(code msnp.Code, trid msnp.TrID) {
	c.opts.Metrics.Error(code)
	c.Put(0, msnp.Error{Code: code, TrID: trid})
}

// logWire writes the first line of what was sent or received to the wire log.
// Payloads are what people say to each other: they are never logged.
func (c *Conn) logWire(side string, line []byte) {
	first := bytes.TrimLeft(line, "\r\n") // empty lines may come before a command
	if i := bytes.IndexByte(first, '\n'); i >= 0 {
		first = first[:i]
	}
	first = bytes.TrimRight(first, "\r\n")
	text := string(msnp.Redact(nil, first))
	c.opts.Log.LogAttrs(context.Background(), slog.LevelInfo, "wire", slog.String("side", side),
		slog.String("line", text), slog.String("remote", c.RemoteAddr().String()), slog.Int("octets", len(line)))
}

// Refusal is a handler's error that the client is told of.
type Refusal struct {
	Code  msnp.Code
	Close bool        // end the connection behind the error line
	Err   error       // why, for the log; may be nil
	About []slog.Attr // what else the log should tell
}

// Error implements error.
func (r *Refusal) Error() string {
	if r.Err != nil {
		return r.Code.String() + ": " + r.Err.Error()
	}
	return r.Code.String() + ": " + r.Code.Meaning()
}

// Unwrap gives the reason.
func (r *Refusal) Unwrap() error { return r.Err }

// Refuse answers the command with an error line; the connection goes on.
func Refuse(code msnp.Code) error { return &Refusal{Code: code} }

// RefuseAndClose answers with an error line and ends the connection.
func RefuseAndClose(code msnp.Code) error { return &Refusal{Code: code, Close: true} }

// Drop ends the connection without an answer, as the protocol wants it for
// most of what makes no sense. The reason is for the log.
func Drop(reason string) error { return &dropped{reason} }

type dropped struct{ reason string }

func (d *dropped) Error() string { return d.reason }
func (d *dropped) Unwrap() error { return netio.ErrClose }
