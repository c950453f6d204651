package netio

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// serve starts an acceptor on a port of its own. stop is its Shutdown; it runs
// at the end of the test if not before.
func serve(t testing.TB, o AcceptorOptions, handle func(net.Conn)) (addr string, a *Acceptor) {
	t.Helper()
	a, err := NewAcceptor(o)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a test's own
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- a.Serve(t.Context(), ln, handle) }()
	t.Cleanup(func() {
		a.Stop()
		if err := within(t, served); err != nil {
			t.Errorf("Serve: %v", err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = a.Wait(ctx) // an error if it had to close some
	})
	return ln.Addr().String(), a
}

func dialTo(t testing.TB, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr) //nolint:noctx // a test's own
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return c
}

// A thousand connections that send garbage, in parts and at once, and leave in
// every way there is, leave nothing behind and do not disturb a good one.
func TestGarbage(t *testing.T) {
	const peers = 1000
	before := descriptors(t)
	var closed, panics atomic.Int32
	o := Options{
		MaxInput: 2 << 10, MaxQueue: 8 << 10, WriteTimeout: 100 * time.Millisecond, Linger: 10 * time.Millisecond,
		OnPanic: func(any, []byte) { panics.Add(1) },
	}
	addr, a := serve(t, AcceptorOptions{}, func(nc net.Conn) {
		c := NewConn(nc, &o)
		h := &hooks{data: lines(&c), closed: make(chan error, 1)}
		c.Run(h)
		closed.Add(int32(len(h.closed)))
	})
	good := dialTo(t, addr)
	var wg sync.WaitGroup
	var tickets = make(chan struct{}, 100) // so many at a time
	for i := range peers {
		tickets <- struct{}{}
		wg.Go(func() {
			garbage(t, addr, uint64(i))
			<-tickets
		})
		if i%50 == 0 {
			write(t, good, "still there?\n")
			expect(t, good, "still there?\n")
		}
	}
	wg.Wait()
	good.Close()
	a.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := a.Wait(ctx); err != nil {
		t.Error(err)
	}
	if n := closed.Load(); n != peers+1 {
		t.Errorf("Closed ran %d times for %d connections", n, peers+1)
	}
	if panics.Load() != 0 {
		t.Error("a handler panicked")
	}
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func garbage(t *testing.T, addr string, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	c, err := net.Dial("tcp", addr) //nolint:noctx // a test's own
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	junk := make([]byte, rnd.IntN(6<<10))
	for i := range junk {
		junk[i] = byte(rnd.Uint32())
	}
	for len(junk) > 0 {
		n := 1 + rnd.IntN(len(junk))
		if _, err := c.Write(junk[:n]); err != nil {
			return // the server has had enough
		}
		junk = junk[n:]
	}
	switch tcp := c.(*net.TCPConn); rnd.IntN(3) {
	case 0:
		_ = tcp.SetLinger(0) // a reset
	case 1:
		_ = tcp.CloseWrite()
		_ = tcp.SetReadDeadline(time.Now().Add(patience))
		_, _ = io.Copy(io.Discard, tcp)
	}
}

// descriptors counts the open ones, where the system tells.
func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil && runtime.GOOS == "linux" {
		t.Fatal(err)
	}
	return len(entries)
}

func TestMaxConns(t *testing.T) {
	refused := make(chan struct{}, 10)
	addr, a := serve(t, AcceptorOptions{MaxConns: 2, OnRefused: func() { refused <- struct{}{} }}, func(nc net.Conn) {
		NewConn(nc, nil).Run(&hooks{closed: make(chan error, 1), data: func([]byte) (int, error) { return 0, ErrClose }})
	})
	first, second := dialTo(t, addr), dialTo(t, addr)
	third := dialTo(t, addr)
	expectEnd(t, third)
	within(t, refused)
	if n := a.Active(); n != 2 {
		t.Errorf("%d connections are open", n)
	}
	write(t, first, "leave")
	expectEnd(t, first)
	first.Close()
	for end := time.Now().Add(patience); a.Active() > 1; {
		if time.Now().After(end) {
			t.Fatal("the first connection has not ended")
		}
	}
	fourth := dialTo(t, addr)
	write(t, fourth, "leave")
	expectEnd(t, fourth)
	write(t, second, "leave")
	expectEnd(t, second)
	if len(refused) != 0 {
		t.Error("one too many was refused")
	}
}

