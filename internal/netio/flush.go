package netio

import "time"

// flushRounds is how often a Flush goes on with what others have queued while
// it was writing, before it leaves that to a goroutine.
const flushRounds = 4

// Write queues a copy of p and flushes. Any goroutine may call it; it does not
// wait. It returns ErrClosed if the connection takes no more, and ErrOverflow if
// it had to be closed because of p.
func (c *Conn) Write(p []byte) error {
	if err := c.QueueBytes(p); err != nil {
		return err
	}
	c.Flush()
	return nil
}

// QueueBytes is Write without the flush. Small pieces that are queued one after
// the other go out together.
func (c *Conn) QueueBytes(p []byte) error {
	return c.queued(c.out.put(nil, p, c.o.maxQueue()))
}

// Queue queues a frame, which it retains for itself, without a flush. Otherwise
// it is like Write.
func (c *Conn) Queue(f *Frame) error {
	return c.queued(c.out.put(f, nil, c.o.maxQueue()))
}

func (c *Conn) queued(err error) error {
	if err == ErrOverflow { //nolint:errorlint // it is put's own, never wrapped
		c.abort(err)
		if c.o.OnOverflow != nil {
			c.o.OnOverflow()
		}
	}
	return err
}

// Flush writes what is queued as far as the system takes it at once. What it
// does not take is written by a goroutine, which lives as long as there is
// anything left. Any goroutine may call Flush; it does not wait.
func (c *Conn) Flush() {
	t := c.out.begin()
	if t == nil {
		return
	}
	if c.raw == nil {
		go c.drain(t)
		return
	}
	for range flushRounds {
		if err := c.raw.Control(t.now); err != nil {
			t.err = err
		}
		full := !t.empty()
		if t = c.progress(t); t == nil {
			return
		}
		if full {
			break
		}
	}
	go c.drain(t)
}

// AwaitRoom waits, if more than high bytes are queued, until no more than half of
// that is left or the connection is no good any more. It gives up, and reports
// false, when the peer takes nothing at all for so long as patience, and after as
// long at most when the connection is to end. It is for
// who does nothing but send to this one connection, and would rather read less
// than overflow it; all else has to go on without waiting.
func (c *Conn) AwaitRoom(high int, patience time.Duration) bool {
	room, left := c.out.crowded(high)
	if room == nil {
		return true
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case <-room:
			return true
		case <-timer.C:
		}
		before := left
		if left = c.out.queued(); left >= before || c.Ending() {
			return false
		}
		timer.Reset(patience)
	}
}

// drain writes until nothing is left, waiting for the peer as it must.
func (c *Conn) drain(t *train) {
	for t != nil {
		c.extend()
		if c.raw == nil {
			c.writePortable(t)
		} else if err := c.raw.Write(t.wait); err != nil {
			t.err = err
		}
		t = c.progress(t)
	}
}

// progress ends one round of writing. It gives the train to go on with, if any.
func (c *Conn) progress(t *train) *train {
	switch {
	case t.err == nil:
		return c.out.wrote(t)
	case isTimeout(t.err):
		c.abort(ErrWriteTimeout)
	case t.err == ErrGate: //nolint:errorlint // it is stopped's own, never wrapped
		c.abort(ErrGate)
	default:
		c.abort(lost("write", t.err))
	}
	c.out.fail(t)
	return nil
}

// extend gives the peer time for the next piece. Once the connection is ending,
// the time that it has then is the last.
func (c *Conn) extend() {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	if !c.out.shut {
		_ = c.nc.SetWriteDeadline(time.Now().Add(c.o.writeTimeout())) // the write tells the error
	}
}

// writeNow writes what the socket takes at once.
func (t *train) writeNow(fd uintptr) { t.tryWrite(int(fd)) }

// writeReady returns false if nothing could be written, to be called again when
// something can.
func (t *train) writeReady(fd uintptr) bool {
	head, off := t.head, t.off
	t.tryWrite(int(fd))
	return t.err != nil || t.empty() || t.head != head || t.off != off
}

func (c *Conn) writePortable(t *train) {
	if t.stopped() {
		return
	}
	n, err := c.nc.Write(t.frames[t.head].Bytes[t.off:])
	t.advance(n)
	t.err = err
}
