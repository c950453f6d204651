package presence

import (
	"sync/atomic"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/roster"
)

// inherited is when the node that had served a shard was lost, by the hub's age; 0
// if that never was.
type inherited [cluster.Shards]atomic.Uint32

// Inherit notes that the node which served some shards is gone, and with it what it
// had told last, or not yet, of the people in them. Their watchers may see them as
// they were; so those who come back within the grace are shown anew to everybody,
// also to those who are to see nothing of them.
func (h *Hub) Inherit(shards ...int) {
	for _, shard := range shards {
		h.inherited[shard].Store(h.age())
	}
}

// inheritedLately reports whether watchers may see people of a shard as they were
// on a node that was lost.
func (h *Hub) inheritedLately(shard uint16) bool {
	at := h.inherited[shard].Load()
	return at != 0 && h.age()-at <= uint32(h.grace/ageUnit)+1 // a grace is seconds
}

// tellEverybody is tellWatchers that also tells those who may not see the principal
// that it is offline.
func (p *Principal) tellEverybody() []*Endpoint {
	p.count(cluster.AboutAll)
	shown, hidden := p.fan(p.shown(), cluster.AboutAll), p.fan(p.hidden(), cluster.AboutAll)
	for e := range p.lists.All(roster.Reverse) {
		if roster.CanSee(&p.lists, e.Handle) {
			shown.tell(e.Handle)
		} else {
			hidden.tell(e.Handle)
		}
	}
	return append(shown.send(), hidden.send()...)
}
