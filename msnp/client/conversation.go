package client

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/papilio-im/papilio/msnp"
)

// Member is somebody else in a conversation.
type Member struct {
	Handle string
	Name   string // what the person is called by itself
	// Capabilities are what the person's client can do, if the user's speaks MSNP12;
	// 0 if not known.
	Capabilities msnp.Capabilities
}

// Conversation is a conversation on a switchboard, opened with [Client.Open] or by
// the answer to an invitation. It has a connection of its own, and goes on while
// its client moves from server to server. It lasts until Close, until everybody
// else has left (see Options.KeepEmpty), until the server ends it, or until its
// client signs out. Its methods can be called from any goroutine.
type Conversation struct {
	c       *Client
	by      *Invitation   // that it answers, or nil
	auto    bool          // the client answers by itself
	version msnp.Version  // that the client spoke when it began
	opened  chan struct{} // closed when it can be used, if ever
	done    chan struct{}

	mu      sync.Mutex
	stop    context.CancelFunc // ends what it dials
	link    *link              // nil while it dials
	err     error              // why it is over, or is about to be
	ending  atomic.Bool        // set with the lock held
	calls   calls
	trid    msnp.TrID
	session uint32
	members []Member
	// What the members exchange beside messages; nil until they do.
	exchange *exchange

	// Owned by the goroutine of the conversation.
	begun map[string]*begun // texts of which not all parts have come, by sender and id
}

// Client is the client that the conversation belongs to.
func (v *Conversation) Client() *Client { return v.c }

// Members are those who are there, without the user, in the order in which they
// came.
func (v *Conversation) Members() []Member {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.members)
}

// Session is the number of the session on its switchboard; 0 as long as nobody was
// invited, since only then the number is told.
func (v *Conversation) Session() uint32 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.session
}

// Server is the host:port of the switchboard.
func (v *Conversation) Server() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.link == nil {
		return ""
	}
	return v.link.server
}

// Done is closed when the conversation is over.
func (v *Conversation) Done() <-chan struct{} { return v.done }

