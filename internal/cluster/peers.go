package cluster

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// peer is another node that has a record, or had one that NATS lost.
type peer struct {
	Member
	revision uint64 // 0: NATS lost it
	lease    *lease
	length   time.Duration // of that
	late     bool          // its lease has ended; its record is to be removed
	busy     bool          // which is being tried
	tries    int           // has been that often, in vain
	retry    time.Duration // and is not before this
}

func (p *peer) alive(now time.Duration) bool { return p.lease.holds(now) }

// faint reports whether somebody may take it for dead, or is just about to.
func (p *peer) faint(now time.Duration) bool { return p.lease.left(now) < p.length/2 }

// meet takes note of the record of another node, new or renewed.
func (k *keeper) meet(id string, r *nodeRecord, revision uint64, now time.Duration, aloud bool) {
	p, other := k.peers[id], false
	switch {
	case p == nil:
		p = &peer{lease: new(lease)}
		k.peers[id], other = p, true
	case p.Incarnation != r.incarnation:
		p.lease.finish()
		p.lease, other = new(lease), true
	}
	if aloud && (other || p.State != r.state) {
		k.log.Info("node says what it takes", "node", id, "state", r.state, "software", r.software)
	}
	if p.late {
		k.log.Info("node is back", "node", id)
	}
	p.Member, p.revision, p.late, p.tries = r.member(id), revision, false, 0
	p.length = max(k.length, r.lease)
	k.longest = max(k.longest, p.length)
	back := p.faint(now)
	p.lease.extend(now + p.length)
	k.rollCall()
	if other || back {
		k.showAll(id)
	}
}

// part forgets a node whose record is gone.
func (k *keeper) part(p *peer, now time.Duration) {
	if p.alive(now) {
		k.log.Info("node left", "node", p.Node)
	} else {
		k.log.Warn("node is dead: its shards are free", "node", p.Node, "shards", k.countOf(p))
	}
	p.lease.finish()
	delete(k.peers, p.Node)
	k.rollCall()
	k.showAll(p.Node)
	k.moved, k.again = true, true
}

// countOf is how many shards a node has.
func (k *keeper) countOf(p *peer) (n int) {
	for i := range k.slots {
		if key := &k.slots[i].key; key.owner == p.Node && key.incarnation == p.Incarnation {
			n++
		}
	}
	return n
}

// rollCall makes the list that others read.
func (k *keeper) rollCall() {
	roll := make([]listed, 0, len(k.peers))
	for _, p := range k.peers {
		roll = append(roll, listed{p.Member, p.lease})
	}
	slices.SortFunc(roll, func(a, b listed) int { return strings.Compare(a.Node, b.Node) })
	k.roll.Store(&roll)
	k.moved = true
}

// watchPeers finds the nodes whose leases have ended, and removes their records.
// That is a compare-and-set: if it succeeds, the node cannot have renewed its
// lease, nor ever will, however late what it sent arrives.
func (k *keeper) watchPeers(now time.Duration) {
	for _, p := range k.peers {
		if p.alive(now) {
			continue
		}
		if !p.late {
			p.late = true
			p.retry = now + p.length/20 + jitter(k.length/40)
			k.moved = true
			if k.live { // else it is this node that is cut off
				k.log.Warn("node has not renewed its lease", "node", p.Node)
			}
		}
		if p.busy || now < p.retry || !k.live || k.tenure == nil {
			continue
		}
		if p.revision == 0 {
			k.part(p, now)
			continue
		}
		k.remove(p)
	}
}

// remove removes the record of a node that is dead.
func (k *keeper) remove(p *peer) {
	p.busy = true
	id, revision, ctx := p.Node, p.revision, k.tenure.ctx
	k.workers.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, natsPatience)
		defer cancel()
		err := k.buckets.Load().nodes().Delete(ctx, id, jetstream.LastRevision(revision))
		k.run(func() {
			now := k.clock.now()
			p.busy, p.retry = false, now+k.length/10
			switch {
			case k.peers[id] != p || p.revision != revision: // the watch was faster
			case err == nil:
				k.part(p, now)
			case errors.Is(err, jetstream.ErrKeyRevisionMismatch):
				// Renewed, or removed by somebody else. The watch will tell, unless
				// it has missed that.
				if p.tries++; p.tries > 1 {
					k.watch.restart("the record of a node is not as it was seen")
				}
			}
		})
	})
}

// choose works out anew who should own what, a little after the nodes that can
// have changed.
func (k *keeper) choose(now time.Duration) {
	var nodes []string
	for _, p := range k.peers {
		if p.State == StateActive && p.Has(RoleNotification) && p.alive(now) {
			nodes = append(nodes, p.Node)
		}
	}
	if k.tenure != nil && k.active() {
		nodes = append(nodes, k.node.id)
	}
	slices.Sort(nodes)
	if slices.Equal(nodes, k.eligible) {
		k.retarget = 0
		return
	}
	if k.retarget == 0 {
		k.retarget = now + min(100*time.Millisecond, k.length/20)
	}
	if now < k.retarget {
		return
	}
	k.eligible, k.retarget = nodes, 0
	var wanted [Shards]string
	if targets := Targets(nodes); targets != nil {
		for shard, i := range targets {
			wanted[shard] = nodes[i]
		}
	}
	k.wanted.Store(&wanted)
	k.moved, k.again = true, true
}

// active reports whether this node takes its share.
func (k *keeper) active() bool {
	return *k.node.state.Load() == StateActive && k.node.self.Has(RoleNotification) && !k.leaving
}

// target is who should own a shard, "" if nobody could.
func (k *keeper) target(shard int) string {
	if wanted := k.wanted.Load(); wanted != nil {
		return wanted[shard]
	}
	return ""
}
