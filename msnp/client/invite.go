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
	if !i.take() {
		return nil, ErrExpired
	}
	release, err := i.c.reserve()
	if err != nil {
		return nil, err
	}
	defer release()
	who := i.c.identity(i.method, i.param)
	return i.c.enter(ctx, i.Server, i, func(id msnp.TrID) Request {
		return msnp.Answer{TrID: id, Identity: who, Session: i.Session}
	})
}

// take makes sure that an invitation is answered once.
func (i *Invitation) take() bool {
	i.c.mu.Lock()
	defer i.c.mu.Unlock()
	taken := i.taken
	i.taken = true
	return !taken
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
	return c.answer(ctx, i)
}
