package cluster

import "context"

const verbNexus = "nexus"

// NexusVisit tells that a client has asked where to sign in over the web. The
// notification server holds its challenge back until the client has (MSNP8 to
// 12), and the two may be on different nodes.
type NexusVisit struct{ Address string } // of the client, without a port

func (m *NexusVisit) fields(c *coder) { text(c, 1, &m.Address) }

// AnnounceNexus tells every notification server of a visit at the nexus.
func (n *Node) AnnounceNexus(v NexusVisit) error { return n.Broadcast(verbNexus, encode(&v)) }

// ListenNexus has the notification server of this node told of visits at the
// nexus, on whatever node.
func (n *Node) ListenNexus(l func(context.Context, NexusVisit)) error { return listen(n, verbNexus, l) }
