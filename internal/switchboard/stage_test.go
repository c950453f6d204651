package switchboard

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/referral"
	"github.com/papilio-im/papilio/internal/telemetry"
	"github.com/papilio-im/papilio/msnp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what should come at once.
const patience = 10 * time.Second

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

// stage is a running switchboard on a node, with a notification side that the
// test plays.
type stage struct {
	*Server
	t        testing.TB
	addr     string
	node     *cluster.Node
	keys     *referral.Keys
	notifier *notifier
	log      *logbook
	registry *prometheus.Registry
	options  Options // that it was made with

	ownership *ownership
}

// ownership is that of a node which owns every account but two: one that nobody
// owns, and one of a node that is not there, until it is replaced.
type ownership struct {
	replaced atomic.Bool
	looked   atomic.Int32 // how often somebody has asked for that one
}

const (
	unowned = "unowned@example.test"
	distant = "distant@example.test"
)

// Owner is for the node.
func (o *ownership) Owner(shard int) (cluster.Owner, bool) {
	switch shard {
	case cluster.ShardOf(unowned):
		return cluster.Owner{}, false
	case cluster.ShardOf(distant):
		o.looked.Add(1)
		if !o.replaced.Load() {
			return cluster.Owner{Node: "two", Address: "192.0.2.2:1864"}, true
		}
	}
	return cluster.Owner{Node: "one"}, true
}

// newStage starts one. The changes are made before anybody can connect.
func newStage(t testing.TB, change ...func(*Options, *times)) *stage {
	t.Helper()
	s := &stage{t: t, log: &logbook{}, registry: prometheus.NewRegistry(), ownership: &ownership{}}
	log := slog.New(slog.NewTextHandler(s.log, nil))
	var err error
	s.node, err = cluster.Start(t.Context(), cluster.Options{Node: "one", Dir: t.TempDir(), Log: log, Ownership: s.ownership})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.node.Close(); err != nil {
			t.Error("close the node:", err)
		}
	})
	metrics, err := telemetry.NewMetrics(s.registry)
	if err != nil {
		t.Fatal(err)
	}
	s.keys = newKeys(t, s.node)
	s.notifier = newNotifier(t, s.node, s.keys)
	s.options = Options{Node: s.node, Keys: s.keys, Metrics: metrics, Log: log}
	changed := usual
	for _, c := range change {
		c(&s.options, &changed)
	}
	if s.Server, err = New(s.options); err != nil {
		t.Fatal(err)
	}
	s.times = changed
	s.listenAndServe()
	return s
}

func (s *stage) listenAndServe() {
	ln, err := new(net.ListenConfig).Listen(s.t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.serve(ln)
}

// serve has the clients from now on come by a listener.
func (s *stage) serve(ln net.Listener) {
	s.addr = ln.Addr().String()
	done := make(chan error, 1)
	go func() { done <- s.Serve(context.Background(), ln) }()
	s.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			s.t.Error("shutdown:", err)
		}
		if err := <-done; err != nil {
			s.t.Error("serve:", err)
		}
	})
}

func newKeys(t testing.TB, n *cluster.Node) *referral.Keys {
	t.Helper()
	secret, err := n.Secret(t.Context(), "cookies")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := referral.NewKeys(secret)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// wire turns the wire log on.
func wire(o *Options, _ *times) { o.Wire = true }

// limits sets the limits.
func limits(l Limits) func(*Options, *times) {
	return func(o *Options, _ *times) { o.Limits = l }
}

// transfer is the cookie of XFR SB.
func (s *stage) transfer(handle string, v msnp.Version) string {
	s.t.Helper()
	cookie, err := s.keys.Mint(referral.Pass{
		Purpose: referral.ForTransfer, Session: referral.NewSession(), Handle: handle, Version: v, Node: s.node.ID(),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return cookie
}

// open lets somebody open a session.
func (s *stage) open(who *person) *client {
	s.t.Helper()
	c := s.dial()
	c.who, c.session = who, ""
	cookie := s.transfer(who.handle, who.version)
	c.send("USR 1 " + who.handle + " " + cookie)
	c.expect("USR 1 OK " + who.handle + " " + string(who.name))
	c.session, _, _ = cutWord(cookie)
	return c
}

// answer lets somebody who was rung join. It expects these to be there.
func (s *stage) answer(who *person, r rung, present ...*client) *client {
	s.t.Helper()
	c := s.dial()
	c.who, c.session = who, itoa(r.Session)
	c.send("ANS 1 " + who.handle + " " + r.param + " " + c.session)
	for i, p := range present {
		c.expect("IRO 1 " + itoa(i+1) + " " + itoa(len(present)) + " " + p.who.shownTo(who.version))
	}
	c.expect("ANS 1 OK")
	for _, p := range present {
		p.expect("JOI " + who.shownTo(p.who.version))
	}
	return c
}

// conversation is a session of these people, of which the first has called the
// others.
func (s *stage) conversation(people ...*person) []*client {
	s.t.Helper()
	members := []*client{s.open(people[0])}
	for _, p := range people[1:] {
		members = append(members, s.answer(p, members[0].call(p), members...))
	}
	return members
}

// session is the one that a client is in.
func (s *stage) session(c *client) *session {
	s.t.Helper()
	id, err := strconv.ParseUint(c.session, 10, 32)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.board.session(uint32(id))
}

// counted gives the value of a metric whose labels are name, value, name, ...
func (s *stage) counted(name string, labels ...string) float64 {
	s.t.Helper()
	families, err := s.registry.Gather()
	if err != nil {
		s.t.Fatal(err)
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
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return 0
}

// eventually waits until something becomes true that nothing announces.
func (s *stage) eventually(what string, is func() bool) {
	s.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !is(); <-tick.C {
		if time.Now().After(end) {
			s.t.Fatal("not so in time: " + what)
		}
	}
}
