package presence

import (
	"hash/maphash"
	"sync"
	"time"
)

// orderSpan is for how long at least it is known what an endpoint was told. An
// answer or a notice that has been under way for longer is not to be expected.
const orderSpan = 15 * time.Second

// order keeps what endpoints are told by other nodes in the order in which it
// happened. It can come out of order: by an answer and by a notice, from the
// node where an account was and from the one where it is, by a node where the
// watcher was and straight. Whatever comes later than something newer is dropped.
type order struct {
	seed maphash.Seed

	mu     sync.Mutex
	turned time.Time
	recent map[uint64]uint64 // the number of what an endpoint was told of somebody
	older  map[uint64]uint64 // likewise, before the last turn
}

func newOrder() *order {
	return &order{seed: maphash.MakeSeed(), turned: time.Now(), recent: make(map[uint64]uint64)}
}

// subject stands for an account here. It is never 0.
func (o *order) subject(handle string) uint64 { return maphash.String(o.seed, handle) | 1 }

// news queues a line for an endpoint that was told nothing as late of the
// subject. It reports false if the endpoint takes nothing.
func (o *order) news(subject uint64, e *Endpoint, seq uint64, line []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	key := subject ^ e.number
	if o.last(key) >= seq {
		return true
	}
	return o.put(key, e, seq, line)
}

// state is news for the answer to a question, which may be told again.
func (o *order) state(subject uint64, e *Endpoint, seq uint64, line []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	key := subject ^ e.number
	if o.last(key) > seq {
		return true
	}
	return o.put(key, e, seq, line)
}

// absent is state for somebody who is offline, which is not told to an endpoint
// that has heard nothing of them: it takes them for offline.
func (o *order) absent(subject uint64, e *Endpoint, seq uint64, line []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	key := subject ^ e.number
	switch last := o.last(key); {
	case last == 0:
		o.recent[key] = seq
	case last < seq:
		o.put(key, e, seq, line)
	}
}

func (o *order) put(key uint64, e *Endpoint, seq uint64, line []byte) bool {
	if !e.Put(line) {
		return false
	}
	o.recent[key] = seq
	return true
}

func (o *order) last(key uint64) uint64 {
	if now := time.Now(); now.Sub(o.turned) > orderSpan {
		o.older, o.recent, o.turned = o.recent, make(map[uint64]uint64), now
	}
	if seq, ok := o.recent[key]; ok {
		return seq
	}
	return o.older[key]
}

// forget begins anew: the numbers of a node that has died mean nothing.
func (o *order) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.recent, o.older = make(map[uint64]uint64), nil
}
