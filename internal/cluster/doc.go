// Package cluster is how the roles of Papilio meet: who is a node, which node
// owns which account, and messages from one node to another. Everything goes
// over NATS. A node by itself runs a NATS server in its own process, without a
// port; a node of many connects to servers that it is told of. The code above
// does not know which.
//
// The fronts and the package referral call it. An account belongs to one of
// [Shards] shards, and [Node.Owner] tells which node has that shard now. What
// roles say to each other are the typed messages of messages.go; [Node.Request],
// [Node.Serve], [Node.Broadcast] and [Node.Listen] carry them.
//
// It keeps soft state only: nothing here outlives the process, and all of it
// can be made again. It never reads an account, never speaks to a client and
// never retries: a message is delivered at most once.
package cluster
