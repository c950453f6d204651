package notification

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/msnp"
)

// agreeing makes the nodes agree on who owns what among themselves, by leases.
func agreeing(w *world) {
	w.owners = nil
	w.lease = time.Second
}

// owns waits until a node owns so many shards, and hands over none.
func (n *node) owns(t testing.TB, what string, enough func(shards int) bool) {
	t.Helper()
	eventually(t, n.name+" owns "+what, func() bool {
		s := n.node.Stats()
		return enough(s.Owned) && s.Moving == 0
	})
}

func all(shards int) bool  { return shards == cluster.Shards }
func none(shards int) bool { return shards == 0 }
func some(shards int) bool { return shards > 0 && shards < cluster.Shards }

// follower is a client that goes where it is referred to, and does nothing else.
type follower struct {
	name    string
	version msnp.Version
	mu      sync.Mutex
	on      *peer
	moves   int
	heard   []string // what it should not have
	ended   chan struct{}
	moving  atomic.Bool // is between two nodes
	stop    atomic.Bool
}

func follow(t *testing.T, n *node, name string, v msnp.Version) *follower {
	f := &follower{name: name, version: v, on: n.signIn(t, name, v), ended: make(chan struct{})}
	f.on.show("BSY", "BSY")
	go f.run(t)
	t.Cleanup(f.leave)
	return f
}

func (f *follower) leave() {
	f.stop.Store(true)
	f.mu.Lock()
	_ = f.on.Close()
	f.mu.Unlock()
	<-f.ended
}

func (f *follower) run(t *testing.T) {
	defer close(f.ended)
	for {
		line, err := f.on.line()
		words := strings.Fields(line)
		switch {
		case f.stop.Load():
			return
		case err != nil:
			f.note(fmt.Sprint("the end: ", err))
			return
		case len(words) < 4 || words[0] != "XFR":
			f.note(line)
			continue
		}
		f.moving.Store(true)
		old := f.on
		next := begin(t, words[3], f.name, f.version)
		next.prove(f.name, next.initial(f.name))
		next.welcomed(f.name)
		next.show("NLN", "BSY")
		f.mu.Lock()
		f.on, f.moves = next, f.moves+1
		f.mu.Unlock()
		_ = old.Close()
		f.moving.Store(false)
	}
}

func (f *follower) note(what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.heard = append(f.heard, what)
}

// Nodes join, are drained and leave: every client is where its account is, those
// whose account has not moved have not either, and nobody has noticed.
func TestNodesComeAndGo(t *testing.T) {
	w := newWorld(t, []string{"a"}, agreeing)
	a := w.nodes["a"]
	a.owns(t, "everything", all)
	var followers []*follower
	w.people("watcher")
	for i := range 24 {
		name := fmt.Sprintf("f%d", i)
		w.people(name)
		w.befriend("watcher", name)
		followers = append(followers, follow(t, a, name, versions[i%len(versions)]))
	}
	watcher := a.signIn(t, "watcher", msnp.MSNP5)
	watcher.send("CHG 4 HDN")
	watcher.expect("CHG 4 HDN")
	for range followers {
		watcher.expect("ILN 4 BSY *")
	}
	watcher.expect("MSG Hotmail Hotmail *")

	t.Log("another node comes")
	b := w.start("b")
	b.owns(t, "its share", some)
	a.owns(t, "its share", some)
	w.settled(followers)
	moved := 0
	for _, f := range followers {
		owner, ok := a.node.Owner(at(f.name))
		if !ok {
			t.Fatalf("nobody owns %s", f.name)
		}
		want := map[string]int{"a": 0, "b": 1}[owner.Node]
		eventually(t, fmt.Sprintf("%s, on %s, was moved %d times", f.name, owner.Node, want), func() bool { return f.count() == want })
		moved += want
	}
	if moved == 0 {
		t.Error("nobody was moved")
	}

	t.Log("the first is drained")
	if err := a.node.Drain(0); err != nil {
		t.Fatal(err)
	}
	a.owns(t, "nothing", none)
	b.owns(t, "everything", all)
	w.settled(followers)
	if n := len(a.hub.All()); n != 0 {
		t.Errorf("%d are left on it", n)
	}

	t.Log("and given its share again")
	if err := a.node.Undrain(); err != nil {
		t.Fatal(err)
	}
	a.owns(t, "its share", some)
	b.owns(t, "its share", some)
	w.settled(followers)
	for _, f := range followers {
		f.mu.Lock()
		if len(f.heard) > 0 {
			t.Errorf("%s heard %q", f.name, f.heard)
		}
		f.mu.Unlock()
	}
}

