package dispatch

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/referral"
	"github.com/papilio-im/papilio/internal/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what should come at once.
const patience = 10 * time.Second

// directory is a service of one node whose notification server has an address.
type directory struct {
	owner cluster.Owner
	death chan cluster.Owner // if not nil: it has died, and this gives the next
}

func (directory) ID() string                           { return "one" }
func (d directory) Owner(string) (cluster.Owner, bool) { return d.owner, d.owner.Node != "" }
func (directory) Members() []cluster.Member            { return nil }
func (directory) Switchboards() []cluster.Member       { return nil }

// AwaitOwner waits for the time that death leaves, if there is nobody.
func (d directory) AwaitOwner(ctx context.Context, handle string) (cluster.Owner, bool) {
	if d.death == nil {
		return d.Owner(handle)
	}
	select {
	case owner := <-d.death:
		return owner, true
	case <-ctx.Done():
		return cluster.Owner{}, false
	}
}

func atAddress(address string) directory {
	return directory{owner: cluster.Owner{Node: "two", Address: address}}
}
func (d directory) referrer(t testing.TB, port uint16) *referral.Referrer {
	t.Helper()
	r, err := referral.New(referral.Options{Cluster: d, NotificationPort: port, SwitchboardPort: 1865})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// logbook is a log that a test can read while it is written.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// service is a dispatch server that is running.
type service struct {
	*Server
	addr     string
	log      *logbook
	registry *prometheus.Registry
}

func serve(t testing.TB, d directory, change ...func(*Server)) *service {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := netip.MustParseAddrPort(ln.Addr().String()).Port()
	notification := port + 1
	if d.owner.Address == "" && d.owner.Node == "one" {
		notification = port // a configuration that cannot work
	}
	registry := prometheus.NewRegistry()
	metrics, err := telemetry.NewMetrics(registry)
	if err != nil {
		t.Fatal(err)
	}
	log := &logbook{}
	srv, err := New(Options{
		Referrer: d.referrer(t, notification),
		Metrics:  metrics,
		Log:      slog.New(slog.NewTextHandler(log, nil)),
		Page:     func(a netip.AddrPort) string { return "http://" + a.Addr().String() + ":8080/" },
		Wire:     true,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range change {
		c(srv)
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(context.Background(), ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := srv.Shutdown(ctx); err != nil {
			t.Error("shutdown:", err)
		}
		if err := <-done; err != nil {
			t.Error("serve:", err)
		}
	})
	return &service{Server: srv, addr: ln.Addr().String(), log: log, registry: registry}
}

// client is the other end of a connection.
type client struct {
	net.Conn
	t testing.TB
	r *bufio.Reader
}

func (s *service) dial(t testing.TB) *client {
	t.Helper()
	nc, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{Conn: nc, t: t, r: bufio.NewReader(nc)}
	c.wait(patience)
	t.Cleanup(func() { _ = nc.Close() })
	return c
}

func (c *client) wait(d time.Duration) {
	if err := c.SetReadDeadline(time.Now().Add(d)); err != nil {
		c.t.Fatal(err)
	}
}

// send sends lines.
func (c *client) send(lines ...string) {
	c.t.Helper()
	if _, err := io.WriteString(c, strings.Join(lines, "\r\n")+"\r\n"); err != nil {
		c.t.Fatal(err)
	}
}

// expect reads lines.
func (c *client) expect(lines ...string) {
	c.t.Helper()
	for _, want := range lines {
		got, err := c.r.ReadString('\n')
		if err != nil {
			c.t.Fatalf("want %q, got %q and %v", want, got, err)
		}
		if got != want+"\r\n" {
			c.t.Fatalf("got %q, want %q", got, want)
		}
	}
}

// closed expects the end of the connection, and nothing before it.
func (c *client) closed() {
	c.t.Helper()
	rest, err := io.ReadAll(c.r)
	if err != nil && !errors.Is(err, net.ErrClosed) && !strings.Contains(err.Error(), "reset") {
		c.t.Fatalf("the connection is not closed: %v", err)
	}
	if len(rest) > 0 {
		c.t.Fatalf("before the end came %q", rest)
	}
}

// silent expects that nothing comes and the connection stays open.
func (c *client) silent() {
	c.t.Helper()
	c.wait(50 * time.Millisecond)
	b, err := c.r.ReadByte()
	if err == nil {
		c.t.Fatalf("got %q instead of nothing", b)
	}
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		c.t.Fatalf("the connection is closed: %v", err)
	}
	c.wait(patience)
}

// local is the address of the server that the client is on.
func (c *client) local() string { return c.RemoteAddr().String() }

// counted gives the value of a counter whose labels are name, value, name, ...
func (s *service) counted(t testing.TB, name string, labels ...string) float64 {
	t.Helper()
	families, err := s.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			found := 0
			for _, l := range m.GetLabel() {
				for i := 0; i < len(labels); i += 2 {
					if l.GetName() == labels[i] && l.GetValue() == labels[i+1] {
						found++
					}
				}
			}
			if f.GetName() == name && 2*found == len(labels) {
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}
