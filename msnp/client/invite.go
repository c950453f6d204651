package client

import (
	"context"
	"strings"

	"github.com/papilio-im/papilio/msnp"
)

// Invitation is an invitation to a conversation.
type Invitation struct {
	Session    uint32 // of the conversation, on its switchboard
	Server     string // host:port of the switchboard
	Caller     string
	CallerName string // what the caller is called by itself

	c      *Client
	method msnp.Method
	param  string
	taken  bool // guarded by the client's lock
}

// Answer joins the conversation. An invitation is answered once, within the
// minute or so that servers keep it open; later the error is [ErrExpired] or a
// [*RefusedError] with msnp.CodeAuthFailed. One that is not answered is declined
// without a word.
func (i *Invitation) Answer(ctx context.Context) (*Conversation, error) {
	if err := i.c.mayProve(i.method); err != nil {
		return nil, err
	}
	v, err := i.c.prepare(i)
	if err != nil {
		return nil, err
	}
	go v.run(ctx, i.Server, i.hello())
	if err := v.entered(ctx); err != nil {
		return nil, err
	}
	return v, nil
}

// hello is ANS.
func (i *Invitation) hello() func(msnp.TrID) Request {
	who := i.c.identity(i.method, i.param)
	return func(id msnp.TrID) Request {
		return msnp.Answer{TrID: id, Identity: who, Session: i.Session}
	}
}

// onRNG tells of an invitation, and answers it on the goroutine that then becomes
// that of the conversation.
func (c *Client) onRNG(ctx context.Context, l *msnp.Line) error {
	m, err := msnp.ParseRing(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	i := &Invitation{
		Session: m.Session, Server: m.Host,
		Caller: strings.ToLower(m.Caller), CallerName: decoded(m.CallerName),
		c: c, method: m.Method, param: m.Param,
	}
	c.emit(Invited{Invitation: i})
	if c.o.ManualAnswer {
		return nil
	}
	var v *Conversation
	if err = c.mayProve(i.method); err == nil {
		v, err = c.prepare(i)
	}
	if err != nil {
		c.emit(InvitationFailed{Invitation: i, Err: err})
		return nil
	}
	v.auto = true
	go v.run(ctx, i.Server, i.hello())
	return nil
}
