package cluster

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"
)

// busServer is a NATS server such as an operator would run, that can be stopped
// and started again on the same port.
type busServer struct {
	t    testing.TB
	opts server.Options
	srv  *server.Server
}

// newBusServer starts one that has every shard released.
func newBusServer(t testing.TB) *busServer {
	t.Helper()
	dir, err := released()
	if err != nil {
		t.Fatal(err)
	}
	b := newBlankServer(t)
	if err := os.CopyFS(b.opts.StoreDir, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	b.start()
	return b
}

// newBlankServer makes one that knows of nothing, and is to be started.
func newBlankServer(t testing.TB) *busServer {
	b := &busServer{t: t, opts: server.Options{
		Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(),
	}}
	t.Cleanup(b.stop)
	return b
}

func (b *busServer) start() {
	b.t.Helper()
	opts := b.opts
	srv, err := server.NewServer(&opts)
	if err != nil {
		b.t.Fatal(err)
	}
	srv.Start()
	if !srv.ReadyForConnections(patience) {
		b.t.Fatal("the NATS server is not ready")
	}
	b.srv = srv
	b.opts.Port = srv.Addr().(*net.TCPAddr).Port
}

func (b *busServer) stop() {
	if b.srv == nil {
		return
	}
	b.srv.Shutdown()
	b.srv.WaitForShutdown()
}

// lose has the server come back with nothing of what it stored.
func (b *busServer) lose() { b.opts.StoreDir = b.t.TempDir() }

func (b *busServer) url() string { return fmt.Sprintf("nats://127.0.0.1:%d", b.opts.Port) }

// released is where a NATS server has stored that every shard is released, so
// that nodes need not wait for a lease before they trust that nobody has them.
var released = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "papilio-released")
	if err != nil {
		return "", err
	}
	releasedDir = dir
	srv, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true, JetStream: true, StoreDir: dir,
	})
	if err != nil {
		return "", err
	}
	srv.Start()
	defer srv.WaitForShutdown()
	defer srv.Shutdown()
	return dir, release(srv.ClientURL())
})

var releasedDir string // removed by TestMain

// release writes that every shard is released.
func release(url string) error {
	bus, err := nats.Connect(url)
	if err != nil {
		return err
	}
	defer bus.Close()
	n := &Node{bus: bus, records: bus}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	bucket, err := n.bucket(ctx, shardsBucket)
	if err != nil {
		return err
	}
	var all errgroup.Group
	all.SetLimit(32)
	for shard := range Shards {
		all.Go(func() error {
			for { // servers that are choosing who leads do not answer
				_, err := bucket.Put(ctx, strconv.Itoa(shard), encode(&shardKey{}))
				if !notYet(err) || ctx.Err() != nil {
					return err
				}
				select {
				case <-time.After(secretPause):
				case <-ctx.Done():
				}
			}
		})
	}
	return all.Wait()
}

// wire is a node's way to NATS, which can be cut.
type wire struct {
	t  testing.TB
	ln net.Listener
	to string

	mu    sync.Mutex
	cut   bool
	conns []net.Conn
	// One for each connection, closed when it is to carry nothing any more.
	silences []chan struct{}
}

// newWire leads to the server, as the node at its other end sees it.
func newWire(t testing.TB, b *busServer) *wire {
	t.Helper()
	var config net.ListenConfig
	ln, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{t: t, ln: ln, to: fmt.Sprintf("127.0.0.1:%d", b.opts.Port)}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			all.Go(func() { w.carry(c, &all) })
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		w.sever()
		all.Wait()
	})
	return w
}

func (w *wire) url() string { return "nats://" + w.ln.Addr().String() }

func (w *wire) carry(near net.Conn, all *sync.WaitGroup) {
	var dialer net.Dialer
	far, err := dialer.DialContext(w.t.Context(), "tcp", w.to)
	if err != nil {
		_ = near.Close()
		return
	}
	w.mu.Lock()
	cut := w.cut
	w.conns = append(w.conns, near, far)
	w.mu.Unlock()
	if cut {
		_, _ = near.Close(), far.Close()
		return
	}
	silent := make(chan struct{})
	w.mu.Lock()
	w.silences = append(w.silences, silent)
	w.mu.Unlock()
	all.Go(func() { pass(near, far, silent) })
	all.Go(func() { pass(far, near, silent) })
}

// mute has the connections that there are carry nothing any more.
func (w *wire) mute() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.silences {
		close(c)
	}
	w.silences = nil
}

