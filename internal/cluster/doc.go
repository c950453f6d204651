// Package cluster is how the roles of Papilio meet: who is a node, which node
// owns which account, and messages from one node to another. Everything goes
// over NATS. A node by itself runs a NATS server in its own process, without a
// port; a node of many connects to servers that it is told of. The code above
// does not know which.
//
// The fronts and the packages referral and presence call it. An account belongs
// to one of [Shards] shards, and [Node.Owner] tells which node has that shard
// now. What roles say to each other are typed messages; [Node.Request] and
// [Node.Serve], [Node.Publish] and [Node.ServeOrdered], [Node.Broadcast] and
// [Node.Listen] carry them.
//
// # Nodes
//
// A node of many keeps a record in the bucket papilio-nodes, under its id, and
// writes it again several times in the length of a lease. Its lease runs from
// before it sent the last such renewal; the others count from when that reached
// them, so for them it ends later. When they have waited in vain they remove the
// record, by compare-and-set: either that fails because the node has renewed its
// lease, or the node can never renew it. A node that comes to the end of its
// lease, or finds its record gone, is fenced: [Node.Serving] is false from that
// very moment, and its [Holder] lets go of everybody. It joins again as soon as
// it can, as another incarnation of itself.
//
// # Shards
//
// [Targets] gives each shard to one of the nodes that are alive, active and have
// a notification server. Who has it in fact stands in the bucket papilio-shards
// and changes by compare-and-set alone. Its target takes a shard that is
// released, or whose owner is dead, or that is not in the bucket, which is
// believed only when it has been so for a lease. An owner that is not the target
// any more writes whom it hands the shard to, tells that node, has its Holder
// move everybody there, and has that node write that the shard is its own.
// Should the owner die meanwhile, that node takes the shard; should the other
// die, the shard stays.
//
// All of this is soft state, and can be made again. When NATS loses it, the
// nodes that are alive write down anew what they are and have; they have a
// lease's time for that, in which nobody takes what is missing.
//
// A node with the bus in its process is alone: it has no lease, owns every shard
// from its start to its end, and is never fenced.
//
// The package never reads an account and never speaks to a client. Messages are
// delivered at most once; none is repeated.
package cluster