func (f *follower) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.moves
}

// settled waits until every client is on the node that owns its account.
func (w *world) settled(followers []*follower) {
	w.t.Helper()
	for _, f := range followers {
		eventually(w.t, f.name+" is where it belongs", func() bool {
			for _, n := range w.nodes {
				p := n.hub.Find(at(f.name))
				owner, ok := n.node.Owner(at(f.name))
				if here := ok && owner.Self && owner.Next == ""; here != (p != nil && p.Endpoint() != nil && p.Endpoint().Arrived()) {
					return false
				}
			}
			return !f.moving.Load()
		})
	}
}

// A node dies: whoever comes to another one waits until that has taken its place,
// and is let in there.
func TestNodeDies(t *testing.T) {
	w := newWorld(t, []string{"a", "b"}, agreeing)
	a, b := w.nodes["a"], w.nodes["b"]
	a.owns(t, "its share", some)
	b.owns(t, "its share", some)
	name := ""
	for i := 0; name == ""; i++ {
		if owner, ok := a.node.Owner(at(fmt.Sprintf("p%d", i))); ok && owner.Node == "b" {
			name = fmt.Sprintf("p%d", i)
		}
	}
	w.people(name)
	p := b.signIn(t, name, msnp.MSNP7)
	p.show("NLN", "NLN")
	if err := b.node.Close(); err != nil { // without a word to the others
		t.Fatal(err)
	}
	wrong := begin(t, a.addr, name, msnp.MSNP7)
	wrong.who(name)
	if words := wrong.words(""); words[0] == "XFR" { // its lease goes on for a while
		wrong = begin(t, a.addr, name, msnp.MSNP7)
		eventually(t, "its lease is over", func() bool { _, ok := a.node.Owner(at(name)); return !ok })
		wrong.who(name)
		wrong.words("USR 2 MD5 S ")
	}
	a.owns(t, "everything", all)
	a.signIn(t, name, msnp.MSNP7).show("NLN", "NLN")
}

// The bus is gone: sessions stay until the lease has ended, and are then closed
// without a word. Newcomers are told that the server is unavailable. When the bus
// is back, so is the node.
func TestFence(t *testing.T) {
	store := t.TempDir()
	bus := startBus(t, store, -1)
	w := newWorld(t, []string{"a"}, agreeing, func(w *world) { w.url = bus.ClientURL() })
	a := w.nodes["a"]
	a.owns(t, "everything", all)
	w.people("ada", "bea")
	w.befriend("ada", "bea")
	ada, bea := a.signIn(t, "ada", msnp.MSNP7), a.signIn(t, "bea", msnp.Beta2)
	ada.show("NLN", "NLN")
	bea.show("NLN", "NLN", "NLN "+at("ada")+" ada")
	ada.expect("NLN NLN " + at("bea") + " bea")
	between := begin(t, a.addr, "ada", msnp.MSNP5)
	salt := between.initial("ada")

	port := bus.Addr().(*net.TCPAddr).Port
	bus.Shutdown()
	bus.WaitForShutdown()
	ada.quiet()
	ada.closed()
	bea.closed()
	between.send("USR 3 MD5 S " + msnp.MD5Response(salt, "secret"))
	between.closed()
	late := begin(t, a.addr, "ada", msnp.MSNP5)
	late.who("ada")
	late.expect("601 2")
	late.closed()
	if n := len(a.hub.All()); n != 0 {
		t.Errorf("%d are still known", n)
	}

	startBus(t, store, port)
	a.owns(t, "everything", all)
	a.signIn(t, "ada", msnp.MSNP7).show("NLN", "NLN")
}

func startBus(t *testing.T, dir string, port int) *server.Server {
	t.Helper()
	srv, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true, JetStream: true, StoreDir: dir,
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
	return srv
}

// Shutting down where there is another node: who could not be referred is closed
// without OUT SSD, which some clients never come back from.
func TestShutdownOfOneOfTwo(t *testing.T) {
	w := newWorld(t, []string{"a", "b"}, agreeing)
	a, b := w.nodes["a"], w.nodes["b"]
	a.owns(t, "its share", some)
	b.owns(t, "its share", some)
	name := ""
	for i := 0; name == ""; i++ {
		if owner, ok := a.node.Owner(at(fmt.Sprintf("p%d", i))); ok && owner.Node == "b" {
			name = fmt.Sprintf("p%d", i)
		}
	}
	w.people(name)
	p := b.signIn(t, name, msnp.MSNP7)
	p.show("NLN", "NLN")
	b.stop()
	p.closed()
}
