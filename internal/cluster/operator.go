package cluster

import (
	"context"
	"time"
)

// The verbs of what operators want of nodes. A verb is never given another
// meaning.
const (
	verbReport   = "report"
	verbSessions = "sessions"
	verbDrain    = "drain"
	verbUndrain  = "undrain"
	verbOperate  = "operate"
)

// Report is what a node tells of itself.
type Report struct {
	Owned         uint32 // shards
	SignedIn      uint32 // principals, those on the move here among them
	Connections   uint32 // of clients, to all of its servers
	Conversations uint32
	// Drained: it has been told to drain, and nothing is left for which it would
	// have to go on running.
	Drained bool
	// Late is when a drain ends the conversations that are left.
	Late time.Time
}

// MaxSessions bounds how many sessions are told at once, so that they fit into
// a message.
const MaxSessions = 1000

// SessionQuery asks a node for sessions by their handles, in order: at most
// MaxSessions, from behind a handle on.
type SessionQuery struct{ After string }

// Session is a client's connection to a notification server, for operators.
type Session struct {
	Handle  string
	Name    string
	Status  string // empty before the first
	Version string
	Remote  string // empty while the principal is being moved
	Since   time.Time
}

// DrainOrder tells a node to drain.
type DrainOrder struct {
	Rate uint32 // clients referred in a second; 0 leaves it as it is
	// Within is how long its conversations may take; 0 is for ever.
	Within time.Duration
}

// Operation is something that is to be done to an account or its sessions, by
// a node with a notification server.
type Operation struct{ What, Handle, Text string }

// Outcome is what became of an Operation, or of another order.
type Outcome struct {
	// Problem is a word of the caller's and the handler's own for what is in the
	// way; empty if it was done.
	Problem string
	Text    string // the same for people
}

// sessionPage answers a SessionQuery.
type sessionPage struct{ Sessions []Session }

func (m *Report) fields(c *coder) {
	number(c, 1, &m.Owned)
	number(c, 2, &m.SignedIn)
	number(c, 3, &m.Connections)
	number(c, 4, &m.Conversations)
	flag(c, 5, &m.Drained)
	instant(c, 6, &m.Late)
}

func (m *SessionQuery) fields(c *coder) { text(c, 1, &m.After) }

func (m *Session) fields(c *coder) {
	text(c, 1, &m.Handle)
	text(c, 2, &m.Name)
	text(c, 3, &m.Status)
	text(c, 4, &m.Version)
	text(c, 5, &m.Remote)
	instant(c, 6, &m.Since)
}

func (m *sessionPage) fields(c *coder) { list(c, 1, &m.Sessions) }

func (m *DrainOrder) fields(c *coder) {
	number(c, 1, &m.Rate)
	span(c, 2, &m.Within)
}

func (m *Operation) fields(c *coder) {
	text(c, 1, &m.What)
	text(c, 2, &m.Handle)
	text(c, 3, &m.Text)
}

func (m *Outcome) fields(c *coder) {
	text(c, 1, &m.Problem)
	text(c, 2, &m.Text)
}

// Report asks a node how it is.
func (n *Node) Report(ctx context.Context, node string) (Report, error) {
	var r Report
	err := ask(ctx, n, node, verbReport, &nothing{}, &r)
	return r, err
}

// ServeReports has other nodes told how this one is.
func (n *Node) ServeReports(h func(context.Context) Report) error {
	return serve(n, verbReport, func(ctx context.Context, _ nothing) (*Report, error) {
		r := h(ctx)
		return &r, nil
	})
}

// Sessions asks a node who is signed in there. It asks again for the next ones
// until it has them all.
func (n *Node) Sessions(ctx context.Context, node string) ([]Session, error) {
	var all []Session
	var q SessionQuery
	for {
		var page sessionPage
		if err := ask(ctx, n, node, verbSessions, &q, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Sessions...)
		if len(page.Sessions) < MaxSessions {
			return all, nil
		}
		q.After = page.Sessions[MaxSessions-1].Handle
	}
}

// ServeSessions has other nodes told who is signed in here. What the handler
// gives beyond MaxSessions is left for the next question.
func (n *Node) ServeSessions(h func(context.Context, SessionQuery) []Session) error {
	return serve(n, verbSessions, func(ctx context.Context, q SessionQuery) (*sessionPage, error) {
		all := h(ctx, q)
		return &sessionPage{all[:min(len(all), MaxSessions)]}, nil
	})
}

// OrderDrain tells a node, which may be this one, to drain.
func (n *Node) OrderDrain(ctx context.Context, node string, o DrainOrder) (Outcome, error) {
	var outcome Outcome
	err := ask(ctx, n, node, verbDrain, &o, &outcome)
	return outcome, err
}

// ServeDrains has this node drain when it is told to.
func (n *Node) ServeDrains(h func(context.Context, DrainOrder) Outcome) error {
	return serve(n, verbDrain, func(ctx context.Context, o DrainOrder) (*Outcome, error) {
		outcome := h(ctx, o)
		return &outcome, nil
	})
}

// OrderUndrain takes OrderDrain back.
func (n *Node) OrderUndrain(ctx context.Context, node string) (Outcome, error) {
	var outcome Outcome
	err := ask(ctx, n, node, verbUndrain, &nothing{}, &outcome)
	return outcome, err
}

// ServeUndrains has this node end its drain when it is told to.
func (n *Node) ServeUndrains(h func(context.Context) Outcome) error {
	return serve(n, verbUndrain, func(ctx context.Context, _ nothing) (*Outcome, error) {
		outcome := h(ctx)
		return &outcome, nil
	})
}

// Operate has something done to an account by a node.
func (n *Node) Operate(ctx context.Context, node string, o Operation) (Outcome, error) {
	var outcome Outcome
	err := ask(ctx, n, node, verbOperate, &o, &outcome)
	return outcome, err
}

// ServeOperations has this node do what operators of other nodes want.
func (n *Node) ServeOperations(h func(context.Context, Operation) Outcome) error {
	return serve(n, verbOperate, func(ctx context.Context, o Operation) (*Outcome, error) {
		outcome := h(ctx, o)
		return &outcome, nil
	})
}
