package client

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

const (
	// idleBuffer is what a connection holds while nothing is said.
	idleBuffer = 512
	// busyBuffer is borrowed while it does not do.
	busyBuffer = 8 << 10
	// writeTimeout is how long a server may take nothing of what it is sent.
	writeTimeout = 20 * time.Second
	// linger is how long a server may take to close its side after OUT.
	linger = 2 * time.Second
	// writePatience is how soon a writer that is held up looks at its context.
	writePatience = 50 * time.Millisecond
)

// link is a connection to a server: lines go out whole, from any goroutine, and
// come in one by one, on one goroutine.
type link struct {
	// Fixed at newLink.
	nc      net.Conn
	server  string
	trace   func(TraceLine)
	table   msnp.Table
	maxLine int
	maxKept int // of a line and its payload together

	role atomic.Uint32 // an msnp.Role, for the trace

	// Owned by the reading goroutine; no lock.
	line       *msnp.Line // lent while there is something to parse
	buf        []byte     // small[:], or lent, or made for a long line
	begin, end int        // what is unread of buf
	small      [idleBuffer]byte

	// turn is held by whoever writes, or changes era.
	turn   chan struct{}
	era    int    // counts the soft resets: lines of an older one are not written
	unsent []byte // the rest of a line whose writer had to leave

	broken atomic.Pointer[error] // what a write failed with
}

// newLink wraps a connection. role chooses the table and the bounds; a dispatch
// server may turn out to be a notification server, so both have the latter's.
func newLink(nc net.Conn, server string, role msnp.Role, trace func(TraceLine)) *link {
	k := &link{nc: nc, server: server, trace: trace, turn: make(chan struct{}, 1)}
	k.role.Store(uint32(role))
	k.table, k.maxLine = msnp.TableOf(msnp.Notification, msnp.FromServer), msnp.MaxLine
	k.maxKept = msnp.MaxLine + msnp.MaxNotification
	if role == msnp.Switchboard {
		k.table, k.maxLine = msnp.TableOf(msnp.Switchboard, msnp.FromServer), msnp.MaxSwitchboardLine
		k.maxKept = msnp.MaxSwitchboardLine + msnp.MaxMessage
	}
	k.maxKept += 4 // the ends of the line, and blank lines before it
	k.buf = k.small[:]
	return k
}

var (
	lines   = sync.Pool{New: func() any { return new(msnp.Line) }}
	buffers = sync.Pool{New: func() any { return new([busyBuffer]byte) }}
)

// next reads a line. It is valid until next is called again.
func (k *link) next() (*msnp.Line, error) {
	for {
		if k.begin < k.end {
			if k.line == nil {
				k.line = lines.Get().(*msnp.Line)
			}
			unread := k.buf[k.begin:k.end]
			n, err := k.line.Parse(unread, k.table, k.maxLine)
			if err == nil {
				if k.trace != nil {
					k.show(msnp.FromServer, unread[:n], k.line.Payload)
				}
				k.begin += n
				return k.line, nil
			}
			if !errors.Is(err, msnp.ErrShort) {
				return nil, err
			}
		}
		if err := k.fill(); err != nil {
			return nil, err
		}
	}
}

// fill reads once, into the small buffer if nothing is kept, and else behind
// what is kept, with room made for it.
func (k *link) fill() error {
	switch {
	case k.begin == k.end:
		k.giveBack()
		k.begin, k.end = 0, 0
	case k.begin > 0:
		k.end = copy(k.buf, k.buf[k.begin:k.end])
		k.begin = 0
	}
	if k.end == len(k.buf) {
		if k.end >= k.maxKept {
			return errTooLong
		}
		k.grow()
	}
	n, err := k.nc.Read(k.buf[k.end:])
	k.end += n
	switch {
	case n > 0:
		return nil // an error will come again
	case err == nil:
		return io.ErrNoProgress
	}
	if broken := k.broken.Load(); broken != nil {
		return *broken
	}
	return err
}

