package cluster

import (
	"context"
	"fmt"
	"time"
)

// Activate has this node take its share of the service from now on. The holder
// serves the accounts of its shards; a node without the notification role needs
// none. It returns when the others can know, not when they have acted on it.
func (n *Node) Activate(ctx context.Context, h Holder) error {
	n.holder.Store(&h)
	n.setState(StateActive)
	if n.keeper == nil {
		return nil
	}
	if n.self.Has(RoleNotification) && n.Address(RoleNotification) == "" {
		n.log.WarnContext(ctx, "no address is advertised for the notification server: other nodes cannot send clients here")
	}
	if err := n.keeper.written.wait(ctx, n.life.Done()); err != nil {
		return fmt.Errorf("cluster: activate the node: %w", err)
	}
	return nil
}

// Drain has this node take nothing new and hand over what it has, moving so
// many sessions a second; 0 leaves the pace as it is.
func (n *Node) Drain(perSecond float64) error {
	if perSecond > 0 {
		n.pace.set(perSecond)
	}
	n.setState(StateDraining)
	return nil
}

// Undrain takes Drain back.
func (n *Node) Undrain() error {
	if *n.state.Load() != StateDraining {
		return nil
	}
	n.pace.set(n.moveRate)
	n.setState(StateActive)
	return nil
}

// DrainRate is the pace at which a Holder moves sessions to other nodes.
func (n *Node) DrainRate() *Pace { return n.pace }

// Drained reports whether this node owns no shard any more, nor is handing one
// over.
func (n *Node) Drained() bool {
	if n.keeper == nil {
		return !n.self.Has(RoleNotification)
	}
	return n.keeper.counts.owned.Load() == 0 && n.keeper.counts.moving.Load() == 0
}

// Leave takes the node out of the service for good: it releases the shards that
// it still has, and its record is removed. Before, its clients must have been
// sent away, since others serve them from then on; the Holder is told nothing.
// Close follows.
func (n *Node) Leave(ctx context.Context) error {
	if n.keeper == nil {
		return nil
	}
	if err := n.keeper.leave(ctx); err != nil {
		return fmt.Errorf("cluster: leave: %w", err)
	}
	return nil
}

// Serving reports whether this node may answer for the accounts that it owns:
// false as soon as it cannot be sure that nobody else does. It neither waits
// nor allocates. On the bus inside the process it is always true.
func (n *Node) Serving() bool {
	if n.keeper == nil {
		return true
	}
	t := n.keeper.current.Load()
	return t != nil && t.lease.holds(n.keeper.clock.now())
}

// AwaitOwner gives the node that serves an account, as Owner does. When there
// is none, or it died, it waits for a new one until the context ends.
func (n *Node) AwaitOwner(ctx context.Context, handle string) (Owner, bool) {
	if n.keeper == nil {
		return n.Owner(handle)
	}
	// When a large node has died, thousands wait here: whatever else changes is to
	// wake none of them.
	owned := &n.keeper.owned[ShardOf(handle)]
	for {
		changed := owned.next()
		if owner, ok := n.Owner(handle); ok {
			return owner, true
		}
		select {
		case <-changed:
		case <-n.keeper.ended:
			return Owner{}, false
		case <-ctx.Done():
			return Owner{}, false
		}
	}
}

// Shards tells what this node knows of each shard.
func (n *Node) Shards() []ShardInfo {
	all := make([]ShardInfo, Shards)
	for shard := range all {
		all[shard] = ShardInfo{Shard: shard}
		owner, ok := n.ownership.Owner(shard)
		switch {
		case n.keeper != nil:
			n.keeper.describe(&all[shard])
		case ok:
			all[shard].Owner, all[shard].Target = owner.Node, owner.Node
			all[shard].Since, all[shard].How = n.self.Started, HowFirst
		}
	}
	return all
}

func (k *keeper) describe(s *ShardInfo) {
	s.Target = k.target(s.Shard)
	if h := k.holdings[s.Shard].Load(); h != nil && h.lease.holds(k.clock.now()) {
		s.Owner, s.Next, s.Since, s.How = h.owner.Node, h.owner.Next, h.since, h.how
	}
}

// Stats are figures of a node's membership, for metrics.
type Stats struct {
	Members    int           // nodes alive, this one included
	Owned      int           // shards that it owns
	Took       uint64        // shards taken since the start, in whatever way
	TookLost   uint64        // of those, taken from a node that had died
	Handed     uint64        // handed over to another node
	Kept       uint64        // hand-overs that were given up
	Lost       uint64        // taken from this node without a hand-over
	Fences     uint64        // times that it could not keep its lease
	BusGaps    uint64        // times that it was cut off for less than that
	Moving     int           // hand-overs under way
	LeaseLeft  time.Duration // until it fences itself; 0 if it is, or has no lease
	LeaseTotal time.Duration // the lease's length; 0 if it has none
}

// Stats gives the figures of this moment.
func (n *Node) Stats() Stats {
	k := n.keeper
	if k == nil {
		s := Stats{Members: 1}
		if n.self.Has(RoleNotification) {
			s.Owned = Shards
		}
		return s
	}
	s := Stats{
		Members:    len(n.Members()),
		Owned:      int(k.counts.owned.Load()),
		Moving:     int(k.counts.moving.Load()),
		Took:       k.counts.took.Load(),
		TookLost:   k.counts.tookLost.Load(),
		Handed:     k.counts.handed.Load(),
		Kept:       k.counts.kept.Load(),
		Lost:       k.counts.lost.Load(),
		Fences:     k.counts.fences.Load(),
		BusGaps:    k.counts.busGaps.Load(),
		LeaseTotal: k.length,
	}
	if t := k.current.Load(); t != nil {
		s.LeaseLeft = t.lease.left(k.clock.now())
	}
	return s
}

// setState says what this node may be given, here at once and to the others as
// soon as can be.
func (n *Node) setState(s State) {
	n.state.Store(&s)
	if n.keeper != nil {
		n.keeper.written.change()
		n.keeper.hurry()
	}
}

// heldBy is who serves the accounts of this node, nil if nobody does.
func (n *Node) heldBy() Holder {
	if h := n.holder.Load(); h != nil {
		return *h
	}
	return nil
}
