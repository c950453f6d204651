package presence

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/roster"
)

// refreshers is for how many watchers others are asked at once.
const refreshers = 16

// Refresh has contacts in shards whose node has died shown as what their new
// nodes know of them, once their clients have had the time to come back.
func (h *Hub) Refresh(shards []int) {
	h.order.forget()
	h.Inherit(shards...)
	lost := new([cluster.Shards]bool)
	for _, shard := range shards {
		lost[shard] = true
	}
	h.start(func(ctx context.Context) {
		if sleep(ctx, h.grace) {
			h.refresh(ctx, lost)
		}
	})
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
