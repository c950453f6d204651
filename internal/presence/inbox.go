package presence

import (
	"sync"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
)

// inboxSpan is for how long it is remembered what another node has sent, which is
// longer than it would send that again.
const inboxSpan = 4 * patience

// inbox remembers which edits of other nodes were done, so that one which is sent
// again, because the answer was lost, is not done again.
type inbox struct {
	mu   sync.Mutex
	done map[source]mark

	latestMu sync.Mutex
	latest   recent // edits of who is on somebody's reverse list
}

// latest reports whether an edit of the reverse list is later than those before
// it about the same two. One that comes from a node where the contact was before
// may be late, and must not undo what the contact has done since.
func (h *Hub) latest(handle, contact string, number uint64) bool {
	b := &h.inbox
	b.latestMu.Lock()
	defer b.latestMu.Unlock()
	key := h.order.hash(handle + " " + contact)
	if b.latest.last(key, inboxSpan) >= number {
		return false
	}
	b.latest.set(key, number)
	return true
}

type source struct {
	node  string
	shard uint16
}

type mark struct {
	number uint64
	at     time.Time
}

// edited does edits that another node has sent. The lock is held meanwhile: those
// that are sent again must not overtake themselves.
func (h *Hub) edited(edits cluster.Edits) cluster.EditsAnswer {
	var answer cluster.EditsAnswer
	var told []*Endpoint
	size := 0
	from := source{edits.From, edits.Shard}
	h.inbox.mu.Lock()
	done := h.inbox.done[from].number
	for i := range edits.Edits {
		e := &edits.Edits[i]
		if e.Number > done || e.Kind == cluster.EditAsked {
			r := h.apply(e)
			if !r.done {
				answer.Elsewhere = r.node
				break
			}
			told = append(told, r.told...)
			if e.Kind == cluster.EditAsked {
				answer.Shown = append(answer.Shown, r.shown)
				size += r.shown.Size()
			}
		}
		answer.Done = e.Number
		if size > maxAnswer {
			break // what is left is sent again
		}
	}
	h.inbox.note(from, max(done, answer.Done))
	h.inbox.mu.Unlock()
	flushAll(told)
	return answer
}

// note remembers what was done, and forgets what is old.
func (b *inbox) note(from source, number uint64) {
	now := time.Now()
	if b.done == nil {
		b.done = make(map[source]mark)
	}
	if _, known := b.done[from]; !known && len(b.done) >= cluster.Shards {
		for other, m := range b.done {
			if now.Sub(m.at) > inboxSpan {
				delete(b.done, other)
			}
		}
	}
	b.done[from] = mark{number, now}
}
