package cluster

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// buckets are the handles of nodesBucket and shardsBucket.
type buckets [2]jetstream.KeyValue

func (b *buckets) nodes() jetstream.KeyValue  { return b[0] }
func (b *buckets) shards() jetstream.KeyValue { return b[1] }

// keeper keeps up the membership of a node among others: its own lease, what is
// known of the other nodes, and who owns which shard. What it knows is changed
// on one goroutine alone, loop; whatever has to wait for NATS or for other
// nodes does so elsewhere and comes back with a function for loop to run.
type keeper struct {
	node   *Node
	clock  clock
	length time.Duration // of this node's lease
	log    *slog.Logger

	todo    chan func()
	ended   chan struct{}  // loop has returned
	workers sync.WaitGroup // everything but loop
	watch   *watch
	teller  *teller
	buckets atomic.Pointer[buckets]
	written written        // what the others can know of this node
	soon    chan struct{}  // holds one: the lease is to be renewed at once
	left    chan struct{}  // closed when the node is to leave for good
	busAway atomicDuration // since when there is no connection for messages; 0 if there is

	// Read by anybody, without waiting.
	current  atomic.Pointer[tenure] // the last one that began, maybe over
	holdings [Shards]atomic.Pointer[holding]
	owned    [Shards]bell             // somebody serves the shard who did not before
	roll     atomic.Pointer[[]listed] // the other nodes, by id
	wanted   atomic.Pointer[[Shards]string]
	changed  bell
	counts   counts

	// Owned by loop.
	tenure *tenure // nil while fenced, or not in yet
	past   map[string]bool
	own    ownRecord
	peers  map[string]*peer
	slots  [Shards]slot
	moves  map[int]*move

	longest    time.Duration // the longest lease that any node has had
	live       bool          // the watch shows all there is
	blindness  error         // why not
	gap        time.Duration // since when messages may be missing; 0 if none
	nodesEra   uint64
	nodesSeq   uint64        // up to where nodesBucket was seen
	nodesSince time.Duration // when its present life was first seen
	shardsEra  uint64
	shardsSeq  uint64
	shardsFrom time.Duration // as nodesSince
	echoes     []renewal     // own renewals that the watch has not shown yet
	echoed     time.Duration // when the last one that it has shown was sent

	eligible []string      // the nodes that targets were made of
	retarget time.Duration // when to make them anew; 0 if there is no need
	claiming int           // attempts to take shards that are under way
	again    bool          // all shards are to be looked at anew
	claimed  int           // up to where that was done for taking them
	handed   int           // and for handing them over
	leaving  bool

	lost  []int         // shards to tell the holder of
	tally tally         // what is to be logged as one line
	tend  time.Duration // when to look after the buckets next
	moved bool          // something changed that somebody may wait for
}

// listed is another node as anybody here may see it.
type listed struct {
	Member
	lease *lease
}

// renewal is one of this node's that NATS has acknowledged.
type renewal struct {
	revision uint64
	sent     time.Duration
}

// counts are what Stats tells.
type counts struct {
	owned, moving                                       atomic.Int64
	took, tookLost, handed, kept, lost, fences, busGaps atomic.Uint64
}

func newKeeper(n *Node, o Options) *keeper {
	k := &keeper{
		node: n, clock: o.clock, length: o.Lease, longest: o.Lease, log: o.Log,
		todo: make(chan func()), ended: make(chan struct{}), teller: newTeller(),
		soon: make(chan struct{}, 1), left: make(chan struct{}),
		past: make(map[string]bool), peers: make(map[string]*peer), moves: make(map[int]*move),
	}
	if k.clock == nil {
		k.clock = steadyClock{time.Now()}
	}
	k.watch = &watch{keeper: k, again: make(chan string, 1), doubt: make(chan struct{}, 1)}
	go k.loop(n.life)
	return k
}