func pass(to, from net.Conn, silent <-chan struct{}) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		select {
		case <-silent:
			n = 0
		default:
		}
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				break
			}
		}
		if err != nil {
			break
		}
	}
	_, _ = to.Close(), from.Close()
}

// sever cuts the wire, until mend.
func (w *wire) sever() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = true
	for _, c := range w.conns {
		_ = c.Close()
	}
	w.conns = nil
}

func (w *wire) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = false
}

// keptHolder is a Holder that remembers what it was told. It serves nobody, so
// that it has everybody moved at once, unless a test says otherwise.
type keptHolder struct {
	t    testing.TB
	node *Node
	move func(ctx context.Context, shard int, to Member) error // may be nil

	watched func(shard int) // looks after a shard that was just taken; may be nil

	mu     sync.Mutex
	has    map[int]How
	handed map[int]string
	kept   []int
	lost   []int
	dead   []int // of ShardsLost
	fences int
	gaps   []time.Duration
	moving map[int]bool
}

func (h *keptHolder) Took(shard int, how How) {
	h.mu.Lock()
	watched := h.watched
	h.mu.Unlock()
	if watched != nil {
		watched(shard)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, again := h.has[shard]; again {
		h.t.Errorf("%s took shard %d twice", h.node.ID(), shard)
	}
	h.has[shard] = how
}

func (h *keptHolder) HandOver(ctx context.Context, shard int, to Member) error {
	owner, ok := h.node.ShardOwner(shard)
	if ok && (!owner.Self || owner.Next != to.Node || owner.NextAddress != to.Addresses[RoleNotification]) {
		h.t.Errorf("shard %d is being handed to %s, its owner is %+v", shard, to.Node, owner)
	}
	h.mu.Lock()
	if h.moving[shard] {
		h.t.Errorf("shard %d is being handed over twice", shard)
	}
	h.moving[shard] = true
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.moving, shard)
	}()
	if h.move == nil {
		return nil
	}
	return h.move(ctx, shard, to)
}

func (h *keptHolder) Handed(shard int, to Member) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, had := h.has[shard]; !had || h.moving[shard] {
		h.t.Errorf("%s handed over shard %d: had it %v, still at it %v", h.node.ID(), shard, had, h.moving[shard])
	}
	delete(h.has, shard)
	h.handed[shard] = to.Node
}

func (h *keptHolder) Kept(shard int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.moving[shard] {
		h.t.Errorf("shard %d is kept while it is being handed over", shard)
	}
	h.kept = append(h.kept, shard)
}

func (h *keptHolder) Lost(shard int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.has, shard)
	h.lost = append(h.lost, shard)
}

func (h *keptHolder) Fence() {
	if h.node.Serving() {
		h.t.Errorf("%s is fenced while it serves", h.node.ID())
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.has)
	h.fences++
}

func (h *keptHolder) ShardsLost(shards []int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dead = append(h.dead, shards...)
}

func (h *keptHolder) BusGap(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.gaps = append(h.gaps, d)
}

// look gives something of what the holder was told.
func look[T any](h *keptHolder, f func() T) T {
	h.mu.Lock()
	defer h.mu.Unlock()
	return f()
}

func (h *keptHolder) count() int { return look(h, func() int { return len(h.has) }) }

// hand is a node of a test, with what holds its shards.
type hand struct {
	*Node
	*keptHolder
}

// crew is the nodes of a test, which share a clock. Time goes by much faster for
// them than it does for others, and much slower while one that could renew its
// lease has not got around to it: so nobody loses a lease because the machine has
// other things to do.
type crew struct {
	t     testing.TB
	clock *handClock

	mu     sync.Mutex
	hands  []*hand
	paused bool
}

func newCrew(t testing.TB) *crew {
	c := &crew{t: t, clock: newHandClock()}
	done := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(2 * time.Millisecond):
			}
			c.clock.advance(c.speed())
		}
	})
	t.Cleanup(func() {
		close(done)
		all.Wait()
	})
	return c
}

// speed is how much time may go by in two milliseconds.
func (c *crew) speed() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.paused {
		return 0
	}
	now := c.clock.now()
	for _, h := range c.hands {
		t := h.keeper.current.Load()
		if t.lease.holds(now) && t.lease.left(now) < h.keeper.length/2 && h.bus.IsConnected() {
			return 500 * time.Microsecond
		}
	}
	return 20 * time.Millisecond
}

// pause has time stand still.
func (c *crew) pause(paused bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paused = paused
}

