package presence

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
)

var errRecalled = errors.New("presence: it stays where it was")

// recallSpan is for how long it is known that an attempt to carry somebody here
// was taken back, which is longer than the attempt can be under way.
const recallSpan = time.Minute

// recalls are the attempts that were taken back. That can be heard before the
// attempt itself.
type recalls struct {
	mu   sync.Mutex
	last map[string]recalled // by handle
}

type recalled struct {
	attempt uint64
	at      time.Time
}

func (r *recalls) note(handle string, attempt uint64) {
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	for other, old := range r.last {
		if now.Sub(old.at) > recallSpan {
			delete(r.last, other)
		}
	}
	if r.last == nil {
		r.last = make(map[string]recalled)
	}
	r.last[handle] = recalled{attempt, now}
}

func (r *recalls) has(handle string, attempt uint64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	last, ok := r.last[handle]
	return ok && attempt != 0 && last.attempt >= attempt
}

// recalled forgets a principal that another node could not carry here, as far as
// it knows.
func (h *Hub) recalled(r cluster.Recall) {
	h.recalls.note(r.Handle, r.Attempt)
	if p := h.Find(r.Handle); p != nil {
		p.expel(r.Attempt)
	}
}

// recall tells a node that somebody is not coming.
func (h *Hub) recall(node string, r cluster.Recall) {
	h.startLast(func(ctx context.Context) {
		for a := newAttempts(); ; {
			attempt, cancel := context.WithTimeout(ctx, askTime)
			err := h.bus.Recall(attempt, node, r)
			cancel()
			if err == nil {
				return
			}
			if !a.again(ctx) {
				h.log.WarnContext(ctx, "a node was not told that somebody is not coming",
					slog.String("handle", r.Handle), slog.String("node", node), slog.Any("error", err))
				return
			}
		}
	})
}
