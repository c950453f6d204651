package presence

import (
	"context"
	"errors"

	"github.com/papilio-im/papilio/internal/cluster"
)

// Bus is what a hub uses of the node that it is on; a [cluster.Node] is one.
type Bus interface {
	ID() string
	Members() []cluster.Member
	// ShardOwner gives the node that serves the accounts of a shard.
	ShardOwner(shard int) (cluster.Owner, bool)

	Notify(node string, packed ...cluster.Packed) error
	States(ctx context.Context, node string, q cluster.Query) (cluster.Answer, error)
	Edit(ctx context.Context, node string, e cluster.Edits) (cluster.EditsAnswer, error)
	Repeat(ctx context.Context, node string, r cluster.Repeat) error
	Recall(ctx context.Context, node string, r cluster.Recall) error

	ServeNotices(l func(context.Context, cluster.Notice)) error
	ServeStates(h func(context.Context, cluster.Query) cluster.Answer) error
	ServeEdits(h func(context.Context, cluster.Edits) cluster.EditsAnswer) error
	ServeRepeats(h func(context.Context, cluster.Repeat)) error
	ServeRecalls(h func(context.Context, cluster.Recall)) error
}

// serve lets the hub answer those of other nodes.
func (h *Hub) serve() error {
	if h.bus == nil {
		return nil
	}
	return errors.Join(
		h.bus.ServeNotices(func(_ context.Context, n cluster.Notice) { h.heard(n) }),
		h.bus.ServeStates(func(_ context.Context, q cluster.Query) cluster.Answer { return h.answer(q) }),
		h.bus.ServeEdits(func(_ context.Context, e cluster.Edits) cluster.EditsAnswer { return h.edited(e) }),
		h.bus.ServeRepeats(func(_ context.Context, r cluster.Repeat) { h.repeatTo(r.Node, r.For) }),
		h.bus.ServeRecalls(func(_ context.Context, r cluster.Recall) { h.recalled(r) }),
	)
}

// Home is the node that an account is served by. While its shard is being handed
// over that differs from one account to another.
type Home struct {
	Node    string // "" if it is not Known
	Address string // host:port of its notification server; "" if that is this one
	Local   bool   // it is this node
	Known   bool   // false: nobody serves the account now
}

// Home tells where an account is to sign in, and where to reach it.
func (h *Hub) Home(handle string) Home {
	if h.bus == nil {
		return Home{Local: true, Known: true}
	}
	here := Home{Node: h.bus.ID(), Local: true, Known: true}
	owner, ok := h.bus.ShardOwner(cluster.ShardOf(handle))
	if !ok {
		return Home{}
	}
	switch {
	case owner.Self && owner.Next == "":
		return here
	case (owner.Self || owner.Next == here.Node) && h.has(handle):
		return here
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

// expected reports whether a principal is here as far as the node knows that has
// carried it here, which owns its shard yet: until its client comes that node may
// have it too, and take it back.
func (h *Hub) expected(p *Principal) bool {
	if !p.coming.Load() || h.bus == nil {
		return false
	}
	owner, ok := h.bus.ShardOwner(int(p.shard))
	return ok && !owner.Self
}

// here is Find for those who are here for certain.
func (h *Hub) here(handle string) *Principal {
	p := h.Find(handle)
	if p == nil || h.expected(p) {
		return nil
	}
	return p
}

// elsewhere gives the node at which an account is at home that is not signed in
// here, or "" if it is not signed in at all. It is not known if nobody serves the
// account now.
func (h *Hub) elsewhere(handle string) (node string, known bool) {
	if h.bus == nil {
		return "", true
	}
	owner, ok := h.bus.ShardOwner(cluster.ShardOf(handle))
	switch {
	case !ok:
		return "", false
	case owner.Self:
		return owner.Next, true
	}
	return owner.Node, true
}