// start joins, and sees to it that the node stays joined until it is closed.
func (k *keeper) start(ctx context.Context) error {
	k.workers.Go(func() { k.watch.run(k.node.life) })
	k.workers.Go(func() { k.teller.run(k.node.heldBy, k.node.life.Done()) })
	if err := k.firstView(ctx); err != nil {
		return err
	}
	t, err := k.join(ctx, true)
	if err != nil {
		return err
	}
	k.workers.Go(func() { k.stay(k.node.life, t) })
	return nil
}

// wait returns when nothing of the keeper runs any more. The node's life has to
// be over, and its connection closed.
func (k *keeper) wait() {
	k.workers.Wait()
	<-k.ended
}

// loop runs what changes the keeper, and then acts on what changed.
func (k *keeper) loop(ctx context.Context) {
	defer close(k.ended)
	pause := min(max(k.length/40, 5*time.Millisecond), 250*time.Millisecond)
	tick, stop := k.clock.after(pause)
	defer func() { stop() }()
	for {
		select {
		case f := <-k.todo:
			f()
			k.rest()
		case <-tick:
			k.again = true
			tick, stop = k.clock.after(pause)
		case <-ctx.Done():
			k.end()
			return
		}
		k.act() //nolint:contextcheck // what it begins lasts as long as the tenure
	}
}

// rest runs what else waits to be run, so that much that happens at once is
// acted on once.
func (k *keeper) rest() {
	for range 1000 {
		select {
		case f := <-k.todo:
			f()
		default:
			return
		}
	}
}

// act does what is due.
func (k *keeper) act() {
	now := k.clock.now()
	if k.tenure != nil && !k.tenure.lease.holds(now) {
		k.fence("its lease has ended")
	}
	k.watchPeers(now)
	if k.live {
		k.choose(now)
	}
	if k.live && k.tenure != nil && !k.leaving {
		if k.again {
			k.again, k.claimed, k.handed = false, 0, 0
		}
		k.checkEcho(now)
		k.claimAll(now)
		k.moveAll(now)
		k.tendBuckets(now)
	}
	k.tellLost()
	k.report(now)
	if k.moved {
		k.moved = false
		k.changed.ring()
	}
}

// end lets go of everything when the node is closed.
func (k *keeper) end() {
	if k.tenure != nil {
		k.tenure.lease.finish()
		k.tenure.end()
		k.tenure = nil
	}
	k.changed.ring()
}

// run has loop run f, and does not wait for that. When the node is closed, f is
// dropped.
func (k *keeper) run(f func()) {
	select {
	case k.todo <- f:
	case <-k.node.life.Done():
	}
}

// tell tells the holder, if there is one.
func (k *keeper) tell(f func(Holder)) {
	k.teller.tell(func(h Holder) {
		if h != nil {
			f(h)
		}
	})
}

// call has loop run f and waits until it has. False means that the node was
// closed instead.
func (k *keeper) call(f func()) bool {
	done := make(chan struct{})
	k.run(func() { f(); close(done) })
	select {
	case <-done:
		return true
	case <-k.ended:
		return false
	}
}

// after returns when a time has passed, or something happened that may have
// been waited for, or the context ended.
func (k *keeper) after(ctx context.Context, d time.Duration, changed <-chan struct{}) {
	c, stop := k.clock.after(d)
	defer stop()
	select {
	case <-c:
	case <-changed:
	case <-ctx.Done():
	}
}

// natsPatience is how long something asked of NATS or of a node may take.
const natsPatience = 5 * time.Second

// grace is for how long another node may live on unseen: its lease, and a little
// more, since it measures with another clock and may be just about to send.
func (k *keeper) grace() time.Duration { return k.longest + k.longest/20 }

// jitter is a random time below d, so that the nodes do not all do the same at
// once.
func jitter(d time.Duration) time.Duration {
	return rand.N(max(d, 1)) //nolint:gosec // nobody gains from guessing it
}
