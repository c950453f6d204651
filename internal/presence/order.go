package presence

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/msnp"
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
	// lives count how often the node that serves a shard was lost.
	lives [cluster.Shards]atomic.Uint32

	mu   sync.Mutex
	told recent // of what endpoints were told of somebody
}

// recent keeps numbers for some time.
type recent struct {
	turned      time.Time
	recent, old map[uint64]uint64 // since the last turn, and before
}

// last gives the number of a key, or 0. What is older than span is forgotten some
// time.
func (r *recent) last(key uint64, span time.Duration) uint64 {
	if now := time.Now(); now.Sub(r.turned) > span {
		r.old, r.recent, r.turned = r.recent, nil, now
	}
	if n, ok := r.recent[key]; ok {
		return n
	}
	return r.old[key]
}

func (r *recent) set(key, n uint64) {
	if r.recent == nil {
		r.recent = make(map[uint64]uint64)
	}
	r.recent[key] = n
}

// cameLately reports whether what another node has told of the principal, where it
// was before, may still be under way: then what is told here has to be noted.
func (p *Principal) cameLately() bool {
	return p.hub.company.Load() && time.Duration(p.hub.age()-p.came)*ageUnit <= orderSpan
}

func newOrder() *order { return &order{seed: maphash.MakeSeed()} }

// subject stands for an account here, as long as the node that serves it lives. It
// is never 0.
func (o *order) subject(handle string) uint64 {
	lives := o.lives[cluster.ShardOf(handle)].Load()
	return (o.hash(handle) + uint64(lives)<<33) | 1
}

func (o *order) hash(s string) uint64 { return maphash.String(o.seed, s) }

// personalOf stands for what is personal of an account, which is told by itself and
// has numbers of its own.
func personalOf(subject uint64) uint64 { return subject ^ 0x9e3779b97f4a7c14 }

// tell queues a line for an endpoint that was told nothing as late of the subject,
// or nothing later if it may be told the same again. It reports false if the
// endpoint takes nothing.
func (o *order) tell(subject uint64, e *Endpoint, seq uint64, line []byte, again bool) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	key := subject ^ e.number
	if last := o.last(key); last > seq || last == seq && !again {
		return true
	}
	return o.put(key, e, seq, line)
}

// absent is tell for somebody who is offline, which is not told to an endpoint
// that has heard nothing of them: it takes them for offline.
func (o *order) absent(subject uint64, e *Endpoint, seq uint64, line []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	key := subject ^ e.number
	switch last := o.last(key); {
	case last == 0:
		o.told.set(key, seq)
	case last < seq:
		o.put(key, e, seq, line)
	}
}

// said marks the number of something personal that an endpoint was told of and that
// has not been cleared since. The numbers themselves are far below it.
const said = 1 << 63

// tellPersonal is tell for what is personal. The line is nil if there is nothing to be
// told; then that is noted, so that what is older and comes late, such as that of the
// session before, is not told. If the endpoint was told that already, it is cleared.
func (o *order) tellPersonal(subject uint64, e *Endpoint, s *cluster.Shown, line []byte, again bool) bool {
	if !e.Version.Has(msnp.FeaturePersonalMessages) {
		return true
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	key, seq := personalOf(subject)^e.number, personalAsOf(s)
	told := o.last(key)
	if last := told &^ said; last > seq || last == seq && !again {
		return true
	}
	if line == nil && told&said != 0 && s.Status.Open() {
		line = personalNews(s, e.Version)
	}
	if line != nil && !e.Put(line) {
		return false
	}
	if s.Status.Open() && s.Personal != (msnp.Personal{}) {
		seq |= said
	}
	o.told.set(key, seq)
	return true
}

func (o *order) put(key uint64, e *Endpoint, seq uint64, line []byte) bool {
	if !e.Put(line) {
		return false
	}
	o.told.set(key, seq)
	return true
}

func (o *order) last(key uint64) uint64 { return o.told.last(key, orderSpan) }

// forget begins anew with the accounts in some shards: the numbers of a node that has
// died mean nothing. All others keep their order: much is under way just then.
func (o *order) forget(shards ...int) {
	for _, shard := range shards {
		o.lives[shard].Add(1)
	}
}
