package presence

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// Grace is how long a principal that was moved, or whose place was taken, is
// shown as it was before its watchers are told that it has left.
const Grace = 30 * time.Second

// How many may wait for principals on the move, for one of them and for all.
// Waiting takes up what serves others, and anybody can have themselves moved.
const (
	maxWaitingEach = 8
	maxWaiting     = 64
)

// ErrElsewhere says that an account is not to be signed in here: ask for its
// home again, and send the client there.
var ErrElsewhere = errors.New("presence: the account is at home on another node")

// Options are what a Hub is made of. All may be left out.
type Options struct {
	// Grace is how long a principal on the move is waited for; 0 means [Grace].
	Grace time.Duration
	// Bus leads to the hubs of other nodes. Without one there are none.
	Bus Bus
	// Lists reads the lists of an account, for a principal that comes here
	// from another node. Without it none can.
	Lists func(ctx context.Context, handle string) (roster.Privacy, error)
	Log   *slog.Logger
}

// Hub holds the principals that are signed in on this node.
type Hub struct {
	grace   time.Duration
	bus     Bus
	lists   func(ctx context.Context, handle string) (roster.Privacy, error)
	log     *slog.Logger
	began   time.Time
	clock   clock
	order   *order
	company atomic.Bool // another node has had something to say
	tasks   *tasks
	graves  graves
	outbox  outbox
	inbox   inbox
	recalls recalls
	waiting atomic.Int32 // calls of Wait that wait

	inherited inherited
	missed    missed
	lost      lostShards

	mu         sync.RWMutex
	principals map[string]*Principal
	closed     [cluster.Shards]bool // nobody new is let in

	linksMu sync.Mutex
	links   map[string]*link // by node
}

// NewHub makes an empty hub.
func NewHub(o Options) (*Hub, error) {
	h := &Hub{
		grace:      o.Grace,
		bus:        o.Bus,
		lists:      o.Lists,
		log:        o.Log,
		began:      time.Now(),
		order:      newOrder(),
		tasks:      newTasks(),
		principals: make(map[string]*Principal),
		links:      make(map[string]*link),
	}
	if h.grace == 0 {
		h.grace = Grace
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	return h, h.serve()
}

// Stop ends what the hub does by itself. What others have yet to hear of is sent
// first, until ctx ends. The hub is of no use afterwards, but may be called.
func (h *Hub) Stop(ctx context.Context) { h.tasks.stop(ctx) }

// start runs something in the background until Stop.
func (h *Hub) start(task func(context.Context)) bool { return h.tasks.start(h.tasks.life, task) }

// startLast is start for what others have yet to hear of.
func (h *Hub) startLast(task func(context.Context)) bool { return h.tasks.start(h.tasks.last, task) }

// Next numbers something that is told of an account otherwise than by presence: a
// later thing has a higher number, whichever nodes the two come from.
func (h *Hub) Next() uint64 { return h.clock.next() }

// Find gives the principal of a handle, or nil if it is not signed in here.
func (h *Hub) Find(handle string) *Principal {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.principals[handle]
}

// All lists the principals, in no order.
func (h *Hub) All() []*Principal {
	h.mu.RLock()
	defer h.mu.RUnlock()
	all := make([]*Principal, 0, len(h.principals))
	for _, p := range h.principals {
		all = append(all, p)
	}
	return all
}

// InShard lists the principals whose accounts are in a shard, in no order.
func (h *Hub) InShard(shard int) []*Principal {
	h.mu.RLock()
	defer h.mu.RUnlock()
	var all []*Principal
	for _, p := range h.principals {
		if int(p.shard) == shard {
			all = append(all, p)
		}
	}
	return all
}

// Len counts the principals.
func (h *Hub) Len() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.principals)
}

// Close lets nobody of a shard in who is not here already.
func (h *Hub) Close(shard int) { h.setClosed(shard, true) }

// Open undoes Close.
func (h *Hub) Open(shard int) { h.setClosed(shard, false) }

func (h *Hub) setClosed(shard int, closed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed[shard] = closed
}

// Arrival tells what a sign-in found.
type Arrival struct {
	// Old is the endpoint whose place was taken, or nil. The caller ends it.
	Old *Endpoint
	// Moved says that the principal was on the move, so that it has its state
	// already and nobody is to be told of anything.
	Moved bool
	// Unset says that the state is that of a connection before, whose place was
	// taken by the client: the status is yet to be set.
	Unset bool
	// From is the node that the client was moved here from, if it still has its
	// connection there.
	From string
}

// SignIn makes e the endpoint of a handle. What others are shown stays as it
// was until the new endpoint sets its first status; for a principal that was
// not signed in that is nothing. The caller loads the lists next, see
// [Principal.Load]. The error is [ErrElsewhere] if the account is on its way to
// another node, or not to be let in here.
func (h *Hub) SignIn(handle string, name msnp.Encoded, e *Endpoint) (*Principal, Arrival, error) {
	for {
		p := h.findOrAdd(handle)
		if p == nil {
			return nil, Arrival{}, ErrElsewhere
		}
		arrival, err := p.attach(name, e)
		switch {
		case err == nil:
			return p, arrival, nil
		case errors.Is(err, ErrElsewhere):
			return nil, Arrival{}, err
		}
	}
}

// findOrAdd gives nil for somebody who is not here and may not come.
func (h *Hub) findOrAdd(handle string) *Principal {
	shard := cluster.ShardOf(handle)
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.principals[handle]
	if p == nil && !h.closed[shard] {
		p = h.add(handle, shard)
	}
	return p
}

// add is called with the lock held.
func (h *Hub) add(handle string, shard int) *Principal {
	p := &Principal{Handle: handle, hub: h, shard: uint16(shard), came: h.age(), seq: h.clock.next()} // below cluster.Shards
	h.principals[handle] = p
	return p
}

func (h *Hub) remove(p *Principal) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.principals[p.Handle] == p {
		delete(h.principals, p.Handle)
	}
}

// Wait gives the endpoint of a handle that can be called: one that is
// [Principal.Ready]. For a principal on the move it waits until its client is
// back, at most until ctx ends. It gives nil if there is nobody to wait for, or
// if many wait already.
func (h *Hub) Wait(ctx context.Context, handle string) *Endpoint {
	for {
		p := h.Find(handle)
		if p == nil {
			return nil
		}
		e, back := p.awaited()
		if e != nil || back == nil {
			return e
		}
		select {
		case <-back:
		case <-ctx.Done():
		}
		p.waited()
		if ctx.Err() != nil {
			return nil
		}
	}
}
