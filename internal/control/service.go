package control

import (
	"context"
	"slices"
	"time"

	"github.com/papilio-im/papilio/internal/notification"
)

// Service is what is done at an operator's wish. Any process of a cluster can
// answer for all of them.
type Service interface {
	// Blind tells why this process knows nothing of the others at this moment:
	// what it would say of them is wrong. It is nil otherwise.
	Blind() error
	// Sessions lists who is signed in, on every node.
	Sessions(ctx context.Context) Sessions
	// SignOut ends a session and its conversations.
	SignOut(ctx context.Context, handle string) error
	// Reset sends a soft reset.
	Reset(ctx context.Context, handle string) error
	// Refer sends a client to a notification server.
	Refer(ctx context.Context, handle, hostPort string) error
	// Alert shows a text to a user.
	Alert(ctx context.Context, handle, text string) error
	// SetBanned bans an account and signs it out, or lifts the ban.
	SetBanned(ctx context.Context, handle string, banned bool) error
	// Remove removes an account and takes it off everybody's lists.
	Remove(ctx context.Context, handle string) error

	// Nodes lists the nodes of the cluster, by name.
	Nodes(ctx context.Context) []Node
	// Drain has a node take nothing new and hand over what it has.
	Drain(ctx context.Context, d Drain) error
	// Undrain takes Drain back.
	Undrain(ctx context.Context, node string) error
	// Shards lists who serves each shard, by number.
	Shards() []Shard
	// Where tells where an account is signed in, or would be.
	Where(ctx context.Context, handle string) (Place, error)
}

// Session is a client's connection to a notification server.
type Session struct {
	notification.SessionInfo
	Node string `json:"node"`
}

// Sessions are those of every node that has answered.
type Sessions struct {
	Sessions []Session `json:"sessions"`
	Silent   []Silence `json:"silent,omitempty"`
}

// Silence is why a node has not answered.
type Silence struct {
	Node string `json:"node"`
	Why  string `json:"why"`
}

// Node is a process of the cluster.
type Node struct {
	Node      string            `json:"node"`
	Self      bool              `json:"self"`  // it is the one that was asked
	State     string            `json:"state"` // joining, active or draining
	Roles     []string          `json:"roles"`
	Addresses map[string]string `json:"addresses,omitempty"` // by role, where it advertises one
	Software  string            `json:"software,omitempty"`
	Started   time.Time         `json:"started"`
	// Silent is why it has not told what follows; empty if it has.
	Silent        string    `json:"silent,omitempty"`
	Shards        int       `json:"shards"`
	Clients       int       `json:"clients"`     // signed in
	Connections   int       `json:"connections"` // of clients, to any of its servers
	Conversations int       `json:"conversations"`
	Drained       bool      `json:"drained"` // nothing is left of what it had to drain
	Late          time.Time `json:"late,omitzero"`
}

// Has reports whether the node runs a role.
func (n *Node) Has(role string) bool { return slices.Contains(n.Roles, role) }

// Drain says which node is to be drained, and how.
type Drain struct {
	Node     string        `json:"node"`
	Rate     int           `json:"rate"`     // clients referred in a second
	Deadline time.Duration `json:"deadline"` // of the conversations
	// Force drains also a node whose work no other could take over.
	Force bool `json:"force"`
}

// Shard is a slice of the accounts.
type Shard struct {
	Shard  int       `json:"shard"`
	Owner  string    `json:"owner"`  // empty if nobody serves it
	Next   string    `json:"next"`   // whom it is being handed to
	Target string    `json:"target"` // who should serve it
	Since  time.Time `json:"since,omitzero"`
	How    string    `json:"how"` // its owner got it: first, handed or lost
}

// Place is where an account is signed in, or would be.
type Place struct {
	Handle  string `json:"handle"`
	Shard   int    `json:"shard"`
	Node    string `json:"node"` // that serves the account; empty if none does
	Address string `json:"address,omitempty"`
	Next    string `json:"next,omitempty"` // whom its shard is being handed to
	// Silent is why the node has not told what follows; empty if it has.
	Silent   string    `json:"silent,omitempty"`
	SignedIn bool      `json:"signed_in"`
	Moving   bool      `json:"moving"` // its client was referred there and has not come yet
	Since    time.Time `json:"since,omitzero"`
	Sessions []Session `json:"sessions"`
}
