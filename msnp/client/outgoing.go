package client

import (
	"context"
	"math/rand/v2"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/p2p"
)

// Bounds on what waits to be sent to others, in pieces.
const (
	maxOutgoing    = 64 // to one member, by each cause
	maxAllOutgoing = 1024
)

// cause tells whose doing it is that something is sent. What a member asks for in vain,
// on and on, is not to take the place of what the user does.
type cause bool

const (
	byUser   cause = true
	byMember cause = false // it answers the one whom it is sent to
)

// outgoing is a piece that waits to be sent.
type outgoing struct {
	to string
	by cause
	m  p2p.Message
}

// next gives the number of a message.
func (x *exchange) next() uint32 {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.id++; x.id == 0 {
		x.id = 1
	}
	return x.id
}

// expect gives a channel that is closed when a member has acknowledged something.
func (x *exchange) expect(peer string, id uint32) <-chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	ch := make(chan struct{})
	x.acks[whole{peer, id}] = ch
	return ch
}

// forget is for an acknowledgement that nobody waits for any more.
func (x *exchange) forget(peer string, id uint32) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.acks, whole{peer, id})
}

// header begins an SLP.
func (x *exchange) header() p2p.Header {
	return p2p.Header{ID: x.next(), AckID: rand.Uint32()} //nolint:gosec // not to be unguessable
}

// postSLP sends an SLP soon.
func (x *exchange) postSLP(by cause, peer string, s *p2p.SLP) {
	x.post(by, peer, p2p.Split(x.header(), p2p.FooterNone, s.Append(nil))...)
}

// post sends pieces soon. If there are more than anybody needs, they are dropped: a
// member that asks on and on without reading gets no answers.
func (x *exchange) post(by cause, to string, pieces ...p2p.Message) {
	x.mu.Lock()
	defer x.mu.Unlock()
	waiting := 0
	for i := range x.out {
		if x.out[i].to == to && x.out[i].by == by {
			waiting++
		}
	}
	if x.err != nil || waiting+len(pieces) > maxOutgoing || len(x.out)+len(pieces) > maxAllOutgoing {
		return
	}
	for _, m := range pieces {
		x.out = append(x.out, outgoing{to, by, m})
	}
	if !x.sending && x.v.hold() {
		x.sending = true
		go x.start()
	}
}

// run sends what waits, until there is no more. Only the end of the connection ends
// what it waits for.
func (x *exchange) run() {
	defer x.v.letGo()
	ctx := context.Background()
	for {
		first, ok := x.first()
		if !ok {
			return
		}
		if len(x.under) == window {
			_ = x.v.calls.wait(ctx, &x.v.mu, x.under[0]) // delivered or not
			x.under = x.under[1:]
		}
		if p, err := x.v.sendPiece(ctx, first.to, first.m); err == nil {
			x.under = append(x.under, p)
		}
	}
}

// first takes what is to be sent next. If there is nothing, the goroutine is over.
func (x *exchange) first() (outgoing, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.out) == 0 || x.err != nil {
		x.sending, x.out = false, nil
		return outgoing{}, false
	}
	first := x.out[0]
	x.out = x.out[1:]
	return first, true
}

// sendPiece sends a piece. The call ends when the switchboard tells that the others
// have it.
func (v *Conversation) sendPiece(ctx context.Context, to string, m p2p.Message) (*call, error) {
	p := newCall("MSG", nil)
	buf := buffers.Get().(*[busyBuffer]byte)
	defer buffers.Put(buf)
	payload := p2p.AppendPayload(buf[:0], to, m)
	return p, v.send(ctx, p, func(id msnp.TrID) Request {
		return msnp.Send{TrID: id, Ack: msnp.AckData, Payload: payload}
	})
}

// hold keeps the client from being over before a goroutine is, and reports whether the
// conversation is not.
func (v *Conversation) hold() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.ending.Load() {
		return false
	}
	v.c.rooms.Add(1)
	return true
}

func (v *Conversation) letGo() { v.c.rooms.Done() }