// Shutdown lets the connections end by themselves, and ends them when there is
// no more time.
func TestShutdown(t *testing.T) {
	closed := make(chan error, 2)
	addr, a := serve(t, AcceptorOptions{}, func(nc net.Conn) {
		NewConn(nc, nil).Run(&hooks{closed: closed, data: func([]byte) (int, error) { return 0, ErrClose }})
	})
	polite, stubborn := dialTo(t, addr), dialTo(t, addr)
	write(t, polite, "x")
	expectEnd(t, polite)
	polite.Close()
	if err := within(t, closed); err != nil {
		t.Errorf("closed with %v", err)
	}
	for end := time.Now().Add(patience); a.Active() != 1; {
		if time.Now().After(end) {
			t.Fatal("one connection should be open")
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := a.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown: %v", err)
	}
	if err := within(t, closed); !errors.Is(err, ErrClosed) {
		t.Errorf("closed with %v", err)
	}
	_, _ = io.ReadAll(stubborn)
	if c, err := net.Dial("tcp", addr); err == nil { //nolint:noctx // a test's own
		c.Close()
		t.Error("there is still a listener")
	}
	if err := a.Serve(t.Context(), &failing{}, nil); err != nil {
		t.Errorf("Serve after Stop: %v", err)
	}
}

// failing is a listener that fails as if there were no descriptors left.
type failing struct {
	mu     sync.Mutex
	fail   int // so many times
	conn   net.Conn
	closed chan struct{}
}

func (f *failing) Accept() (net.Conn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail > 0 {
		f.fail--
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	if f.conn != nil {
		c := f.conn
		f.conn, f.fail = nil, 2
		return c, nil
	}
	<-f.closed
	return nil, net.ErrClosed
}

func (f *failing) Close() error {
	if f.closed != nil {
		close(f.closed)
	}
	return nil
}

func (f *failing) Addr() net.Addr { return &net.TCPAddr{} }

func TestAcceptBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		defer client.Close()
		ln := &failing{fail: 10, conn: server, closed: make(chan struct{})}
		var pauses []time.Duration
		a, err := NewAcceptor(AcceptorOptions{OnAcceptError: func(err error, pause time.Duration) {
			if !errors.Is(err, syscall.EMFILE) {
				t.Error(err)
			}
			pauses = append(pauses, pause)
		}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		begin := time.Now()
		served := make(chan error)
		go func() { served <- a.Serve(ctx, ln, func(net.Conn) {}) }()
		expectEnd(t, client) // the handler has returned
		waited := time.Since(begin)
		time.AfterFunc(time.Minute, cancel)
		if err := <-served; err != nil {
			t.Error(err)
		}
		want := []time.Duration{5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000, 5, 10}
		for i := range want {
			want[i] *= time.Millisecond
		}
		if !slices.Equal(pauses, want) {
			t.Errorf("pauses: %v", pauses)
		}
		if waited != 3275*time.Millisecond {
			t.Errorf("it waited for %v", waited)
		}
	})
}

// A listener that somebody else closes is an error.
func TestListenerClosed(t *testing.T) {
	a, err := NewAcceptor(AcceptorOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a test's own
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	if err := a.Serve(t.Context(), ln, nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve: %v", err)
	}
}

func TestAcceptorPanic(t *testing.T) {
	panics := make(chan string, 1)
	addr, _ := serve(t, AcceptorOptions{OnPanic: func(v any, stack []byte) {
		panics <- v.(string) + string(stack)
	}}, func(net.Conn) { panic("at the door") })
	expectEnd(t, dialTo(t, addr))
	if s := within(t, panics); !strings.HasPrefix(s, "at the door") || !strings.Contains(s, "TestAcceptorPanic") {
		t.Errorf("got %q", s)
	}
}

func TestAcceptorOptions(t *testing.T) {
	if _, err := NewAcceptor(AcceptorOptions{MaxConns: -1}); err == nil {
		t.Error("a negative bound was taken")
	}
}
