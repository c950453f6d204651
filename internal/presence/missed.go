package presence

import (
	"context"
	"sync"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
)

// missedLook is how often it is looked whether somebody serves a shard again.
const missedLook = 200 * time.Millisecond

// missed are the shards whose watchers could not be told something, because nobody
// was known to serve them: their node had died, or this one did not hear of it for
// a while. What changed since then is repeated as soon as that is known. A node that
// has taken them over only hears what its clients know already.
type missed struct {
	mu     sync.Mutex
	shards map[uint16]time.Time // since when
	runs   bool
}

// miss notes that a watcher could not be told.
func (h *Hub) miss(watcher string) {
	shard := uint16(cluster.ShardOf(watcher))
	h.missed.mu.Lock()
	defer h.missed.mu.Unlock()
	if _, ok := h.missed.shards[shard]; ok {
		return
	}
	if h.missed.shards == nil {
		h.missed.shards = make(map[uint16]time.Time)
	}
	h.missed.shards[shard] = time.Now()
	if !h.missed.runs {
		h.missed.runs = h.start(h.makeGood)
	}
}

// makeGood repeats what was missed, until nothing is.
func (h *Hub) makeGood(ctx context.Context) {
	for sleep(ctx, missedLook) {
		nodes, more := h.found()
		for node, since := range nodes {
			h.repeatTo(node, time.Since(since))
		}
		if !more {
			return
		}
	}
}

// found gives the nodes that serve shards of which something was missed, and since
// when. It reports whether there are others of which that is not known yet.
func (h *Hub) found() (nodes map[string]time.Time, more bool) {
	h.missed.mu.Lock()
	defer h.missed.mu.Unlock()
	nodes = make(map[string]time.Time)
	for shard, since := range h.missed.shards {
		owner, ok := h.bus.ShardOwner(int(shard))
		switch {
		case !ok && time.Since(since) <= graveSpan:
			continue
		case ok && !owner.Self:
			if earlier, known := nodes[owner.Node]; !known || since.Before(earlier) {
				nodes[owner.Node] = since
			}
		}
		delete(h.missed.shards, shard)
	}
	h.missed.runs = len(h.missed.shards) > 0
	return nodes, h.missed.runs
}
