package passport

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/internal/telemetry"
	"github.com/papilio-im/papilio/internal/ticket"
	"github.com/papilio-im/papilio/internal/web"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

const (
	ada      = "ada@example.net"
	password = account.Secret("pa$s, wörd&=<+")
)

// noon is when the answers of the tests are made.
var noon = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// service is the pages on a port of their own.
type service struct {
	*Server
	address  string
	accounts *account.Service
	tickets  *ticket.Tickets
	log      *lockedBuffer
	visits   chan netip.Addr
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// start runs the pages, with the account of ada, until the test ends.
func start(t testing.TB, set func(*Options)) *service {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{URL: "sqlite://:memory:"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s := &service{log: &lockedBuffer{}, visits: make(chan netip.Addr, 100)}
	s.accounts, err = account.New(t.Context(), account.Options{DB: db, Hash: account.HashParams{MemoryKiB: 8, Passes: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.accounts.Create(t.Context(), account.NewAccount{Handle: ada, Name: "Ada <&>", Password: password}); err != nil {
		t.Fatal(err)
	}
	s.tickets, err = ticket.New(ticket.Options{Secret: s.accounts.TicketSecret(), Accounts: s.accounts})
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := telemetry.NewMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Accounts: s.accounts, Tickets: s.tickets, Node: "node01", Metrics: metrics.Passport(),
		Log: slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Visited: func(a netip.Addr) {
			select {
			case s.visits <- a:
			default: // nobody looks
			}
		},
	}
	if set != nil {
		set(&o)
	}
	if s.Server, err = New(o); err != nil {
		t.Fatal(err)
	}
	s.now = func() time.Time { return noon }
	s.serve(t)
	return s
}

func (s *service) serve(t testing.TB) {
	t.Helper()
	rt := web.NewRouter(http.NotFoundHandler())
	s.Register(rt)
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := web.NewServer(web.ServerOptions{Handler: rt, Log: s.opts.Log, Wire: true})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(web.NewListener(ln, web.ListenerOptions{}))
	}()
	t.Cleanup(func() {
		_ = srv.Close()
		<-done
	})
	s.address = ln.Addr().String()
}

// exchange sends octets and gives what comes back until the server closes, without
// the line that tells the time.
func (s *service) exchange(t testing.TB, send string) string {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.WriteString(c, send); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(c)
	if err != nil {
		t.Errorf("after %q: %v", answer, err)
	}
	var kept []string
	for line := range strings.SplitSeq(string(answer), "\r\n") {
		if !strings.HasPrefix(line, "Date: ") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\r\n")
}

// lines writes a request or an answer, line by line.
func lines(l ...string) string { return strings.Join(l, "\r\n") }

// escape writes text as %XX, as careful clients do.
func escape(s string) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for _, c := range []byte(s) {
		b.WriteString("%" + string(digits[c>>4]) + string(digits[c&15]))
	}
	return b.String()
}

// between gives what stands between two texts.
func between(t testing.TB, s, before, after string) string {
	t.Helper()
	_, rest, ok := strings.Cut(s, before)
	found, _, ok2 := strings.Cut(rest, after)
	if !ok || !ok2 {
		t.Fatalf("there is no %s...%s in:\n%s", before, after, s)
	}
	return found
}

// owner is whom a ticket signs in, "" for nobody.
func (s *service) owner(ctx context.Context, shown string, p ticket.Purpose) string {
	a, err := s.tickets.Check(ctx, shown, p)
	if err != nil {
		return ""
	}
	return a.Handle
}
