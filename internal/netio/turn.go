package netio

import "runtime/debug"

// A task is one of the things that a turn can be for.
type task uint8

const (
	taskBegin  task = iota // the first deadline is to be set
	taskData               // there is input
	taskSignal             // a flag is set, or a wait has timed out
	taskClosed             // the end, because of the error given
)

// call does a turn on a borrowed stack. A connection that is no socket does it
// on its own: tests run such ones in bubbles of testing/synctest, into which
// nothing may come from outside.
func (c *Conn) call(h Handler, what task, err error) error {
	if !c.borrows() {
		return c.turn(h, what, err)
	}
	w := borrow()
	w.c, w.h, w.what, w.err = c, h, what, err
	w.next()
	err = w.err
	w.giveBack()
	return err
}

// turn calls the handler, flushes what it has queued and sets the deadline for
// the wait that follows. It is the edge at which a panic stops being anybody
// else's trouble.
func (c *Conn) turn(h Handler, what task, cause error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = c.panicked(v)
		}
	}()
	switch what {
	case taskBegin:
	case taskData:
		err = c.feed(h)
	case taskSignal:
		err = c.signalled(h)
	case taskClosed:
		h.Closed(cause)
		return nil
	}
	if err == nil {
		c.Flush()
		c.arm()
	}
	return err
}

func (c *Conn) panicked(value any) error {
	e := &PanicError{Value: value, Stack: debug.Stack()}
	if c.o.OnPanic != nil {
		c.o.OnPanic(e.Value, e.Stack)
	}
	return e
}

// feed gives the handler what is there.
func (c *Conn) feed(h Handler) error {
	n, err := h.Data(c.in.bytes())
	c.in.consume(n)
	if err == nil && c.in.n >= c.o.maxInput() {
		err = ErrInputTooLong
	}
	return err
}