// grow doubles the room, and gives what it outgrows back.
func (k *link) grow() {
	old, size := k.buf, k.end
	if size < busyBuffer {
		k.buf = buffers.Get().(*[busyBuffer]byte)[:]
	} else {
		k.buf = make([]byte, min(2*size, k.maxKept))
	}
	copy(k.buf, old[:size])
	lend(old)
}

// giveBack returns what was lent for what has now been read.
func (k *link) giveBack() {
	if k.line != nil {
		k.line.Args, k.line.Payload = nil, nil
		lines.Put(k.line)
		k.line = nil
	}
	lend(k.buf)
	k.buf = k.small[:]
}

// lend puts a buffer back if it is one of the pool's.
func lend(buf []byte) {
	if len(buf) == busyBuffer {
		buffers.Put((*[busyBuffer]byte)(buf))
	}
}

// errStale says that the connection was reset, or given up, before a line could
// be written to it.
var errStale = errors.New("client: the connection is another")

// write writes whole lines. If the context ends before anything is written, that
// is the error and nothing is; if it ends in the middle, the rest goes out in
// front of what is written next. Another error means that the connection is of no
// use any more, and it is closed.
func (k *link) write(ctx context.Context, era int, text []byte) error {
	if err := k.take(ctx); err != nil {
		return err
	}
	defer k.leave()
	if era != k.era {
		return errStale
	}
	if k.trace != nil {
		k.showAll(text)
	}
	before := len(k.unsent)
	if before > 0 {
		text = append(k.unsent, text...)
		k.unsent = nil
	}
	n, err := k.push(ctx, text)
	switch {
	case err == nil:
		return nil
	case ctx.Err() == nil:
		k.broken.CompareAndSwap(nil, &err)
		_ = k.nc.Close() // the reader finds out, and ends all that hangs on it
	case n < before:
		k.unsent = text[n:before:before]
	case n > before:
		k.unsent = append([]byte(nil), text[n:]...)
	}
	return err
}

// take waits for the turn to write.
func (k *link) take(ctx context.Context) error {
	select {
	case k.turn <- struct{}{}:
		return nil
	default:
	}
	select {
	case k.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (k *link) leave() { <-k.turn }

// push writes as long as the server takes something within writeTimeout, and
// looks at the context in between.
func (k *link) push(ctx context.Context, text []byte) (written int, err error) {
	until := time.Now().Add(writeTimeout)
	for {
		if ctx.Err() != nil {
			return written, context.Cause(ctx)
		}
		if err := k.nc.SetWriteDeadline(time.Now().Add(writePatience)); err != nil {
			return written, err
		}
		n, err := k.nc.Write(text[written:])
		written += n
		switch {
		case err == nil:
			return written, nil
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return written, err
		case n > 0:
			until = time.Now().Add(writeTimeout)
		case time.Now().After(until):
			return written, err
		}
	}
}

// part says OUT, closes the side that is written to, and leaves the server some
// time to close the other. If the rest of what it says were not read, the system
// would take back what was written last. A server that takes nothing gets no OUT.
func (k *link) part() {
	patience := time.NewTimer(writePatience)
	defer patience.Stop()
	select {
	case k.turn <- struct{}{}:
		defer k.leave()
	case <-patience.C:
		_ = k.nc.Close()
		return
	}
	text := msnp.Out{}.Append(k.unsent, 0)
	if k.trace != nil {
		k.showAll(text[len(k.unsent):])
	}
	_ = k.nc.SetWriteDeadline(time.Now().Add(writePatience))
	_, err := k.nc.Write(text)
	half, ok := k.nc.(interface{ CloseWrite() error })
	if err != nil || !ok || half.CloseWrite() != nil || k.nc.SetReadDeadline(time.Now().Add(linger)) != nil {
		_ = k.nc.Close()
	}
}

// renew begins a new era after a soft reset: what was to be written before is
// not, except for the rest of a line that is out in part.
func (k *link) renew() int {
	k.turn <- struct{}{}
	defer k.leave()
	k.era++
	return k.era
}
