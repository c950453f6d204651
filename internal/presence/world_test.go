package presence

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// wait is how long a test waits for what must come.
const wait = 20 * time.Second

// world is some nodes on one bus, with one database.
type world struct {
	t     testing.TB
	ids   []string
	nodes map[string]*node
	owned *owned
	lists *database
}

// node is a hub on a node of its own.
type node struct {
	*cluster.Node
	hub  *Hub
	view *view
	taps taps
}

// taps change what a hub's own node does for it, where they are set.
type taps struct {
	mu     sync.Mutex
	ask    func()                             // before a question is put
	states func(node string, q cluster.Query) // before the answer is handed out
	notify func(node string) (lost bool, err error)
	edit   func(node string, e cluster.Edits) error // after it was done
	heard  func()                                   // before a notice is taken
}

// bus is the node as its hub sees it.
type bus struct {
	*cluster.Node
	taps    *taps
	members []cluster.Member
}

func (b bus) Members() []cluster.Member { return b.members }

func (b bus) States(ctx context.Context, node string, q cluster.Query) (cluster.Answer, error) {
	b.taps.mu.Lock()
	ask := b.taps.ask
	b.taps.mu.Unlock()
	if ask != nil {
		ask()
	}
	a, err := b.Node.States(ctx, node, q)
	b.taps.mu.Lock()
	tap := b.taps.states
	b.taps.mu.Unlock()
	if tap != nil {
		tap(node, q)
	}
	return a, err
}

func (b bus) Notify(node string, packed ...cluster.Packed) error {
	b.taps.mu.Lock()
	tap := b.taps.notify
	b.taps.mu.Unlock()
	if tap != nil {
		if lost, err := tap(node); lost || err != nil {
			return err
		}
	}
	return b.Node.Notify(node, packed...)
}

func (b bus) Edit(ctx context.Context, node string, e cluster.Edits) (cluster.EditsAnswer, error) {
	a, err := b.Node.Edit(ctx, node, e)
	b.taps.mu.Lock()
	tap := b.taps.edit
	b.taps.mu.Unlock()
	if tap != nil && err == nil {
		err = tap(node, e)
	}
	return a, err
}

func (b bus) ServeNotices(l func(context.Context, cluster.Notice)) error {
	return b.Node.ServeNotices(func(ctx context.Context, n cluster.Notice) {
		b.taps.mu.Lock()
		tap := b.taps.heard
		b.taps.mu.Unlock()
		if tap != nil {
			tap()
		}
		l(ctx, n)
	})
}

// set changes the taps of a node.
func (n *node) set(change func(*taps)) {
	n.taps.mu.Lock()
	defer n.taps.mu.Unlock()
	change(&n.taps)
}

// owned is who owns which shard, and to whom it is being handed over.
type owned struct {
	mu    sync.Mutex
	owner [cluster.Shards]string
	next  [cluster.Shards]string
}

func (o *owned) Owner(shard int) (cluster.Owner, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	owner, next := o.owner[shard], o.next[shard]
	if owner == "" {
		return cluster.Owner{}, false
	}
	found := cluster.Owner{Node: owner, Address: owner + ":1864", Next: next}
	if next != "" {
		found.NextAddress = next + ":1864"
	}
	return found, true
}

func (o *owned) set(handle, owner, next string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	shard := cluster.ShardOf(handle)
	o.owner[shard], o.next[shard] = owner, next
}

// view is what one node knows of that. It may be behind.
type view struct {
	*owned
	mu  sync.Mutex
	old map[int]cluster.Owner
}

func (v *view) Owner(shard int) (cluster.Owner, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if o, ok := v.old[shard]; ok {
		return o, true
	}
	return v.owned.Owner(shard)
}

// freeze keeps what a node knows of an account's shard until thaw.
func (v *view) freeze(handle string) {
	shard := cluster.ShardOf(handle)
	if o, ok := v.Owner(shard); ok {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.old[shard] = o
	}
}

func (v *view) thaw(handle string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.old, cluster.ShardOf(handle))
}

// newWorld starts nodes on one NATS server.
func newWorld(t testing.TB, o Options, ids ...string) *world {
	t.Helper()
	url := startNATS(t).ClientURL()
	w := &world{t: t, ids: ids, nodes: make(map[string]*node), owned: new(owned), lists: newDatabase()}
	for shard := range w.owned.owner {
		w.owned.owner[shard] = ids[0]
	}
	for _, id := range ids {
		w.start(t, id, url, o)
	}
	return w
}

