package presence

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
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

// user is somebody with a client, which does what a notification server does for
// it.
type user struct {
	w      *world
	handle string
	name   msnp.Encoded
	at     *node
	p      *Principal
	e      *Endpoint
	*connection
	view map[string]string // what contacts are shown as
	told []string          // every line
}

// home puts the shard of a handle on a node.
func (w *world) home(handle, node string) {
	w.t.Helper()
	for _, other := range w.nodes {
		for _, p := range other.hub.All() {
			if p.Handle != handle && cluster.ShardOf(p.Handle) == cluster.ShardOf(handle) {
				w.t.Fatalf("%s and %s are in the same shard", handle, p.Handle)
			}
		}
	}
	w.owned.set(handle, node, "")
}

// come signs somebody in at a node that it is at home on from now on.
func (w *world) come(handle, node string, status msnp.Status) *user {
	w.t.Helper()
	w.settle()
	w.home(handle, node)
	u := &user{w: w, handle: handle, name: msnp.Encoded(handle), view: make(map[string]string)}
	u.signIn(node)
	u.set(status)
	return u
}

func (u *user) signIn(node string) {
	u.w.t.Helper()
	u.at = u.w.nodes[node]
	u.connection = new(connection)
	u.e = &Endpoint{Version: msnp.MSNP7, Session: u.connection, Since: time.Now()}
	p, _, err := u.at.hub.SignIn(u.handle, u.name, u.e)
	if err != nil {
		u.w.t.Fatal(err)
	}
	u.p = p
	u.p.Load(u.e, u.w.lists.read(u.handle))
	u.e.BeginSync()(true)
	u.view = make(map[string]string)
}

// set is CHG.
func (u *user) set(status msnp.Status) {
	first := !u.e.Arrived()
	u.p.SetStatus(u.e, status)
	if first {
		u.p.Contacts(u.e, 1, false)
		u.p.Ready(u.e)
	}
}

// rename is REA of oneself.
func (u *user) rename(name msnp.Encoded) {
	u.name = name
	u.p.SetName(name)
}

// leave is the end of the connection.
func (u *user) leave() { u.p.Detach(u.e) }

// add is ADD FL. The client shows a new contact as offline.
func (u *user) add(contact string) {
	u.see()
	delete(u.view, contact)
	u.w.lists.edit(u.handle, func(p *roster.Privacy) { p.Set(contact, roster.Forward) })
	u.w.lists.edit(contact, func(p *roster.Privacy) { p.Set(u.handle, roster.Reverse) })
	u.p.Edit(contact, func(p *roster.Privacy) { p.Set(contact, roster.Forward) }, false)
	u.at.hub.Reverse(contact, u.handle, true)
	u.p.Contact(u.e, 2, contact, false)
	u.at.hub.Tell(contact, msnp.Added{List: msnp.ReverseList, Version: 5, Handle: u.handle, Name: u.p.Name(), Group: msnp.NoGroup})
}

// rem is REM FL. What the client was shown of the contact it forgets.
func (u *user) rem(contact string) {
	u.w.lists.edit(u.handle, func(p *roster.Privacy) { p.Clear(contact, roster.Forward) })
	u.w.lists.edit(contact, func(p *roster.Privacy) { p.Clear(u.handle, roster.Reverse) })
	u.p.Edit(contact, func(p *roster.Privacy) { p.Clear(contact, roster.Forward) }, false)
	u.at.hub.Reverse(contact, u.handle, false)
	u.at.hub.Tell(contact, msnp.Removed{List: msnp.ReverseList, Version: 6, Handle: u.handle, Group: msnp.NoGroup})
	u.see()
	delete(u.view, contact)
}

// list is ADD or REM of AL or BL.
func (u *user) list(contact string, list roster.Lists, on bool) {
	change := func(p *roster.Privacy) {
		if on {
			p.Set(contact, list)
		} else {
			p.Clear(contact, list)
		}
	}
	u.w.lists.edit(u.handle, change)
	u.p.Edit(contact, change, on && list == roster.Allow)
}

// blp is BLP.
func (u *user) blp(block bool) {
	u.w.lists.edit(u.handle, func(p *roster.Privacy) { p.BlockUnlisted = block })
	u.p.SetDefault(block)
}

// see takes what the client was told into its view.
func (u *user) see() {
	for _, line := range u.take() {
		u.told = append(u.told, line)
		switch w := strings.Fields(line); w[0] {
		case "ILN":
			u.view[w[3]] = w[2] + " " + w[4]
		case "NLN":
			u.view[w[2]] = w[1] + " " + w[3]
		case "FLN":
			delete(u.view, w[1])
		}
	}
}

// sees waits until the client shows these contacts, and no others.
func (u *user) sees(want ...string) {
	u.w.t.Helper()
	var got []string
	for end := time.Now().Add(wait); ; {
		u.see()
		got = got[:0]
		for _, handle := range slices.Sorted(maps.Keys(u.view)) {
			got = append(got, handle+" "+u.view[handle])
		}
		if slices.Equal(got, want) {
			return
		}
		if time.Now().After(end) {
			u.w.t.Fatalf("%s sees %q, want %q; it was told %q", u.handle, got, want, u.told)
		}
		pause()
	}
}

// heard waits until the client has been told a line, and forgets all before.
func (u *user) heard(want string) {
	u.w.t.Helper()
	for end := time.Now().Add(wait); ; {
		u.see()
		if i := slices.Index(u.told, want); i >= 0 {
			u.told = u.told[i+1:]
			return
		}
		if time.Now().After(end) {
			u.w.t.Fatalf("%s was told %q, not %q", u.handle, u.told, want)
		}
		pause()
	}
}

// only waits until the client has been told something, which must be all that it
// was told since the last time.
func (u *user) only(want ...string) {
	u.w.t.Helper()
	if len(want) > 0 {
		for end := time.Now().Add(wait); ; pause() {
			u.see()
			if slices.Contains(u.told, want[len(want)-1]) || time.Now().After(end) {
				break
			}
		}
	}
	u.see()
	if !slices.Equal(u.told, want) {
		u.w.t.Errorf("%s was told %q, want %q", u.handle, u.told, want)
	}
	u.told = nil
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

// handOver moves somebody to another node, as when its shard is handed over. The
// client signs in there.
func (u *user) handOver(to string) {
	u.w.t.Helper()
	u.w.owned.set(u.handle, u.at.ID(), to)
	u.at.hub.Close(cluster.ShardOf(u.handle))
	state, ok := u.p.Leave()
	if !ok {
		u.w.t.Fatalf("%s cannot leave", u.handle)
	}
	if err := u.at.Carry(u.w.t.Context(), to, state); err != nil {
		u.w.t.Fatal(err)
	}
	u.e.Mute()
	u.p.Release()
	u.w.owned.set(u.handle, to, "")
	u.w.nodes[to].hub.Open(cluster.ShardOf(u.handle))
}

// back is the sign-in of a client that was moved.
func (u *user) back() {
	u.w.t.Helper()
	u.see()
	home, _ := u.w.owned.Owner(cluster.ShardOf(u.handle))
	u.signIn(home.Node)
	u.set(u.p.Status())
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