// Err tells why the conversation is over: nil while it is not, after Close, when
// everybody had left, and if the server has ended it in order.
func (v *Conversation) Err() error {
	select {
	case <-v.done:
	default:
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.err
}

// Invite asks somebody in and waits until they have come. The code of a refusal is
// msnp.CodeNotOnline for somebody who is not there, or does not let the user call;
// msnp.CodeAlreadyThere for a member. Nobody tells if a person does not come, so
// the context should end; the invitation stands even then.
func (v *Conversation) Invite(ctx context.Context, handle string) error {
	p, err := v.invite(ctx, handle)
	if err != nil {
		return err
	}
	return v.calls.wait(ctx, &v.mu, p)
}

// invite sends the invitation. The call ends when the person has come.
func (v *Conversation) invite(ctx context.Context, handle string) (*call, error) {
	if err := checkHandle(handle); err != nil {
		return nil, err
	}
	handle = strings.ToLower(handle)
	p := newCall("CAL", func(l *msnp.Line) (bool, error) {
		m, err := msnp.ParseRinging(l, 0)
		v.session = m.Session
		return false, err
	})
	p.joins = handle
	return p, v.send(ctx, p, func(id msnp.TrID) Request { return msnp.Call{TrID: id, Handle: handle} })
}

// Send says a text and waits until the switchboard has passed it on to everybody.
// [ErrNotDelivered] means that somebody did not get it, or that nobody is there;
// [ErrTooLong] that it has more than about 1600 octets (see msnp.MaxMessage), or since
// MSNP9, where a text can be sent in parts, 40,000. Clients of older versions show the
// parts as messages.
func (v *Conversation) Send(ctx context.Context, text string) error {
	_, err := v.sendText(ctx, text)
	return err
}

// Typing tells the others that the user is typing. Clients repeat it every five
// seconds while it is so. There is no answer.
func (v *Conversation) Typing(ctx context.Context) error {
	_, err := v.Post(ctx, msnp.AckNone, typingPayload(v.c.o.Handle))
	return err
}

// SendRaw sends a payload of at most msnp.MaxMessage octets and waits for what the
// switchboard promises to tell: with msnp.AckAll and msnp.AckData until the message
// was delivered (nil) or not ([ErrNotDelivered]); with msnp.AckInvite until it was
// delivered, while nothing tells that it was not; with the others not at all.
func (v *Conversation) SendRaw(ctx context.Context, ack msnp.Ack, payload []byte) (msnp.TrID, error) {
	if ack == msnp.AckNone || ack == msnp.AckFailure {
		return v.Post(ctx, ack, payload)
	}
	if len(payload) > msnp.MaxMessage {
		return 0, ErrTooLong
	}
	p := newCall("MSG", nil)
	err := v.send(ctx, p, func(id msnp.TrID) Request { return msnp.Send{TrID: id, Ack: ack, Payload: payload} })
	if err != nil {
		return 0, err
	}
	id := p.id
	return id, v.calls.wait(ctx, &v.mu, p)
}

// Post sends a payload of at most msnp.MaxMessage octets and does not wait. What
// the switchboard tells of its fate comes as a [Delivery] event with the
// transaction id that Post gives.
func (v *Conversation) Post(ctx context.Context, ack msnp.Ack, payload []byte) (msnp.TrID, error) {
	if len(payload) > msnp.MaxMessage {
		return 0, ErrTooLong
	}
	return v.post(ctx, func(id msnp.TrID) Request { return msnp.Send{TrID: id, Ack: ack, Payload: payload} })
}

// Do is [Client.Do] for the switchboard of the conversation.
func (v *Conversation) Do(ctx context.Context, build func(msnp.TrID) Request) (*msnp.Line, error) {
	var answer *msnp.Line
	p := newCall("", func(l *msnp.Line) (bool, error) {
		answer = copyLine(l)
		return true, nil
	})
	if err := v.send(ctx, p, build); err != nil {
		return nil, err
	}
	if err := v.calls.wait(ctx, &v.mu, p); err != nil {
		return nil, err
	}
	return answer, nil
}

// Close leaves the conversation, and the others are told by the switchboard. It
// does not wait until the connection is closed, as Done does. Calling it again does
// nothing. The error is nil.
func (v *Conversation) Close() error {
	if link := v.over(nil); link != nil {
		link.part()
	}
	return nil
}

// send registers a call and sends it. If it cannot be sent, the call is over.
func (v *Conversation) send(ctx context.Context, p *call, build func(msnp.TrID) Request) error {
	link, err := v.admit(ctx)
	if err != nil {
		return err
	}
	p.id = v.newID()
	text := buffers.Get().(*[busyBuffer]byte)
	line := build(p.id).Append(text[:0], v.version)
	if p.name == "" {
		p.name = string(line[:3])
	}
	v.calls = append(v.calls, p)
	v.mu.Unlock()
	// If this fails the call is ended by the reader, or the context.
	_ = link.write(ctx, 0, line)
	buffers.Put(text)
	return nil
}

func (v *Conversation) post(ctx context.Context, build func(msnp.TrID) Request) (msnp.TrID, error) {
	link, err := v.admit(ctx)
	if err != nil {
		return 0, err
	}
	id := v.newID()
	v.mu.Unlock()
	text := buffers.Get().(*[busyBuffer]byte)
	defer buffers.Put(text)
	if err := link.write(ctx, 0, build(id).Append(text[:0], v.version)); err != nil {
		return 0, v.c.cause(ctx, err)
	}
	return id, nil
}

// admit returns with the lock held unless there is an error.
func (v *Conversation) admit(ctx context.Context) (*link, error) {
	v.mu.Lock()
	switch {
	case v.ending.Load():
		err := v.err
		v.mu.Unlock()
		return nil, orClosed(err)
	case ctx.Err() != nil:
		v.mu.Unlock()
		return nil, context.Cause(ctx)
	}
	return v.link, nil
}

// newID is called with the lock held.
func (v *Conversation) newID() msnp.TrID {
	if v.trid++; v.trid == 0 {
		v.trid = 1
	}
	return v.trid
}