func (w *world) start(t testing.TB, id, url string, o Options) {
	t.Helper()
	o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	v := &view{owned: w.owned, old: make(map[int]cluster.Owner)}
	n, err := cluster.Start(t.Context(), cluster.Options{
		Node: id, NATSURL: url, Ownership: v, Roles: []cluster.Role{cluster.RoleNotification}, Log: o.Log,
	})
	if err != nil {
		t.Fatal(err)
	}
	made := &node{Node: n, view: v}
	o.Bus, o.Lists = bus{n, &made.taps, w.members(id)}, w.lists.privacy
	made.hub, err = NewHub(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.ServeCarries(made.hub.Carry); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), wait)
		defer cancel()
		made.hub.Stop(ctx)
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	w.nodes[id] = made
}

// members are the nodes as one of them sees them.
func (w *world) members(self string) []cluster.Member {
	roles := []cluster.Role{cluster.RoleNotification}
	all := []cluster.Member{{Node: "front", Roles: []cluster.Role{cluster.RoleDispatch}}}
	for _, id := range w.ids {
		all = append(all, cluster.Member{Node: id, Self: id == self, Roles: roles})
	}
	return all
}

func startNATS(t testing.TB) *server.Server {
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
	if !srv.ReadyForConnections(wait) {
		t.Fatal("the NATS server is not ready")
	}
	return srv
}

// database holds everybody's lists.
type database struct {
	mu      sync.Mutex
	lists   map[string]roster.Privacy
	reading func(handle string) // called when lists were read, before they are handed out
}

func newDatabase() *database { return &database{lists: make(map[string]roster.Privacy)} }

func (d *database) privacy(_ context.Context, handle string) (roster.Privacy, error) {
	d.mu.Lock()
	reading := d.reading
	d.mu.Unlock()
	lists := d.read(handle)
	if reading != nil {
		reading(handle)
	}
	return lists, nil
}

func (d *database) read(handle string) roster.Privacy {
	d.mu.Lock()
	defer d.mu.Unlock()
	stored := d.lists[handle]
	p := roster.NewPrivacy(stored.BlockUnlisted)
	for e := range stored.All(0xff) {
		p.Set(e.Handle, e.Lists)
	}
	return p
}

func (d *database) edit(handle string, change func(*roster.Privacy)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.lists[handle]
	change(&p)
	d.lists[handle] = p
}

// befriend puts each on the forward list of the other.
func (d *database) befriend(one string, others ...string) {
	for _, other := range others {
		d.edit(one, func(p *roster.Privacy) { p.Set(other, roster.Forward|roster.Reverse) })
		d.edit(other, func(p *roster.Privacy) { p.Set(one, roster.Forward|roster.Reverse) })
	}
}

// settle waits until what a node has said before has arrived at another.
func (w *world) settle() {
	w.t.Helper()
	for _, from := range w.nodes {
		for _, to := range w.nodes {
			if from != to {
				w.flush(from, to)
			}
		}
	}
}

// flush sends a notice behind those before it, to a client that is there for that.
func (w *world) flush(from, to *node) {
	w.t.Helper()
	probe := new(connection)
	e := &Endpoint{Version: msnp.MSNP7, Session: probe}
	p := &Principal{Handle: "probe", hub: to.hub}
	if _, err := p.attach("", e); err != nil {
		w.t.Fatal(err)
	}
	p.Arrive(e)
	handle := fmt.Sprintf("probe-%d", e.number)
	to.hub.mu.Lock()
	to.hub.principals[handle] = p
	to.hub.mu.Unlock()
	from.say(to, cluster.Shown{Handle: "nobody", Seq: from.hub.clock.next()}, handle)
	eventually(w.t, "a notice to arrive", func() bool { return len(probe.take()) > 0 })
	to.hub.mu.Lock()
	delete(to.hub.principals, handle)
	to.hub.mu.Unlock()
}

// say sends a notice.
func (n *node) say(to *node, s cluster.Shown, watcher string) {
	notice := cluster.Notice{Shown: s}
	packed := notice.Pack()
	packed.Add(watcher)
	n.hub.link(to.ID()).push(packed)
}

// befriended is befriend for everybody with everybody.
func (w *world) befriended(handles ...string) {
	for i, handle := range handles {
		w.lists.befriend(handle, handles[i+1:]...)
	}
}

func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(wait); !is(); pause() {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// pause is what a test polls with.
func pause() { <-time.After(time.Millisecond) }
