package cluster

import (
	"strings"
	"time"
)

// The buckets that nodes meet in. What is in them is soft: every bit of it can
// be made again by the nodes that are alive.
const (
	nodesBucket  = "papilio-nodes"
	shardsBucket = "papilio-shards"
)

// nodeRecord is what a node says of itself under its id in nodesBucket. Writing
// it again renews its lease.
type nodeRecord struct {
	incarnation string
	state       State
	roles       []Role
	addresses   []roleAddress
	load        uint64
	software    string
	started     time.Time
	lease       time.Duration // how long it answers for its shards after this
	database    string
}

type roleAddress struct {
	role    Role
	address string
}

// shardKey says in shardsBucket, under the number of a shard, whose it is. It
// is changed by compare-and-set alone: by its owner, by the next one when the
// owner lets it, and by anybody once the owner is dead.
type shardKey struct {
	owner       string // "" if it was released
	incarnation string // of the owner
	// era and record say where the record of that incarnation stood when this
	// was written: in which life of nodesBucket, at which revision. Whoever has
	// seen that bucket beyond it and finds no such record knows that the owner
	// is dead.
	era, record uint64
	next        string // whom it is being handed to, "" if it is not
	how         How
	since       time.Time
}

func (m *nodeRecord) fields(c *coder) {
	roles := make([]string, len(m.roles))
	for i, r := range m.roles {
		roles[i] = string(r)
	}
	joined := strings.Join(roles, ",")
	text(c, 1, &m.incarnation)
	text(c, 2, &m.state)
	text(c, 3, &joined)
	list(c, 4, &m.addresses)
	number(c, 5, &m.load)
	text(c, 6, &m.software)
	instant(c, 7, &m.started)
	span(c, 8, &m.lease)
	text(c, 9, &m.database)
	if c.reading && joined != "" {
		m.roles = nil
		for r := range strings.SplitSeq(joined, ",") {
			m.roles = append(m.roles, Role(r)) // a later version may have others
		}
	}
}

func (m *roleAddress) fields(c *coder) {
	text(c, 1, &m.role)
	text(c, 2, &m.address)
}

func (m *shardKey) fields(c *coder) {
	text(c, 1, &m.owner)
	text(c, 2, &m.incarnation)
	number(c, 3, &m.era)
	number(c, 4, &m.record)
	text(c, 5, &m.next)
	text(c, 6, &m.how)
	instant(c, 7, &m.since)
}

// record is this node as it writes itself down.
func (n *Node) record(incarnation string) *nodeRecord {
	r := &nodeRecord{
		incarnation: incarnation,
		state:       *n.state.Load(),
		roles:       n.self.Roles,
		load:        uint64(max(n.load.Load(), 0)),
		software:    n.self.Software,
		started:     n.self.Started,
		lease:       n.lease,
		database:    n.self.Database,
	}
	for _, role := range n.self.Roles {
		if address := n.self.Addresses[role]; address != "" {
			r.addresses = append(r.addresses, roleAddress{role, address})
		}
	}
	return r
}

// member is what a record tells of another node.
func (m *nodeRecord) member(id string) Member {
	member := Member{
		Node: id, Incarnation: m.incarnation, Roles: m.roles, Load: int(m.load),
		State: m.state, Software: m.software, Started: m.started, Database: m.database,
	}
	for _, a := range m.addresses {
		if member.Addresses == nil {
			member.Addresses = make(map[Role]string)
		}
		member.Addresses[a.role] = a.address
	}
	return member
}
