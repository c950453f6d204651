package netio

import (
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// All that was queued arrives before the end, even if it takes the peer a while.
func TestCloseAfterFlush(t *testing.T) {
	text := strings.Repeat("last words\n", 50_000)
	ways := map[string]func(c *Conn) func() error{
		"ErrClose":  func(*Conn) func() error { return func() error { return ErrClose } },
		"CloseSoon": func(c *Conn) func() error { return func() error { c.CloseSoon(); return nil } },
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			kinds(t, func(t *testing.T, wrap func(net.Conn) net.Conn) {
				client, server := dial(t)
				small(t, client, server)
				c := NewConn(wrap(server), &Options{MaxQueue: 1 << 20})
				leave := way(c)
				h := &hooks{data: func(buf []byte) (int, error) {
					return len(buf), errors.Join(c.QueueBytes([]byte(text)), leave())
				}}
				run(t, c, h)
				write(t, client, "x")
				// The handler is told at once, however long the peer takes.
				if err := within(t, h.closed); err != nil {
					t.Errorf("closed with %v", err)
				}
				if err := c.Write([]byte("too late")); !errors.Is(err, ErrClosed) {
					t.Errorf("a write after the end gave %v", err)
				}
				expect(t, client, text)
				expectEnd(t, client)
			})
		})
	}
}

// A peer that is still sending gets the last line all the same.
func TestLastLineIsNotLost(t *testing.T) {
	for range 20 {
		client, server := dial(t)
		c := NewConn(server, &Options{Linger: patience})
		h := &hooks{data: func(buf []byte) (int, error) {
			return len(buf), errors.Join(c.QueueBytes([]byte("OUT OTH\r\n")), ErrClose)
		}}
		run(t, c, h)
		// More than the first read takes is on its way to a server that reads
		// no more.
		write(t, client, strings.Repeat("PNG\r\n", 20_000))
		expect(t, client, "OUT OTH\r\n")
		expectEnd(t, client)
		if err := client.Close(); err != nil {
			t.Fatal(err)
		}
		if err := within(t, h.closed); err != nil {
			t.Errorf("closed with %v", err)
		}
	}
}

// A peer that does not close its side is waited for no longer than Linger,
// whatever it goes on saying and whoever wakes the connection.
func TestLinger(t *testing.T) {
	client, server := dial(t)
	const linger = 50 * time.Millisecond
	c := NewConn(server, &Options{Linger: linger})
	h := &hooks{closed: make(chan error, 1), data: func([]byte) (int, error) { return 0, ErrClose }}
	done := make(chan time.Time)
	go func() {
		c.Run(h)
		done <- time.Now()
	}()
	begin := time.Now()
	write(t, client, "x")
	expectEnd(t, client)
	c.Wake()
	write(t, client, "more")
	c.CloseSoon()
	if d := within(t, done).Sub(begin); d < linger {
		t.Errorf("closed after %v", d)
	}
}

func TestClose(t *testing.T) {
	kinds(t, func(t *testing.T, wrap func(net.Conn) net.Conn) {
		h := &hooks{}
		client, c := start(t, wrap, Options{}, h)
		write(t, client, "x")
		c.Close()
		c.Close()
		if err := within(t, h.closed); !errors.Is(err, ErrClosed) {
			t.Errorf("closed with %v", err)
		}
		if _, err := io.ReadAll(client); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Error(err)
		}
	})
}

// Close ends a lingering connection and one whose last words nobody takes.
func TestCloseWhileClosing(t *testing.T) {
	for _, words := range []int{0, 1 << 20} {
		client, server := dial(t)
		small(t, client, server)
		c := NewConn(server, &Options{MaxQueue: 2 << 20, Linger: time.Hour, WriteTimeout: time.Hour})
		h := &hooks{data: func(buf []byte) (int, error) {
			return len(buf), errors.Join(c.QueueBytes(make([]byte, words)), ErrClose)
		}}
		run(t, c, h) // which waits for the end of Run
		write(t, client, "x")
		if err := within(t, h.closed); err != nil {
			t.Errorf("closed with %v", err)
		}
		c.Close()
	}
}

func TestHandlerError(t *testing.T) {
	oops := errors.New("oops")
	h := &hooks{wake: func() error { return oops }}
	client, c := start(t, raw, Options{}, h)
	c.Wake()
	if err := within(t, h.closed); !errors.Is(err, oops) {
		t.Errorf("closed with %v", err)
	}
	expectEnd(t, client)
}

// A panic is the end of its own connection only.
func TestPanic(t *testing.T) {
	var stacks []string
	o := Options{OnPanic: func(value any, stack []byte) { stacks = append(stacks, string(stack)) }}
	client, server := dial(t)
	c := NewConn(server, &o)
	h := &panicker{closed: make(chan error, 1)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.Run(h)
	}()
	write(t, client, "x")
	expectEnd(t, client)
	client.Close()
	within(t, done)
	var p *PanicError
	if err := within(t, h.closed); !errors.As(err, &p) || p.Value != "in Data" {
		t.Errorf("closed with %v", err)
	}
	if len(stacks) != 2 || !strings.Contains(stacks[0], "panicker).Data") || !strings.Contains(stacks[1], "panicker).Closed") {
		t.Errorf("stacks: %q", stacks)
	}
}

type panicker struct{ closed chan error }

func (*panicker) Data([]byte) (int, error) { panic("in Data") }
func (*panicker) Wake() error              { return nil }
func (*panicker) Timeout() error           { return nil }
func (p *panicker) Closed(err error) {
	p.closed <- err
	panic("in Closed")
}

// A peer that resets the connection is no news to anybody but the handler.
func TestReset(t *testing.T) {
	h := &hooks{}
	client, _ := start(t, raw, Options{}, h)
	if err := errors.Join(client.SetLinger(0), client.Close()); err != nil {
		t.Fatal(err)
	}
	if err := within(t, h.closed); !errors.Is(err, ErrNetwork) {
		t.Errorf("closed with %v", err)
	}
}

func TestReason(t *testing.T) {
	seen := map[string]bool{}
	for _, err := range []error{
		nil, io.EOF, ErrClosed, ErrOverflow, ErrWriteTimeout, ErrGate, ErrInputTooLong,
		&PanicError{}, lost("read", errors.New("gone")), errors.New("oops"),
	} {
		r := Reason(err)
		if seen[r] || !slices.Contains(Reasons(), r) {
			t.Errorf("%v has the reason %q", err, r)
		}
		seen[r] = true
	}
	if len(seen) != len(Reasons()) {
		t.Errorf("only %d of the reasons exist", len(seen))
	}
}
