package netio

import (
	"cmp"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"syscall"
	"time"
)

// A Handler is what a connection is for: the session of a front. Its methods
// are called one at a time, so that what only they use needs no lock, though
// not always on the same goroutine. What they queue on their own connection is
// flushed when they return. They may take their time: the connection waits, but
// no other does. An error ends the connection: ErrClose means that all is well, any other is
// given to Closed.
type Handler interface {
	// Data is given all input that was not consumed yet, and returns how much
	// of it it has used. The rest is kept and given again with more behind it.
	// The slice is the handler's during the call only.
	Data(buf []byte) (consumed int, err error)
	// Wake follows Conn.Wake; one call may answer several. What had arrived
	// from the peer by then has been given to Data first.
	Wake() error
	// Timeout says that the time given to SetDeadline has come, and that
	// nothing that arrived by then has moved it. There is no deadline any more
	// unless Timeout sets one.
	Timeout() error
	// Closed is the last call, and comes exactly once. It does not wait for
	// the peer: what is queued may still be on its way out.
	Closed(err error)
}

// Options are the bounds of a connection, shared by all of one kind. The zero
// value of each field means its default.
type Options struct {
	// MaxInput is how many bytes are kept that the handler cannot use yet: its
	// longest line and payload together. Default 64 KiB.
	MaxInput int
	// MaxQueue is how many bytes may be queued and not yet taken by the
	// system. A connection that would exceed it is closed. Default 256 KiB.
	MaxQueue int
	// WriteTimeout is how long a peer may take nothing of what is queued, and
	// how long the queue may take to empty once the connection ends. Default
	// 20 s.
	WriteTimeout time.Duration
	// Linger is how long the peer may take to close its side once ours is
	// closed. What it sends in that time is discarded; closing at once would
	// let the system throw away the last lines on their way to it. Default 2 s.
	Linger time.Duration
	// OnOverflow, if set, is called once for each connection that is closed
	// because of MaxQueue, on the goroutine of the sender. It must not block.
	OnOverflow func()
	// OnPanic, if set, is told of each panic of a handler.
	OnPanic func(value any, stack []byte)
}

func (o *Options) maxInput() int               { return cmp.Or(o.MaxInput, 64<<10) }
func (o *Options) maxQueue() int               { return cmp.Or(o.MaxQueue, 256<<10) }
func (o *Options) writeTimeout() time.Duration { return cmp.Or(o.WriteTimeout, 20*time.Second) }
func (o *Options) linger() time.Duration       { return cmp.Or(o.Linger, 2*time.Second) }

// A Conn is one connection. See the package documentation.
type Conn struct {
	// Fixed at NewConn.
	nc   net.Conn
	raw  syscall.RawConn // nil: read and written the portable way
	idle idler           // nil for a socket, and for what cannot be waited for without a buffer
	o    *Options
	read func(fd uintptr) bool // c.readReady, made once

	// Owned by Run and the handler, which take turns; no lock.
	in       input
	readErr  error            // what readReady or readNow found
	readNow  func(fd uintptr) // c.readArrived, made when first needed
	deadline time.Time        // for Handler.Timeout
	armed    time.Time        // the read deadline that the socket has
	stale    bool             // it may have another: set it again before waiting

	// Any goroutine.
	flags atomic.Uint32
	out   outbox
}

// NewConn makes a connection of nc, which is the Conn's from then on: Run
// closes it. The options must not change any more.
func NewConn(nc net.Conn, o *Options) *Conn {
	if o == nil {
		o = new(Options)
	}
	c := &Conn{nc: nc, o: o, raw: rawConn(nc)}
	if c.raw != nil {
		c.read = c.readReady
	} else {
		c.idle, _ = nc.(idler)
	}
	return c
}

// idler is a connection that is no socket, and that can be waited for without a
// buffer all the same: AwaitRead returns when Read would not wait, or with the
// error that it would give because of a deadline. TryRead reads without waiting,
// and gives nothing if nothing is there.
type idler interface {
	AwaitRead() error
	TryRead(p []byte) (int, error)
}

// borrows reports whether the handler runs on a borrowed stack; see hand.go.
func (c *Conn) borrows() bool { return c.raw != nil || c.idle != nil }

// LocalAddr is the address that the peer reached us by; the zero AddrPort if
// the connection is not one of IP.
func (c *Conn) LocalAddr() netip.AddrPort { return AddrPort(c.nc.LocalAddr()) }

// RemoteAddr is the address of the peer, as LocalAddr is ours.
func (c *Conn) RemoteAddr() netip.AddrPort { return AddrPort(c.nc.RemoteAddr()) }

// AddrPort gives the IP address and port of a network address, IPv4 always in
// its short form.
func AddrPort(a net.Addr) netip.AddrPort {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	ap := t.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// Run serves the connection until it ends, and returns when it is closed,
// Closed has run and no goroutine of it is left. It is called once.
func (c *Conn) Run(h Handler) {
	if c.borrows() {
		join()
		defer leave()
	}
	c.end(h, c.loop(h))
}

// loop reads, waits and has the handler called until something ends the
// connection. It runs on the goroutine's own stack, which is to stay small.
func (c *Conn) loop(h Handler) error {
	err := c.call(h, taskBegin, nil)
	for err == nil {
		// Every turn has set the socket's deadline; see wake.go for the order.
		if c.flags.Load() == 0 {
			if err = c.fill(); err == nil {
				err = c.call(h, taskData, nil)
				continue
			}
			if !isTimeout(err) {
				return c.unreadable(err)
			}
		}
		err = c.call(h, taskSignal, nil)
	}
	return err
}

// unreadable tells a peer that has closed its side, and may still read, from a
// connection that is no good any more.
func (c *Conn) unreadable(err error) error {
	if !errors.Is(err, io.EOF) {
		err = lost("read", err)
		c.abort(err)
	}
	return err
}

// fill reads something, waiting for it if need be. It holds no buffer while
// waiting, unless a piece of a message is in it.
func (c *Conn) fill() error {
	if c.raw == nil {
		return c.fillPortable()
	}
	c.readErr = nil
	if err := c.raw.Read(c.read); err != nil {
		return err
	}
	return c.readErr
}

// fillPortable is for connections that are no sockets. Of those that cannot tell
// us when to read it has to hold a buffer while it waits.
func (c *Conn) fillPortable() error {
	if c.idle != nil {
		c.in.rest()
		if err := c.idle.AwaitRead(); err != nil {
			return err
		}
	}
	n, err := c.nc.Read(c.in.space())
	if n > 0 {
		c.in.read(n)
		return nil // an error will come again
	}
	c.in.rest()
	return cmp.Or(err, io.ErrNoProgress)
}
