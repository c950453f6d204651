package netio

import (
	"fmt"
	"io"
	"net"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// hooks is a Handler made of functions; what is nil does nothing.
type hooks struct {
	data    func(buf []byte) (int, error)
	wake    func() error
	timeout func() error
	closed  chan error // made by start
}

func (h *hooks) Data(buf []byte) (int, error) {
	if h.data == nil {
		return len(buf), nil
	}
	return h.data(buf)
}

func (h *hooks) Wake() error {
	if h.wake == nil {
		return nil
	}
	return h.wake()
}

func (h *hooks) Timeout() error {
	if h.timeout == nil {
		return nil
	}
	return h.timeout()
}

func (h *hooks) Closed(err error) { h.closed <- err }

// plain hides what a connection can do beyond net.Conn, so that it is read and
// written the portable way.
type plain struct{ net.Conn }

func (p plain) CloseWrite() error { return p.Conn.(*net.TCPConn).CloseWrite() }

// kinds runs a test for both ways of using a socket.
func kinds(t *testing.T, test func(t *testing.T, wrap func(net.Conn) net.Conn)) {
	t.Run("raw", func(t *testing.T) { test(t, func(nc net.Conn) net.Conn { return nc }) })
	t.Run("portable", func(t *testing.T) { test(t, func(nc net.Conn) net.Conn { return plain{nc} }) })
}

func raw(nc net.Conn) net.Conn { return nc }

// dial gives the two ends of a TCP connection, which end with the test.
func dial(t testing.TB) (client, server *net.TCPConn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a test's own
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	c, err := net.Dial("tcp", ln.Addr().String()) //nolint:noctx // a test's own
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	s, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return c.(*net.TCPConn), s.(*net.TCPConn)
}

// start runs a connection with the given handler and gives its client's end.
func start(t testing.TB, wrap func(net.Conn) net.Conn, o Options, h *hooks) (*net.TCPConn, *Conn) {
	t.Helper()
	client, server := dial(t)
	c := NewConn(wrap(server), &o)
	run(t, c, h)
	return client, c
}

// run runs c until the test ends.
func run(t testing.TB, c *Conn, h *hooks) {
	h.closed = make(chan error, 2)
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.Run(h)
	}()
	t.Cleanup(func() {
		c.Close()
		within(t, done)
		if len(h.closed) > 1 {
			t.Error("Closed was called twice")
		}
	})
}

// within waits for a value, and fails the test if none comes.
func within[T any](t testing.TB, ch <-chan T) T {
	t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case v := <-ch:
		return v
	case <-timer.C:
		t.Error("waited in vain")
		panic("waited in vain")
	}
}

func write(t testing.TB, w io.Writer, s string) {
	t.Helper()
	if _, err := io.WriteString(w, s); err != nil {
		t.Fatal(err)
	}
}

// expect reads exactly s.
func expect(t testing.TB, r io.Reader, s string) {
	t.Helper()
	b := make([]byte, len(s))
	if _, err := io.ReadFull(r, b); err != nil {
		t.Fatalf("waiting for %s: %v", brief(s), err)
	}
	if string(b) != s {
		t.Fatalf("got %s, want %s", brief(string(b)), brief(s))
	}
}

func brief(s string) string {
	if len(s) <= 100 {
		return strconv.Quote(s)
	}
	return fmt.Sprintf("%q... (%d bytes)", s[:100], len(s))
}

// expectEnd reads up to the end of the stream, which must be a clean one.
func expectEnd(t testing.TB, r io.Reader) {
	t.Helper()
	if b, err := io.ReadAll(r); err != nil || len(b) > 0 {
		t.Fatalf("got %s and %v, want the end", brief(string(b)), err)
	}
}
