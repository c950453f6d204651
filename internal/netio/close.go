package netio

import (
	"errors"
	"io"
	"time"
)

// Close ends the connection at once: what is queued is lost, and the handler
// gets no call any more but Closed. Any goroutine may call it; it does not wait,
// neither for the peer nor for a handler that is in the middle of something,
// and so the socket itself is closed a little later.
func (c *Conn) Close() { c.abort(ErrClosed) }

// abort is Close for any cause. The first cause is the one that Closed is told.
func (c *Conn) abort(cause error) {
	c.out.kill(cause)
	c.flags.Or(flagClose)
	_ = c.nc.SetDeadline(longAgo) // fails only on a closed connection
}

// Ending reports whether Close or CloseSoon was called, or the connection is no
// good any more. A handler that has much to do in one call asks between two
// things, since nothing that it does is of use to its peer from then on. Any
// goroutine may call it.
func (c *Conn) Ending() bool { return c.flags.Load()&(flagSoon|flagClose) != 0 }

func (c *Conn) aborted() bool { return c.flags.Load()&flagClose != 0 }

// end takes the connection from the last call of the handler to the closed
// socket. err is what ended it.
func (c *Conn) end(h Handler, err error) {
	c.in.drop()
	if errors.Is(err, ErrClose) {
		err = nil
	}
	if c.aborted() {
		err = c.out.reason()
	} else {
		c.lastFlush()
	}
	_ = c.call(h, taskClosed, err) // of a panic there, OnPanic has been told
	c.farewell(errors.Is(err, io.EOF))
	if cause := c.out.reason(); cause == ErrOverflow || cause == ErrWriteTimeout { //nolint:errorlint // never wrapped
		c.reset()
	}
	_ = c.nc.Close() // nothing can be done about it
	c.abort(ErrClosed)
	c.awaitWriter()
	c.in.drop()
}

// lastFlush lets the queue take no more and writes what is in it, the rest of
// which has WriteTimeout to go out.
func (c *Conn) lastFlush() {
	c.Flush()
	c.out.mu.Lock()
	c.out.shut = true
	if !c.out.dead {
		_ = c.nc.SetWriteDeadline(time.Now().Add(c.o.writeTimeout())) // the write tells the error
	}
	c.out.mu.Unlock()
	c.Flush() // what was queued between the two
}

// farewell waits until the queue is empty, closes our side of the connection
// and waits for the peer to close the other, unless it was the first to.
func (c *Conn) farewell(peerClosed bool) {
	c.awaitWriter()
	half, ok := c.nc.(interface{ CloseWrite() error })
	if !ok || c.aborted() || peerClosed || half.CloseWrite() != nil {
		return
	}
	for end := time.Now().Add(c.o.linger()); time.Now().Before(end); {
		_ = c.nc.SetReadDeadline(end) // the read tells the error
		if c.aborted() || !c.discard() {
			return
		}
	}
}

// discard reads and forgets. It reports whether the peer may send more.
func (c *Conn) discard() bool {
	for {
		err := c.fill()
		c.in.drop()
		if err != nil {
			return isTimeout(err)
		}
	}
}

func (c *Conn) awaitWriter() {
	if done := c.out.finished(); done != nil {
		<-done
	}
}

// reset makes the close one that drops what the system still holds for a peer
// that does not take it.
func (c *Conn) reset() {
	if t, ok := c.nc.(interface{ SetLinger(int) error }); ok {
		_ = t.SetLinger(0) // then it is an ordinary close
	}
}
