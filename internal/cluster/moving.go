package cluster

import (
	"context"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/papilio-im/papilio/msnp"
)

// The verbs of the messages below. A verb is never given another meaning.
const (
	verbCarry   = "carry"
	verbSettled = "settled"
)

// MaxHops bounds how often a message about an account is passed on to the node
// that the account is at home on: it may have moved while the message was on its
// way, and once more.
const MaxHops = 2

// Carried is a principal as it travels to another node: what it has there at its
// client's next sign-in, before that client has said anything, and what its
// watchers go on seeing. Its lists stay in the database.
//
// The numbers 14 and 15 are kept for the endpoints of later versions.
type Carried struct {
	Handle string
	Name   msnp.Encoded
	Status msnp.Status // empty before the first
	Looks
	// Seq is that of the last thing that watchers were told; what is told on the
	// other node comes after it. So is PersonalSeq, see [Shown].
	Seq         uint64
	PersonalSeq uint64
	// Grace is how much longer the client is waited for; 0 is the usual time.
	Grace time.Duration
	// From is the node that has the client's old connection, if it has one.
	From string
	// Since is when the client signed in, wherever it has been moved since.
	Since time.Time
	// Place says that nobody is signed in: a client is about to be, and the
	// other node keeps a place for it.
	Place bool
	// Attempt is a number that is higher than that of every earlier attempt of
	// the node that sends this.
	Attempt uint64
	// NoCalls says that the client takes no invitations.
	NoCalls bool
	// Unset says that the client has set no status: Status is what watchers are
	// shown since the connection before, whose place it has taken.
	Unset bool
}

// settled tells that a client that was moved has signed in.
type settled struct{ Handle string }

func (m *Carried) fields(c *coder) {
	text(c, 1, &m.Handle)
	text(c, 2, &m.Name)
	text(c, 3, &m.Status)
	number(c, 4, &m.Seq)
	span(c, 5, &m.Grace)
	text(c, 6, &m.From)
	instant(c, 7, &m.Since)
	flag(c, 8, &m.Place)
	m.Looks.fields(c, 9)
	number(c, 13, &m.PersonalSeq)
	number(c, 16, &m.Attempt)
	flag(c, 17, &m.NoCalls)
	flag(c, 18, &m.Unset)
}

func (m *settled) fields(c *coder) { text(c, 1, &m.Handle) }

// span is a time that something takes, to the millisecond; what is shorter but
// not zero becomes one.
func span(c *coder, n protowire.Number, p *time.Duration) {
	if c.reading {
		var ms uint32
		if number(c, n, &ms); ms != 0 {
			*p = min(time.Duration(ms)*time.Millisecond, maxSpan)
		}
		return
	}
	if *p > 0 {
		ms := uint32(max(min(*p, maxSpan)/time.Millisecond, 1)) // bounded
		number(c, n, &ms)
	}
}

const maxSpan = 24 * time.Hour

// Carry gives a principal to another node, and returns when it is in place
// there. After an error it may be there all the same.
func (n *Node) Carry(ctx context.Context, node string, state Carried) error {
	return ask(ctx, n, node, verbCarry, &state, &nothing{})
}

// ServeCarries has the principals taken in that other nodes give to this one.
func (n *Node) ServeCarries(h func(context.Context, Carried) error) error {
	return serve(n, verbCarry, func(ctx context.Context, state Carried) (*nothing, error) {
		return &nothing{}, h(ctx, state)
	})
}

// Settle tells a node that a client which was moved away from there has signed
// in on this one, so that its old connection is of no more use. It may get lost:
// such connections end by themselves.
func (n *Node) Settle(node, handle string) error {
	return n.Publish(node, verbSettled, encode(&settled{handle}))
}

// ServeSettled has this node told of clients that have arrived where they were
// moved to.
func (n *Node) ServeSettled(h func(handle string)) error {
	return n.ServeOrdered(verbSettled, func(_ context.Context, data []byte) {
		var s settled
		if decode(data, &s) == nil {
			h(s.Handle)
		}
	})
}
