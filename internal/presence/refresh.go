package presence

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/roster"
)

// refreshers is for how many watchers others are asked at once.
const refreshers = 16

// lostShards are those whose people are to be looked at again. The shards of a
// node that has died are taken one after another; they wait for each other, so
// that each watcher's contacts are asked for once, and not once for each shard.
type lostShards struct {
	mu      sync.Mutex
	since   map[int]time.Time
	waiting bool // somebody waits until they are due
}

// Refresh has contacts in shards whose node has died shown as what their new
// nodes know of them, once their clients have had the time to come back.
func (h *Hub) Refresh(shards []int) {
	h.order.forget(shards...)
	h.Inherit(shards...)
	l := &h.lost
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.since == nil {
		l.since = make(map[int]time.Time)
	}
	for _, shard := range shards {
		l.since[shard] = time.Now()
	}
	if !l.waiting {
		l.waiting = h.start(h.refreshLost)
	}
}

func (h *Hub) refreshLost(ctx context.Context) {
	for wait := h.grace; wait > 0 && sleep(ctx, wait+h.grace/10); {
		var due *[cluster.Shards]bool
		due, wait = h.lost.due(h.grace)
		h.refresh(ctx, due)
	}
}

// due takes out those that were lost a grace ago, and tells in how long the next
// one will be; 0 if there is none.
func (l *lostShards) due(grace time.Duration) (due *[cluster.Shards]bool, next time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	due = new([cluster.Shards]bool)
	for shard, since := range l.since {
		switch left := grace - time.Since(since); {
		case left <= 0:
			due[shard] = true
			delete(l.since, shard)
		case next == 0 || left < next:
			next = left
		}
	}
	l.waiting = next > 0
	return due, next
}

func (h *Hub) refresh(ctx context.Context, lost *[cluster.Shards]bool) {
	var g errgroup.Group
	g.SetLimit(refreshers)
	for _, p := range h.All() {
		contacts := p.contactsIn(lost)
		if len(contacts) == 0 {
			continue
		}
		g.Go(func() error {
			p.look(ctx, contacts, true)
			return nil
		})
	}
	_ = g.Wait() // there are no errors
}

func (p *Principal) contactsIn(lost *[cluster.Shards]bool) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var contacts []string
	for e := range p.lists.All(roster.Forward) {
		if lost[cluster.ShardOf(e.Handle)] {
			contacts = append(contacts, e.Handle)
		}
	}
	return contacts
}

// look tells the client anew what contacts are shown as, including those who are
// offline if it is thorough.
func (p *Principal) look(ctx context.Context, contacts []string, thorough bool) {
	e := p.Endpoint()
	if e == nil || !e.Arrived() {
		return
	}
	g := p.gather(e, 0, true)
	g.thorough = thorough
	for _, q := range g.sort(contacts) {
		g.ask(ctx, q)
	}
	e.Session.Flush()
}