// pass waits until a time has gone by for the crew.
func (c *crew) pass(d time.Duration) {
	c.t.Helper()
	until := c.clock.now() + d
	eventually(c.t, "time goes by", func() bool { return c.clock.now() >= until })
}

// sign takes on a node with a notification server.
func (c *crew) sign(url, id string, options ...func(*Options)) *hand {
	t := c.t
	t.Helper()
	o := Options{
		Node: id, NATSURL: url, Software: "1.0", clock: c.clock,
		Roles: []Role{RoleNotification}, Advertise: map[Role]string{RoleNotification: id + ".example.test:1864"},
	}
	for _, option := range options {
		option(&o)
	}
	h := &hand{Node: start(t, o)}
	h.keptHolder = &keptHolder{
		t: t, node: h.Node, has: make(map[int]How), handed: make(map[int]string), moving: make(map[int]bool),
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hands = append(c.hands, h)
	return h
}

// activate has hands take their share.
func activate(t testing.TB, hands ...*hand) {
	t.Helper()
	for _, h := range hands {
		if err := h.Activate(t.Context(), h.keptHolder); err != nil {
			t.Fatal(err)
		}
	}
}

// unharmed checks that nothing was taken from the hands.
func unharmed(t testing.TB, hands ...*hand) {
	t.Helper()
	for _, h := range hands {
		h.keptHolder.mu.Lock()
		if h.fences+len(h.lost)+len(h.dead) > 0 {
			t.Errorf("%s: %d fences, lost %v, dead %v", h.ID(), h.fences, h.lost, h.dead)
		}
		h.keptHolder.mu.Unlock()
	}
}

// eventually waits until something is so.
func eventually(t testing.TB, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); {
		if time.Now().After(end) {
			t.Fatalf("it did not come about that %s", what)
		}
		wait(t, 40*time.Millisecond)
	}
}

// wait lets a moment pass.
func wait(t testing.TB, d time.Duration) {
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}

// inPlace waits until every shard is where it should be, for all that look at
// it, and everybody has been told.
func inPlace(t testing.TB, hands []*hand, others ...*Node) {
	t.Helper()
	inPlaceBy(t, func() {}, hands, others...)
}

// inPlaceBy does something before each look.
func inPlaceBy(t testing.TB, step func(), hands []*hand, others ...*Node) {
	t.Helper()
	var ids []string
	for _, h := range hands {
		ids = append(ids, h.ID())
		others = append(others, h.Node)
	}
	slices.Sort(ids)
	targets := Targets(ids)
	complaint := ""
	defer func() {
		if t.Failed() {
			t.Log(complaint)
		}
	}()
	eventually(t, fmt.Sprintf("each shard is on its own of %v", ids), func() bool {
		step()
		total := 0
		for _, h := range hands {
			total += h.count()
			if got := h.Stats().Owned; got != h.count() {
				complaint = fmt.Sprintf("%s owns %d, was told of %d", h.ID(), got, h.count())
				return false
			}
		}
		if total != Shards {
			complaint = fmt.Sprintf("%d shards have a holder", total)
			return false
		}
		for shard := range Shards {
			want := ids[targets[shard]]
			for _, n := range others {
				owner, ok := n.ShardOwner(shard)
				if !ok || owner.Node != want || owner.Next != "" || owner.Address != want+".example.test:1864" {
					complaint = fmt.Sprintf("%s sees shard %d at %+v %v instead of %s", n.ID(), shard, owner, ok, want)
					return false
				}
			}
		}
		return true
	})
}

// vigil looks whether two nodes own a shard at once: whenever one takes a shard,
// and now and then.
func vigil(t testing.TB, hands ...*hand) {
	look := func(shard int) {
		for i, a := range hands {
			for _, b := range hands[i+1:] {
				if a.owns(shard) && b.owns(shard) && a.owns(shard) { // both at the moment in between
					t.Errorf("shard %d is owned by %s and by %s", shard, a.ID(), b.ID())
				}
			}
		}
	}
	for _, h := range hands {
		h.keptHolder.mu.Lock()
		h.watched = look
		h.keptHolder.mu.Unlock()
	}
	done := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(50 * time.Millisecond):
			}
			for shard := range Shards {
				look(shard)
			}
		}
	})
	t.Cleanup(func() {
		close(done)
		all.Wait()
	})
}

// owns reports whether a node answers for a shard, and is not handing it over.
func (h *hand) owns(shard int) bool {
	owner, ok := h.ShardOwner(shard)
	return ok && owner.Self && owner.Next == "" && h.Serving()
}
