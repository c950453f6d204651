package cluster

import (
	"context"
	"time"
)

// The verbs of the messages below. A verb is never given another meaning.
const (
	verbOrder = "order"
	verbWhere = "where"
)

// Action is what an Order is to do.
type Action uint8

// The actions there are. The first three end the session of the account and its
// conversations, for different reasons.
const (
	ActSignOut Action = iota + 1
	ActBan
	ActRemove
	ActReset // the client starts again where it is
	ActRefer // the client goes to the notification server at Text
	ActAlert // the client shows Text
	ActPage  // the client shows Text as a message from the phone of From
)

// Order is something that is to be done to whoever is signed in with an account,
// at the node where that is at home.
type Order struct {
	Action  Action
	Handle  string
	Text    string
	From    string // who has it done, for a page; by handle and number
	Account uint64
	Hops    uint8 // how often it was passed on
}

// ordered answers an Order.
type ordered struct{ Done bool }

// Whereabouts is where somebody is.
type Whereabouts struct {
	Node     string // that answers for the account, and has it if it is signed in
	SignedIn bool
	// Moving: the client was referred there and has not come yet.
	Moving bool
	Since  time.Time // of the sign-in, wherever the client has been moved since
	// Sessions are the connections of clients; there is none while moving.
	Sessions []Session
}

func (m *Order) fields(c *coder) {
	number(c, 1, &m.Action)
	text(c, 2, &m.Handle)
	text(c, 3, &m.Text)
	text(c, 4, &m.From)
	number(c, 5, &m.Account)
	number(c, 6, &m.Hops)
}

func (m *ordered) fields(c *coder) { flag(c, 1, &m.Done) }

func (m *Whereabouts) fields(c *coder) {
	text(c, 1, &m.Node)
	flag(c, 2, &m.SignedIn)
	flag(c, 3, &m.Moving)
	instant(c, 4, &m.Since)
	list(c, 5, &m.Sessions)
}

// Order has something done at a node. It reports false if nobody is signed in to
// do it to.
func (n *Node) Order(ctx context.Context, node string, o Order) (done bool, err error) {
	var answer ordered
	err = ask(ctx, n, node, verbOrder, &o, &answer)
	return answer.Done, err
}

// ServeOrders has this node do what others want done to its accounts.
func (n *Node) ServeOrders(h func(context.Context, Order) (done bool, err error)) error {
	return serve(n, verbOrder, func(ctx context.Context, o Order) (*ordered, error) {
		done, err := h(ctx, o)
		return &ordered{done}, err
	})
}

// Where asks a node where somebody is.
func (n *Node) Where(ctx context.Context, node string, q Question) (Whereabouts, error) {
	var w Whereabouts
	err := ask(ctx, n, node, verbWhere, &q, &w)
	return w, err
}

// ServeWhere has this node tell where its accounts are.
func (n *Node) ServeWhere(h func(context.Context, Question) (Whereabouts, error)) error {
	return serve(n, verbWhere, func(ctx context.Context, q Question) (*Whereabouts, error) {
		w, err := h(ctx, q)
		return &w, err
	})
}
