package cluster

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// tenure is one incarnation of this node: from when its record was written to
// when its lease ended.
type tenure struct {
	id    string
	lease lease
	//nolint:containedctx // the life of everything that is done in its name
	ctx    context.Context
	end    context.CancelFunc
	fenced chan struct{} // closed when the holder has let go of everybody
	// frozen: the lease is not prolonged, because NATS has lost what others are
	// to know of this node's shards.
	frozen atomic.Bool
	proved atomicDuration // when the last renewal that NATS acknowledged was sent

	mu       sync.Mutex
	revision uint64 // of its record; 0 if NATS has lost it
	losses   int    // how often it has
}

// at is where its record stands, and how often NATS has lost that.
func (t *tenure) at() (revision uint64, losses int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.revision, t.losses
}

// moveTo notes where its record stands, unless NATS has lost it since.
func (t *tenure) moveTo(revision uint64, losses int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if losses == t.losses {
		t.revision = max(t.revision, revision)
	}
}

// before reports whether its record stood somewhere before a revision.
func (t *tenure) before(revision uint64) bool {
	at, _ := t.at()
	return at < revision
}

// lose notes that NATS has lost its record.
func (t *tenure) lose() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.revision, t.losses = 0, t.losses+1
}

// ownRecord is a record under this node's id that is not the present tenure's.
type ownRecord struct {
	incarnation string // "" if there is none
	member      Member
	revision    uint64
	until       time.Duration // when its lease will have ended
	renewed     bool          // somebody else is renewing it
}

// hearOwn takes note of the record under this node's own id.
func (k *keeper) hearOwn(r nodeRecord, e news, now time.Duration) {
	t := k.tenure
	if t != nil && r.incarnation == t.id {
		_, losses := t.at() // forgetNodes is the one to change that, on this goroutine
		t.moveTo(e.revision, losses)
		k.own = ownRecord{}
		k.matchEchoes()
		return
	}
	if t != nil && t.before(e.revision) && !k.past[r.incarnation] {
		why := "its record was removed"
		if r.incarnation != "" {
			why = "another process has taken its id"
		}
		k.fence(why)
	}
	before := k.own
	k.own = ownRecord{incarnation: r.incarnation, revision: e.revision}
	if r.incarnation != "" && !k.past[r.incarnation] {
		k.longest = max(k.longest, r.lease)
		k.own.member, k.own.until = r.member(e.key), now+k.grace()
		again := before.incarnation == r.incarnation
		k.own.renewed = again && (before.renewed || e.revision > before.revision)
	}
}

// matchEchoes notes which own renewals the watch has shown: up to when they
// were sent, nothing can have been missed.
func (k *keeper) matchEchoes() {
	rest := k.echoes[:0]
	for _, e := range k.echoes {
		if e.revision <= k.nodesSeq {
			k.echoed = max(k.echoed, e.sent)
		} else {
			rest = append(rest, e)
		}
	}
	k.echoes = rest
}

// checkEcho finds out that the watch has stopped bringing what happens.
func (k *keeper) checkEcho(now time.Duration) {
	if len(k.echoes) > 0 && now-k.echoes[0].sent > k.length*2/5 {
		k.echoes = nil
		k.watch.restart("it does not show what this node wrote")
	}
}

// join writes this node's record, once whoever else had its id is gone.
func (k *keeper) join(ctx context.Context, starting bool) (*tenure, error) {
	waiting := false
	for {
		changed := k.changed.next()
		var own ownRecord
		var live bool
		if !k.call(func() { own, live = k.own, k.live }) {
			return nil, ErrClosed
		}
		foreign := own.member.Node != ""
		switch {
		case !live:
		case foreign && own.renewed && starting:
			return nil, fmt.Errorf("another node with the id %s is alive, since %s: every node needs an id of its own",
				k.node.id, own.member.Started.Format(time.RFC3339))
		case foreign && k.clock.now() < own.until:
			if !waiting {
				k.log.WarnContext(ctx, "this node's id is in use, or its last process was killed: waiting until that one's lease ends",
					"node", k.node.id, "at most", k.length)
			}
			waiting = true
		default:
			t, err := k.enter(ctx, own)
			if err == nil {
				return t, nil
			}
			k.log.DebugContext(ctx, "could not write this node's record", "err", err)
		}
		k.after(ctx, k.length/20, changed)
		select {
		case <-k.left:
			return nil, ErrClosed
		case <-ctx.Done():
			return nil, ctx.Err()
		default:
		}
	}
}

// enter begins a tenure by putting its record in the place of what is there.
func (k *keeper) enter(ctx context.Context, own ownRecord) (*tenure, error) {
	t := &tenure{id: newIncarnation(), fenced: make(chan struct{})}
	if !k.call(func() { k.past[t.id] = true }) {
		return nil, ErrClosed
	}
	asked, cancel := context.WithTimeout(ctx, natsPatience)
	defer cancel()
	written, value := k.written.next(), encode(k.node.record(t.id))
	sent := k.clock.now()
	revision, err := put(asked, k.buckets.Load().nodes(), k.node.id, value, own.revision)
	if err != nil {
		return nil, err
	}
	t.revision = revision
	t.lease.extend(sent + k.length)
	t.proved.store(sent)
	t.ctx, t.end = context.WithCancel(k.node.life)
	k.written.done(written)
	k.call(func() {
		if k.leaving {
			t.end()
			return
		}
		k.tenure, k.own = t, ownRecord{}
		k.current.Store(t)
		k.acknowledged(t, revision, sent)
		k.showAll(k.node.id)
		k.moved, k.again = true, true
	})
	return t, nil
}

// put is a compare-and-set, of which the revision 0 says that there must be
// nothing, or what is left of something deleted.
func put(ctx context.Context, b jetstream.KeyValue, key string, value []byte, revision uint64) (uint64, error) {
	if revision == 0 {
		return b.Create(ctx, key, value)
	}
	return b.Update(ctx, key, value, revision)
}

// acknowledged notes that NATS has taken a renewal.
func (k *keeper) acknowledged(t *tenure, revision uint64, sent time.Duration) {
	if at, _ := t.at(); k.tenure != t || at == 0 { // lost with the bucket since
		return
	}
	k.echoes = append(k.echoes, renewal{revision, sent})
	k.matchEchoes()
}

// fence ends the tenure: this node may not answer for anybody any more.
func (k *keeper) fence(why string) {
	t := k.tenure
	k.tenure = nil
	t.lease.finish()
	t.end()
	owned := k.counts.owned.Swap(0)
	k.counts.fences.Add(1)
	if k.node.self.Has(RoleNotification) {
		k.log.Error("lost the bus for longer than the lease: closed all sessions, will come back by itself",
			"why", why, "shards", owned)
	} else {
		k.log.Error("lost the bus for longer than the lease: will come back by itself", "why", why)
	}
	k.teller.tell(func(h Holder) {
		if h != nil {
			h.Fence()
		}
		close(t.fenced)
	})
	k.showAll(k.node.id)
	k.gap, k.echoes, k.moved = 0, nil, true
}
