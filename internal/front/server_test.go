package front

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/papilio-im/papilio/internal/netio"
	"github.com/papilio-im/papilio/internal/telemetry"
	"github.com/papilio-im/papilio/msnp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 20 * time.Second

// pinged is a session that knows nothing but PNG.
type pinged struct {
	Conn
	loop    Loop[*pinged]
	phase   msnp.Phase
	version msnp.Version
	ping    func(*pinged) error
}

func (p *pinged) Phase() msnp.Phase            { return p.phase }
func (p *pinged) Version() msnp.Version        { return p.version }
func (p *pinged) Misplaced(*msnp.Line) error   { return Drop("misplaced") }
func (p *pinged) TooFew(*msnp.Line) error      { return Drop("too few") }
func (p *pinged) Failed(*msnp.Line) error      { return netio.ErrClose }
func (p *pinged) Data(buf []byte) (int, error) { return p.loop.Data(p, buf) }
func (p *pinged) Wake() error                  { return nil }
func (p *pinged) Timeout() error               { return nil }
func (p *pinged) Closed(error)                 {}
func (p *pinged) handle(*msnp.Line) error      { return p.ping(p) }
func pings() Verbs[*pinged]                    { return Verbs[*pinged]{"PNG": (*pinged).handle} }
func within(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}

// serve runs a server of such sessions and gives it with a client.
func serve(t *testing.T, phase msnp.Phase, ping func(*pinged) error) (*Server, net.Conn) {
	t.Helper()
	metrics, err := telemetry.NewMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewServer(
		Options{
			Role: msnp.Notification, MaxLine: msnp.MaxLine, Log: slog.New(slog.DiscardHandler),
			Metrics: metrics.Role(msnp.Notification),
		},
		Bounds{MaxInput: 1 << 20},
		func(c Conn) netio.Handler {
			p := &pinged{Conn: c, phase: phase, ping: ping}
			p.loop = NewLoop(&p.Conn, pings())
			return p
		},
	)
	if err != nil {
		t.Fatal(err)
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(context.Background(), ln) }()
	t.Cleanup(func() {
		s.Stop()
		ctx, cancel := within(0)
		defer cancel()
		_ = s.Wait(ctx) // what is left is cut off
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := within(patience)
	defer cancel()
	nc, err := new(net.Dialer).DialContext(ctx, "tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	if err := nc.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return s, nc
}

func send(t *testing.T, nc net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(nc, text); err != nil {
		t.Fatal(err)
	}
}

// What a client has sent ahead is not done any more once its connection is to
// end: it may be thousands of commands.
func TestCommandsAfterTheEnd(t *testing.T) {
	handled := make(chan int, 100)
	n := 0
	_, nc := serve(t, msnp.SignedIn, func(p *pinged) error {
		n++
		handled <- n
		p.CloseSoon()
		return nil
	})
	send(t, nc, strings.Repeat("PNG\r\n", 50))
	if rest, err := io.ReadAll(nc); err != nil || len(rest) > 0 {
		t.Fatalf("got %q and %v, want the end", rest, err)
	}
	if len(handled) != 1 {
		t.Errorf("%d commands were handled, want 1", len(handled))
	}
}

// Some commands that a version has no more are answered, and the rest of what it
// has not ends the connection.
func TestCommandsOfOtherVersions(t *testing.T) {
	for _, tt := range []struct {
		version msnp.Version
		want    string
	}{
		{msnp.MSNP9, "715 3\r\n"},
		{msnp.MSNP4, ""},
	} {
		_, nc := serve(t, msnp.SignedIn, func(p *pinged) error {
			if p.version == 0 {
				p.version = tt.version
				return nil
			}
			p.CloseSoon()
			return nil
		})
		// The payload is read, whatever becomes of the command.
		send(t, nc, "PNG\r\nPAG 3 bea@example.net 10\r\nPNG\r\nPNG\r\nOUT\r\n")
		if got, _ := io.ReadAll(nc); string(got) != tt.want {
			t.Errorf("%s: got %q, want %q", tt.version, got, tt.want)
		}
	}
}

// A client that has sent much ahead does not hold up the end of the process.
func TestCommandsAfterTheCut(t *testing.T) {
	handled, more := make(chan struct{}, 100), make(chan struct{})
	s, nc := serve(t, msnp.SignedIn, func(*pinged) error {
		handled <- struct{}{}
		<-more
		return nil
	})
	send(t, nc, strings.Repeat("PNG\r\n", 50))
	<-handled
	s.Stop()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	waited := make(chan struct{})
	go func() {
		defer close(waited)
		_ = s.Wait(ctx) // that it was cut off is no news
	}()
	_, _ = io.Copy(io.Discard, nc) // the end, or a reset: commands were not read
	for !s.opts.cut.Load() {
		runtime.Gosched()
	}
	close(more)
	<-waited
	if len(handled) != 0 {
		t.Errorf("%d commands were handled after the cut", len(handled))
	}
}

// Those who have not signed in get little room, however they fill it.
func TestRoomBeforeTheSignIn(t *testing.T) {
	for name, text := range map[string]string{
		"line":    "PNG " + strings.Repeat("A", 20<<10),
		"payload": "ADL 1 65536\r\n" + strings.Repeat("A", 20<<10),
		"blank":   strings.Repeat("\r\n", 10<<10),
	} {
		t.Run(name, func(t *testing.T) {
			_, nc := serve(t, msnp.Greeting, func(*pinged) error { return nil })
			send(t, nc, text)
			_, err := io.Copy(io.Discard, nc)
			if nerr, ok := err.(net.Error); ok && nerr.Timeout() { //nolint:errorlint // as io.Copy gives it
				t.Error("the connection is still open")
			}
		})
	}
}

// A subscriber of IPv6 has as many addresses as it likes, all in one network.
func TestPerAddressNetwork(t *testing.T) {
	p := perAddress{most: 2, open: make(map[netip.Addr]int)}
	enter := func(a string, want bool) {
		t.Helper()
		if got := p.enter(Subscriber(netip.MustParseAddr(a))); got != want {
			t.Errorf("enter %s: %t, want %t", a, got, want)
		}
	}
	enter("2001:db8:0:1::1", true)
	enter("2001:db8:0:1::2", true)
	enter("2001:db8:0:1:ffff::3", false)
	enter("2001:db8:0:2::1", true)
	enter("192.0.2.1", true)
	enter("192.0.2.2", true)
	enter("192.0.2.1", true)
	enter("192.0.2.1", false)
	p.leave(Subscriber(netip.MustParseAddr("2001:db8:0:1::9")))
	enter("2001:db8:0:1::4", true)
	for _, a := range []string{"2001:db8:0:1::1", "2001:db8:0:1::1", "2001:db8:0:2::5", "192.0.2.1", "192.0.2.1", "192.0.2.2"} {
		p.leave(Subscriber(netip.MustParseAddr(a)))
	}
	if len(p.open) != 0 {
		t.Errorf("not forgotten: %v", p.open)
	}
}
