package cluster

import "slices"

// Member is a node as the others see it.
type Member struct {
	Node      string
	Self      bool
	Roles     []Role
	Addresses map[Role]string // host:port, only for roles that advertise one
	// Load is how many connections its switchboard has. It is exact for the
	// node itself and some seconds old for any other.
	Load int
	// Draining: it finishes what it has and is given nothing new.
	Draining bool
}

// Has reports whether the member runs a role.
func (m Member) Has(role Role) bool { return slices.Contains(m.Roles, role) }

// Members lists the nodes that are alive, the node itself included. The slice
// is the caller's; what its elements refer to is shared and never changed.
func (n *Node) Members() []Member {
	self := n.self
	self.Load = int(n.load.Load())
	return []Member{self}
}

// Switchboards lists the members that run a switchboard. A draining one is
// among them: it is for the caller to pass it by.
func (n *Node) Switchboards() []Member {
	return slices.DeleteFunc(n.Members(), func(m Member) bool { return !m.Has(RoleSwitchboard) })
}

// SetLoad says how many connections the switchboard of this node has. It is
// cheap enough to be called whenever that changes, and sends nothing.
func (n *Node) SetLoad(connections int) { n.load.Store(int64(connections)) }

// Address is what this node advertises for a role, or "" if the clients of
// that role are to use the address that they came in by.
func (n *Node) Address(role Role) string { return n.self.Addresses[role] }
