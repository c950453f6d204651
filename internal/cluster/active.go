package cluster

import (
	"context"
	"time"
)

// Activate has this node take its share of the service from now on. The holder
// serves the accounts of its shards; a node without the notification role has
// none. It returns when the others can know, not when they have acted on it.
func (n *Node) Activate(_ context.Context, h Holder) error {
	n.holder = h
	n.setState(StateActive)
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
	n.pace.set(n.moveRate)
	n.setState(StateActive)
	return nil
}

// DrainRate is the pace at which a Holder moves sessions to other nodes.
func (n *Node) DrainRate() *Pace { return n.pace }

// Drained reports whether this node owns no shard any more.
func (n *Node) Drained() bool { return !n.self.Has(RoleNotification) }

// Leave takes the node out of the service for good: it releases the shards that
// it still has, and its record is removed. Before, its clients must have been
// sent away, since others serve them from then on. Close follows.
func (n *Node) Leave(context.Context) error { return nil }

// Serving reports whether this node may answer for the accounts that it owns:
// false as soon as it cannot be sure that nobody else does. It neither waits
// nor allocates. On the bus inside the process it is always true.
func (n *Node) Serving() bool { return true }

// AwaitOwner gives the node that serves an account, as Owner does. When there
// is none, or it died, it waits for a new one until the context ends.
func (n *Node) AwaitOwner(_ context.Context, handle string) (Owner, bool) {
	return n.Owner(handle)
}

// Shards tells what this node knows of each shard.
func (n *Node) Shards() []ShardInfo {
	all := make([]ShardInfo, Shards)
	for shard := range all {
		all[shard] = ShardInfo{Shard: shard}
		if owner, ok := n.ShardOwner(shard); ok {
			all[shard].Owner, all[shard].Target = owner.Node, owner.Node
			all[shard].Since, all[shard].How = n.self.Started, HowFirst
		}
	}
	return all
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
	s := Stats{Members: 1}
	if n.self.Has(RoleNotification) {
		s.Owned = Shards
	}
	return s
}

func (n *Node) setState(s State) { n.state.Store(&s) }
