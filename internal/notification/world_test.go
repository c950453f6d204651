package notification

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/presence"
	"github.com/papilio-im/papilio/internal/referral"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/internal/telemetry"
	"github.com/papilio-im/papilio/internal/ticket"
	"github.com/papilio-im/papilio/msnp"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// world is some notification servers over one bus, with one database.
type world struct {
	t        testing.TB
	url      string // of the bus
	db       *store.DB
	accounts *account.Service
	owners   *owners // who owns what; nil if the nodes agree on it themselves
	nodes    map[string]*node
	cookies  []byte
	change   func(*Options) // of each server, before it is made
	serving  func() bool    // in the place of the nodes' own, if not nil
	lease    time.Duration
	grace    time.Duration
}

// node is a notification server that is running.
type node struct {
	*Server
	name     string
	addr     string
	node     *cluster.Node
	hub      *presence.Hub
	registry *prometheus.Registry
	log      *logbook
	stop     func() // ends it, as the end of the test does
}

// newWorld makes notification servers of these names. The first owns everything.
func newWorld(t testing.TB, names []string, change ...func(*world)) *world {
	t.Helper()
	w := &world{t: t, url: startNATS(t), nodes: make(map[string]*node), cookies: make([]byte, cluster.SecretSize)}
	w.openDatabase()
	w.owners = &owners{owner: names[0], addresses: make(map[string]string), shards: make(map[int]cluster.Owner)}
	for _, c := range change {
		c(w)
	}
	for _, name := range names {
		w.start(name)
	}
	return w
}

func startNATS(t testing.TB) string {
	t.Helper()
	srv, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() {
		srv.Shutdown()
		srv.WaitForShutdown()
	})
	if !srv.ReadyForConnections(patience) {
		t.Fatal("the NATS server is not ready")
	}
	return srv.ClientURL()
}

func (w *world) openDatabase() {
	w.t.Helper()
	db, err := store.Open(w.t.Context(), store.Options{URL: "sqlite://:memory:"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = db.Close() })
	w.db = db
	w.accounts, err = account.New(w.t.Context(), account.Options{DB: db, Hash: account.HashParams{MemoryKiB: 64, Passes: 1, Threads: 1}})
	if err != nil {
		w.t.Fatal(err)
	}
}

