package cluster

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// State is what a node may be given.
type State string

// The states of a node.
const (
	StateJoining  State = "joining"  // it has started, and is given nothing yet
	StateActive   State = "active"   // it takes its share
	StateDraining State = "draining" // it finishes or hands over what it has
)

// Member is a node as the others see it.
type Member struct {
	Node string
	// Incarnation tells apart the lives of a node: it is another after each
	// start, and after each time that the node had to give up its shards.
	Incarnation string
	Self        bool
	Roles       []Role
	Addresses   map[Role]string // host:port, only for roles that advertise one
	// Load is how many connections its switchboard has. It is exact for the
	// node itself and some seconds old for any other.
	Load     int
	State    State
	Software string    // the version that it runs
	Database string    // the id of its database; "" without one, or from an older release
	Started  time.Time // by its own clock
}

// Has reports whether the member runs a role.
func (m Member) Has(role Role) bool { return slices.Contains(m.Roles, role) }

// Draining reports whether the member is given nothing new.
func (m Member) Draining() bool { return m.State == StateDraining }

// Members lists the nodes that are alive, the node itself included. The slice
// is the caller's; what its elements refer to is shared and never changed.
func (n *Node) Members() []Member { return n.members(func(Member) bool { return true }) }

// Switchboards lists the members that run a switchboard. A draining one is
// among them: it is for the caller to pass it by. One that is about to start is
// not, unless it is this node.
func (n *Node) Switchboards() []Member {
	return n.members(func(m Member) bool { return m.Has(RoleSwitchboard) && (m.Self || m.State != StateJoining) })
}

// members lists, by their ids, those of the members that are asked for.
func (n *Node) members(wanted func(Member) bool) []Member {
	var all []Member
	if me := n.me(); wanted(me) {
		all = append(all, me)
	}
	if n.keeper == nil {
		return all
	}
	now := n.keeper.clock.now()
	if roll := n.keeper.roll.Load(); roll != nil {
		for _, m := range *roll {
			if m.lease.holds(now) && wanted(m.Member) {
				all = append(all, m.Member)
			}
		}
	}
	slices.SortFunc(all, func(a, b Member) int { return strings.Compare(a.Node, b.Node) })
	return all
}

// me is this node as a member.
func (n *Node) me() Member {
	m := n.self
	m.Load = int(n.load.Load())
	m.State = *n.state.Load()
	if n.keeper != nil {
		if t := n.keeper.current.Load(); t != nil {
			m.Incarnation = t.id
		}
	}
	return m
}

// SetLoad says how many connections the switchboard of this node has. It is
// cheap enough to be called whenever that changes, and sends nothing.
func (n *Node) SetLoad(connections int) { n.load.Store(int64(connections)) }

// Address is what this node advertises for a role, or "" if the clients of
// that role are to use the address that they came in by.
func (n *Node) Address(role Role) string { return n.self.Addresses[role] }

// newSelf is what does not change about this node in its life.
func newSelf(o Options) Member {
	return Member{
		Node: o.Node, Incarnation: newIncarnation(), Self: true,
		Roles: slices.Clone(o.Roles), Addresses: maps.Clone(o.Advertise),
		State: StateJoining, Software: o.Software, Database: o.Database, Started: time.Now().UTC().Truncate(time.Millisecond),
	}
}
