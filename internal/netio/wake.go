package netio

import "time"

// How other goroutines reach the one that waits in a read: they set a flag and
// then a read deadline that has passed, and the read returns. The waiting side
// sets its own deadline first and looks at the flags after that. Whichever way
// the four steps interleave, either it sees the flag before it waits, or the
// past deadline is the later of the two and ends the wait. A past deadline
// that comes late, after its flag has been attended to, ends a wait for
// nothing and is put right by the next arm.

// The flags that other goroutines set.
const (
	flagWake  = 1 << iota // call Handler.Wake
	flagSoon              // end the connection in an orderly way
	flagClose             // end it at once
)

// longAgo is the deadline that ends a wait.
var longAgo = time.Unix(1, 0)

// maxArrived bounds how much is read before a Wake or a Timeout, or else a
// peer that sends without pause could put them off for ever. It is more than
// anybody has on its way who waits for our answers.
const maxArrived = 256 << 10

// Wake makes the connection's goroutine call Handler.Wake soon. Calls that come
// before it does so are answered by the same call. Any goroutine may call it;
// it does not wait.
func (c *Conn) Wake() {
	c.signal(flagWake)
}

// CloseSoon ends the connection as if a handler had returned ErrClose: what is
// queued is sent first. Any goroutine may call it; it does not wait.
func (c *Conn) CloseSoon() {
	c.signal(flagSoon)
}

func (c *Conn) signal(flag uint32) {
	if c.flags.Or(flag)&flag == 0 {
		_ = c.nc.SetReadDeadline(longAgo) // fails only on a closed connection, which waits for nothing
	}
}

// SetDeadline sets the time of the next Handler.Timeout, replacing the one set
// before; the zero time means none. Only the handler may call it, and whoever
// is going to call Run. Moving a deadline to a later time costs nothing, so it
// can be done with every message.
func (c *Conn) SetDeadline(t time.Time) { c.deadline = t }

// arm sees to it that a wait ends at the deadline or before it. A socket whose
// deadline is too early is left as it is: most deadlines are moved again
// before they come.
func (c *Conn) arm() {
	early := !c.armed.IsZero() && (c.deadline.IsZero() || !c.armed.After(c.deadline))
	none := c.armed.IsZero() && c.deadline.IsZero()
	if !c.stale && (early || none) {
		return
	}
	c.armed, c.stale = c.deadline, false
	_ = c.nc.SetReadDeadline(c.deadline) // the read that follows tells the error
}

// signalled handles a flag that is set, and a wait that has timed out: because
// of a flag, because the deadline has come, or for no good reason.
func (c *Conn) signalled(h Handler) error {
	c.stale = true
	c.in.rest()
	switch {
	case c.flags.Load() != 0:
		return c.attend(h)
	case c.due():
		return c.expired(h)
	}
	return nil
}

// attend does what the flags ask for.
func (c *Conn) attend(h Handler) error {
	switch flags := c.flags.Load(); {
	case flags&flagClose != 0:
		return c.out.reason()
	case flags&flagSoon != 0:
		return ErrClose
	}
	if err := c.arrived(h); err != nil {
		return err
	}
	c.flags.And(^uint32(flagWake))
	return h.Wake()
}

// expired calls Timeout, unless what has arrived by now moves the deadline.
func (c *Conn) expired(h Handler) error {
	if err := c.arrived(h); err != nil || !c.due() {
		return err
	}
	c.deadline = time.Time{}
	return h.Timeout()
}

func (c *Conn) due() bool {
	return !c.deadline.IsZero() && !time.Now().Before(c.deadline)
}

// arrived gives the handler what the system has received already, without
// waiting and whatever deadline the socket has. Where the system cannot be
// asked for that, there is nothing to do.
func (c *Conn) arrived(h Handler) error {
	if !c.borrows() {
		return nil
	}
	for total := 0; total < maxArrived; {
		before := c.in.n
		c.readErr = nil
		if err := c.fillNow(); err != nil {
			return c.unreadable(err)
		}
		if c.in.n == before {
			return nil
		}
		total += c.in.n - before
		if err := c.feed(h); err != nil {
			return err
		}
	}
	return nil
}

// fillNow reads what there is without waiting.
func (c *Conn) fillNow() error {
	if c.raw == nil {
		n, err := c.idle.TryRead(c.in.space())
		c.in.read(n)
		c.in.rest()
		return err
	}
	if c.readNow == nil {
		c.readNow = c.readArrived
	}
	if err := c.raw.Control(c.readNow); err != nil {
		return err
	}
	return c.readErr
}
