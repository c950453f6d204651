package presence

import "github.com/papilio-im/papilio/internal/cluster"

// Bus is what a hub uses of the node that it is on; a [cluster.Node] is one.
type Bus interface {
	ID() string
	// ShardOwner gives the node that serves the accounts of a shard.
	ShardOwner(shard int) (cluster.Owner, bool)
}

// Home is the node that an account is served by. While its shard is being handed
// over that differs from one account to another.
type Home struct {
	Node    string // "" if this one
	Address string // host:port of its notification server; "" if it has none that differs
	Local   bool   // it is this node
	Known   bool   // false: nobody serves the account now
}

// Home tells where an account is to sign in, and where to reach it.
func (h *Hub) Home(handle string) Home {
	if h.bus == nil {
		return Home{Local: true, Known: true}
	}
	owner, ok := h.bus.ShardOwner(cluster.ShardOf(handle))
	if !ok {
		return Home{}
	}
	switch {
	case owner.Self && (owner.Next == "" || h.has(handle)),
		owner.Next == h.bus.ID() && h.has(handle):
		return Home{Local: true, Known: true}
	case owner.Self:
		return Home{Node: owner.Next, Address: owner.NextAddress, Known: true}
	}
	return Home{Node: owner.Node, Address: owner.Address, Known: true}
}

// has reports whether somebody is signed in here and not leaving.
func (h *Hub) has(handle string) bool {
	p := h.Find(handle)
	return p != nil && !p.leaving.Load()
}
