package cluster

import (
	"context"
	"time"
)

// How is how a node came to own a shard.
type How string

// The ways there are.
const (
	HowFirst  How = "first"  // nobody had it
	HowHanded How = "handed" // its owner handed it over, with everybody in it
	HowLost   How = "lost"   // its owner had died, and all that it knew with it
)

// Holder is who serves the accounts of the shards that this node owns. On the
// bus inside the process none of its methods is ever called, since nothing
// ever changes hands there.
//
// HandOver is called for several shards at once. The others are called one
// after another, in the order in which things happened, and must return soon:
// the next waits.
type Holder interface {
	// Took: the shard is this node's from now on.
	Took(shard int, how How)
	// HandOver moves everybody in a shard to the node that is to own it, and
	// returns when nobody is left. That node has been told and expects them;
	// Node.Owner names it as Next from before the call on. The moves keep to
	// the pace of Node.DrainRate. The context ends when the other node dies or this
	// one is fenced or closed. One of Handed, Kept, Lost and Fence follows.
	HandOver(ctx context.Context, shard int, to Member) error
	// Handed: the hand-over is complete, the other node owns the shard.
	Handed(shard int, to Member)
	// Kept: the hand-over did not come about, although everybody may have been
	// moved. The shard stays with this node.
	Kept(shard int)
	// Lost: the shard is this node's no longer, and was not handed over. It is
	// called too for a shard that was being handed to this node when that was
	// given up: nobody in it belongs here.
	Lost(shard int)
	// Fence: this node may serve nobody any more, because it could not keep its
	// lease and the others are free to take its shards. Node.Serving has been
	// false for a moment already. Nothing must be said to any client, nor to
	// other nodes. When it returns the node joins again, owning nothing.
	Fence()
	// ShardsLost tells, on every node, of shards that were taken from a node
	// that died. What was known of the accounts in them is worth nothing now.
	ShardsLost(shards []int)
	// BusGap: this node was cut off from the others for so long, though not
	// for so long that it was fenced. Messages of that time may be missing,
	// both ways.
	BusGap(d time.Duration)
}

// ShardInfo is what a node knows of a shard, for operators.
type ShardInfo struct {
	Shard  int
	Owner  string    // "" if nobody owns it
	Next   string    // whom it is being handed to, "" if it is not
	Target string    // who should own it, "" if no node could
	Since  time.Time // when its owner got it
	How    How
}
