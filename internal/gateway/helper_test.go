package gateway

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	nats "github.com/nats-io/nats-server/v2/server"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/referral"
	"github.com/papilio-im/papilio/internal/telemetry"
	"github.com/papilio-im/papilio/internal/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = time.Minute

// node is a gateway on a node of its own, with servers that the test plays.
type node struct {
	*Server
	t     testing.TB
	url   string
	ns    net.Listener
	board net.Listener
	keys  *referral.Keys
}

// start runs a gateway. Times that are not given are as usual.
func start(t testing.TB, o cluster.Options, change func(*Server)) *node {
	t.Helper()
	o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	if o.NATSURL == "" {
		o.Dir = t.TempDir()
	}
	n, err := cluster.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	metrics, err := telemetry.NewMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	keys, err := referral.NewKeys([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	srv, err := New(Options{Node: n, Keys: keys, Metrics: metrics.Gateway(), Log: o.Log})
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(srv)
	}
	made := &node{Server: srv, t: t, keys: keys}
	made.ns, made.board = made.listen(cluster.RoleNotification), made.listen(cluster.RoleSwitchboard)
	front := web.NewServer(web.ServerOptions{Handler: srv, Log: o.Log})
	h := httptest.NewUnstartedServer(nil)
	h.Config = front
	h.Start()
	made.url = h.URL + Path
	t.Cleanup(func() {
		srv.times.farewell, srv.times.last = 0, patience
		srv.Shutdown(context.Background()) //nolint:usetesting // that of the test has ended
		h.CloseClientConnections()
		h.Close()
	})
	return made
}

func (n *node) listen(role cluster.Role) net.Listener {
	n.t.Helper()
	ln, err := n.opts.Node.ListenStreams(role, 1864)
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _ = ln.Close() })
	return ln
}

// twoNodes are two gateways of one service.
func twoNodes(t *testing.T, change func(*Server)) (a, b *node) {
	t.Helper()
	bus, err := nats.NewServer(&nats.Options{
		Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	bus.Start()
	t.Cleanup(func() {
		bus.Shutdown()
		bus.WaitForShutdown()
	})
	if !bus.ReadyForConnections(patience) {
		t.Fatal("NATS is not ready")
	}
	o := func(name, address string) cluster.Options {
		return cluster.Options{Node: name, NATSURL: bus.ClientURL(), Lease: time.Second, Advertise: map[cluster.Role]string{
			cluster.RoleNotification: address + ":1864", cluster.RoleSwitchboard: address + ":1865",
		}}
	}
	a, b = start(t, o("a", "192.0.2.1"), change), start(t, o("b", "192.0.2.2"), change)
	for _, n := range []*node{a, b} {
		if err := n.opts.Node.Activate(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range []*node{a, b} {
		eventually(t, "they know each other", func() bool {
			active := 0
			for _, m := range n.opts.Node.Members() {
				if m.State == cluster.StateActive {
					active++
				}
			}
			return active == 2
		})
	}
	return a, b
}

// eventually waits until something becomes true that nothing announces.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !is(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

// far is the server's end of a session.
type far struct {
	net.Conn
	t testing.TB
	r *bufio.Reader
}

// accepts gives the next session that has come to a server.
func accepts(t testing.TB, ln net.Listener) *far {
	t.Helper()
	c, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	return &far{c, t, bufio.NewReader(c)}
}

func (f *far) hears(want string) {
	f.t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(f.r, got); err != nil || string(got) != want {
		f.t.Fatalf("the server hears %q, %v, want %q", got, err, want)
	}
}

func (f *far) says(text string) {
	f.t.Helper()
	if _, err := io.WriteString(f, text); err != nil {
		f.t.Fatal(err)
	}
}

// lost waits for the end of the session, as the server sees it.
func (f *far) lost() {
	f.t.Helper()
	if rest, err := io.ReadAll(f.r); err != nil && !errors.Is(err, cluster.ErrPeerGone) || len(rest) > 0 {
		f.t.Fatalf("at its end comes %q, %v", rest, err)
	}
}

// got is an answer.
type got struct {
	status int
	id     string
	closed bool
	body   string
}

var stateLine = regexp.MustCompile(`^SessionID=([0-9.]+); GW-IP=127\.0\.0\.1(; Session=close)?$`)

// post makes a request.
func (n *node) post(query, body string) got {
	n.t.Helper()
	g, err := n.try(context.Background(), query, body)
	if err != nil {
		n.t.Fatal(err)
	}
	return g
}

func (n *node) try(ctx context.Context, query, body string) (got, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, n.url+"?"+query, strings.NewReader(body))
	if err != nil {
		return got{}, err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	a, err := client.Do(r)
	if err != nil {
		return got{}, err
	}
	defer func() { _ = a.Body.Close() }()
	b, err := io.ReadAll(a.Body)
	g := got{status: a.StatusCode, body: string(b)}
	if m := stateLine.FindStringSubmatch(a.Header.Get("X-Msn-Messenger")); m != nil {
		g.id, g.closed = m[1], m[2] != ""
	} else if g.status == http.StatusOK {
		err = errors.Join(err, errors.New("no session in "+a.Header.Get("X-Msn-Messenger")))
	}
	return g, err
}

func (n *node) poll(id string) got { n.t.Helper(); return n.post("Action=poll&SessionID="+id, "") }
func (n *node) wait(id string) got {
	n.t.Helper()
	return n.post("Action=poll&Lifespan=60&SessionID="+id, "")
}
func (n *node) send(id, body string) got { n.t.Helper(); return n.post("SessionID="+id, body) }
func (n *node) open(server, body string) got {
	n.t.Helper()
	return n.post("Action=open&Server="+server+"&IP=m", body)
}

// opened is a session with a notification server that nothing was said in.
func (n *node) opened() (string, *far) {
	n.t.Helper()
	g := n.open("NS", "")
	return g.id, accepts(n.t, n.ns)
}

// is compares an answer, whose session is known.
func (g got) is(t testing.TB, body string, closed bool) {
	t.Helper()
	if g.status != http.StatusOK || g.body != body || g.closed != closed {
		t.Fatalf("got %d, %q, closed %t; want %q, closed %t", g.status, g.body, g.closed, body, closed)
	}
}

func (g got) refused(t testing.TB, status int) {
	t.Helper()
	if g.status != status {
		t.Fatalf("got %d, %q, want %d", g.status, g.body, status)
	}
}