// people makes accounts, whose password is secret, of these names at
// example.net.
func (w *world) people(names ...string) {
	w.t.Helper()
	for _, name := range names {
		_, err := w.accounts.Create(w.t.Context(), account.NewAccount{
			Handle: at(name), Name: name, Password: "of no old client", Legacy: "secret",
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

func at(name string) string { return name + "@example.net" }

// befriend puts two on each other's lists.
func (w *world) befriend(one, other string) {
	w.t.Helper()
	lists := w.roster()
	for _, pair := range [][2]string{{one, other}, {other, one}} {
		for _, list := range []roster.Lists{roster.Forward, roster.Allow} {
			_, err := lists.Add(w.t.Context(), at(pair[0]), roster.AddRequest{List: list, Handle: at(pair[1]), Group: roster.NoGroup})
			if err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

// tickets issues and checks tickets, as every node does.
func (w *world) tickets() *ticket.Tickets {
	w.t.Helper()
	made, err := ticket.New(ticket.Options{Secret: w.accounts.TicketSecret(), Accounts: w.accounts})
	if err != nil {
		w.t.Fatal(err)
	}
	return made
}

// ticket is what somebody shows to sign in from MSNP8 on.
func (w *world) ticket(name string) string {
	w.t.Helper()
	a, err := w.accounts.Get(w.t.Context(), at(name))
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := w.tickets().Issue(a, ticket.ForSignIn)
	if err != nil {
		w.t.Fatal(err)
	}
	return text.Pair().Reveal()
}

func (w *world) roster() *roster.Service {
	w.t.Helper()
	lists, err := roster.New(roster.Options{DB: w.db})
	if err != nil {
		w.t.Fatal(err)
	}
	return lists
}

// start starts a notification server.
func (w *world) start(name string) *node {
	t := w.t
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &node{name: name, addr: ln.Addr().String(), registry: prometheus.NewRegistry(), log: &logbook{}}
	log := slog.New(slog.NewTextHandler(n.log, &slog.HandlerOptions{Level: slog.LevelDebug})).With("node", name)
	n.node = w.join(name, n.addr, log)
	n.hub, err = presence.NewHub(presence.Options{Bus: n.node, Lists: w.roster().Privacy, Log: log, Grace: w.grace})
	if err != nil {
		t.Fatal(err)
	}
	n.Server = w.serve(n, log)
	done := make(chan error, 1)
	go func() { done <- n.Serve(context.Background(), ln) }()
	if w.owners == nil {
		if err := n.node.Activate(t.Context(), n.Server); err != nil {
			t.Fatal(err)
		}
	}
	n.stop = sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_ = n.Shutdown(ctx) // there are clients that stay
		n.hub.Stop(ctx)
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := n.node.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		n.stop()
		if t.Failed() {
			t.Logf("log of %s:\n%s", name, n.log)
		}
	})
	w.nodes[name] = n
	worlds.Store(n.addr, w)
	return n
}

func (w *world) join(name, addr string, log *slog.Logger) *cluster.Node {
	w.t.Helper()
	o := cluster.Options{
		Node: name, NATSURL: w.url, Log: log, Lease: w.lease,
		Roles: []cluster.Role{cluster.RoleNotification, cluster.RoleSwitchboard},
		Advertise: map[cluster.Role]string{
			cluster.RoleNotification: addr,
			cluster.RoleSwitchboard:  "192.0.2.1:1865", // nobody goes there
		},
	}
	if w.owners != nil {
		w.owners.join(name, addr)
		o.Ownership = w.owners
	}
	n, err := cluster.Start(w.t.Context(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *world) serve(n *node, log *slog.Logger) *Server {
	t := w.t
	t.Helper()
	port := netip.MustParseAddrPort(n.addr).Port()
	referrer, err := referral.New(referral.Options{Cluster: n.node, NotificationPort: port, SwitchboardPort: 1865})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := referral.NewKeys(w.cookies)
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := telemetry.NewMetrics(n.registry)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Accounts: w.accounts, Tickets: w.tickets(), Roster: w.roster(), Hub: n.hub, Referrer: referrer, Keys: keys, Node: n.node,
		Metrics: metrics, Log: log, Wire: true, AllowCTP: true,
		Page:  func(a netip.AddrPort) string { return "http://" + a.Addr().String() + "/" },
		Times: Times{Challenge: time.Hour, Nexus: -1},
	}
	if w.change != nil {
		w.change(&o)
	}
	srv, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if w.serving != nil {
		srv.serving = w.serving
	}
	return srv
}

// owners is who owns which shard, as a test writes it down.
type owners struct {
	mu        sync.Mutex
	owner     string // of all others
	addresses map[string]string
	shards    map[int]cluster.Owner
}

func (o *owners) join(name, addr string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.addresses[name] = addr
}

// Owner is for the cluster.
func (o *owners) Owner(shard int) (cluster.Owner, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	owner, ok := o.shards[shard]
	if !ok {
		owner.Node = o.owner
	}
	owner.Address, owner.NextAddress = o.addresses[owner.Node], o.addresses[owner.Next]
	return owner, owner.Node != ""
}

// set changes the owner of an account, and to whom it is being handed over.
func (o *owners) set(name, owner, next string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.shards[cluster.ShardOf(at(name))] = cluster.Owner{Node: owner, Next: next}
}

// handOver moves the shard of an account from one node to another, as the
// cluster does it.
func (w *world) handOver(name, from, to string) {
	w.t.Helper()
	w.beginHandOver(name, from, to)
	w.endHandOver(name, from, to)
}

func (w *world) beginHandOver(name, from, to string) {
	w.t.Helper()
	w.owners.set(name, from, to)
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	if err := w.nodes[from].HandOver(ctx, cluster.ShardOf(at(name)), w.member(to)); err != nil {
		w.t.Fatalf("handing %s over: %v", name, err)
	}
}

func (w *world) endHandOver(name, from, to string) {
	w.owners.set(name, to, "")
	w.nodes[to].Took(cluster.ShardOf(at(name)), cluster.HowHanded)
	w.nodes[from].Handed(cluster.ShardOf(at(name)), w.member(to))
}

func (w *world) member(name string) cluster.Member {
	return cluster.Member{
		Node: name, Roles: []cluster.Role{cluster.RoleNotification}, State: cluster.StateActive,
		Addresses: map[cluster.Role]string{cluster.RoleNotification: w.nodes[name].addr},
	}
}

// lists are the lists of an account as they are in the database.
func (w *world) lists(name string) string {
	w.t.Helper()
	full, err := w.roster().Load(w.t.Context(), at(name), roster.Known{})
	if err != nil {
		w.t.Fatal(err)
	}
	text := ""
	for _, c := range full.Contacts {
		text += fmt.Sprintf("%s %d;", c.Handle, c.Lists)
	}
	return text
}

// eventually waits until something becomes true that nothing announces.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !is(); <-tick.C {
		if time.Now().After(end) {
			t.Fatal("not so in time: " + what)
		}
	}
}

// logbook is a log that can be read while it is written.
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

// versions are those that clients sign in with here.
var versions = []msnp.Version{msnp.Beta2, msnp.MSNP2, msnp.MSNP3, msnp.MSNP7, msnp.MSNP8, msnp.MSNP10, msnp.MSNP12}

// worlds are the worlds by the addresses of their nodes: where clients have their
// tickets from.
var worlds sync.Map
