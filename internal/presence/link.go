package presence

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
)

// Bounds of what goes to another node. What waits for a node that takes nothing
// is dropped at its bound, and made good when it takes something again.
const (
	maxParcels = 256 << 10 // octets in one message
	maxLink    = 32 << 20  // octets that wait
)

// link is the way to the hub of another node. Parcels are queued under the locks
// of principals, which keeps their order, and sent without any.
type link struct {
	hub  *Hub
	node string

	mu      sync.Mutex
	waiting []cluster.Packed
	size    int
	oldest  time.Time // when the first of them came
	sending bool
	gap     time.Time // from when on parcels were lost, zero if none were
}

// link gives the way to a node.
func (h *Hub) link(node string) *link {
	h.linksMu.Lock()
	defer h.linksMu.Unlock()
	l := h.links[node]
	if l == nil {
		l = &link{hub: h, node: node}
		h.links[node] = l
	}
	return l
}

// push queues a parcel.
func (l *link) push(packed cluster.Packed) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		l.oldest = time.Now()
	}
	l.waiting = append(l.waiting, packed)
	if l.size += packed.Size(); l.size > maxLink {
		l.drop()
	}
	if !l.sending {
		l.sending = l.hub.startLast(l.send)
	}
}

// drop loses what waits but the last, and notes since when. When that has gone
// out, what was lost is repeated.
func (l *link) drop() {
	if l.gap.IsZero() {
		l.gap = l.oldest
		l.hub.log.Warn("presence for a node was lost, and will be repeated", slog.String("node", l.node))
	}
	last := l.waiting[len(l.waiting)-1]
	l.waiting, l.size = []cluster.Packed{last}, last.Size()
}

// send sends what waits until nothing does.
func (l *link) send(context.Context) {
	for batch := l.next(); batch != nil; batch = l.next() {
		if err := l.hub.bus.Notify(l.node, batch...); err != nil {
			l.failed(err)
			continue
		}
		if gap := l.healed(); !gap.IsZero() {
			l.hub.repeatTo(l.node, time.Since(gap))
		}
	}
}

// next takes what goes into one message.
func (l *link) next() []cluster.Packed {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, size := 0, 0
	for ; n < min(len(l.waiting), cluster.MaxNotices); n++ {
		more := l.waiting[n].Size()
		if n > 0 && size+more > maxParcels {
			break
		}
		size += more
	}
	if n == 0 {
		l.sending, l.waiting = false, nil
		return nil
	}
	batch := l.waiting[:n:n]
	l.waiting, l.size = l.waiting[n:], l.size-size
	return batch
}

func (l *link) failed(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gap.IsZero() {
		l.gap = l.oldest
		l.hub.log.Warn("presence could not be sent to a node, and will be repeated",
			slog.String("node", l.node), slog.Any("error", err))
	}
}

// healed gives from when on parcels were lost, now that one went out.
func (l *link) healed() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	gap := l.gap
	l.gap = time.Time{}
	return gap
}
