package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// Open opens a conversation, invites people and waits until all of them have
// come. Without handles it is an empty conversation. If somebody cannot be invited,
// or does not come before the context ends, the conversation is closed and the
// error is that of [Conversation.Invite]. The server refuses with
// msnp.CodeNotAllowedHidden those who are hidden or have not set a status.
func (c *Client) Open(ctx context.Context, handles ...string) (*Conversation, error) {
	v, err := c.prepare(nil)
	if err != nil {
		return nil, err
	}
	m, err := c.transfer(ctx)
	if err == nil {
		err = c.mayProve(m.Method)
	}
	if err != nil {
		v.finish(err)
		return nil, err
	}
	who := c.identity(m.Method, m.Param)
	go v.run(ctx, m.Host, func(id msnp.TrID) Request { return msnp.Enter{TrID: id, Identity: who} })
	if err := v.entered(ctx); err != nil {
		return nil, err
	}
	if err := v.inviteAll(ctx, handles); err != nil {
		_ = v.Close()
		return nil, err
	}
	return v, nil
}

// inviteAll sends all invitations, and then waits for everybody.
func (v *Conversation) inviteAll(ctx context.Context, handles []string) error {
	sent := make([]*call, 0, len(handles))
	var failed error
	for _, handle := range handles {
		p, err := v.invite(ctx, handle)
		if err != nil {
			failed = err
			break
		}
		sent = append(sent, p)
	}
	for i, p := range sent {
		if err := v.calls.wait(ctx, &v.mu, p); err != nil {
			failed = errors.Join(failed, fmt.Errorf("invite %s: %w", handles[i], err))
		}
	}
	return failed
}

// transfer asks for a switchboard.
func (c *Client) transfer(ctx context.Context) (msnp.Transfer, error) {
	var m msnp.Transfer
	err := c.call(ctx, func(id msnp.TrID) Request {
		return msnp.XFRRequest{TrID: id, Type: msnp.ToSwitchboard}
	}, func(l *msnp.Line) (bool, error) {
		var err error
		if m, err = msnp.ParseTransfer(l, c.version); err != nil {
			err = protocolError(l, err)
		}
		return true, err
	})
	return m, err
}

// identity is what proves at a switchboard who the client is.
func (c *Client) identity(method msnp.Method, param string) msnp.Identity {
	who := msnp.Identity{Handle: c.o.Handle}
	switch method {
	case msnp.MethodMD5:
		who.Secret = msnp.MD5Response(param, c.o.Password)
	case msnp.MethodCTP:
		who.Secret = c.o.Password
	default:
		who.Secret = param // a cookie
	}
	return who
}

// prepare makes a conversation that is going to be opened, and counts it. by is
// the invitation that it answers, if it does.
func (c *Client) prepare(by *Invitation) (*Conversation, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.ending.Load():
		return nil, orSignedOut(c.err)
	case len(c.convs) >= c.o.MaxConversations:
		return nil, ErrTooManyConversations
	case by != nil && by.taken:
		return nil, ErrExpired
	}
	v := &Conversation{c: c, by: by, version: c.version, opened: make(chan struct{}), done: make(chan struct{})}
	if by != nil {
		by.taken = true
		v.session = by.Session
	}
	if c.convs == nil {
		c.convs = make(map[*Conversation]struct{})
	}
	c.convs[v] = struct{}{}
	c.rooms.Add(1)
	return v, nil
}

// entered waits until the conversation can be used, or is over.
func (v *Conversation) entered(ctx context.Context) error {
	select {
	case <-v.opened:
		return nil
	case <-ctx.Done():
		v.end(context.Cause(ctx))
		<-v.done
	case <-v.done:
	}
	return orClosed(v.Err())
}

func orClosed(err error) error {
	if err == nil {
		return ErrClosed
	}
	return err
}

// run is the life of a conversation.
func (v *Conversation) run(ctx context.Context, server string, hello func(msnp.TrID) Request) {
	err := v.connect(ctx, server, hello)
	if err == nil {
		close(v.opened)
		if v.by != nil { // whoever is told can use it
			v.c.emit(Answered{Conversation: v, Invitation: v.by})
		}
		err = v.serve()
	}
	v.finish(err)
}

// connect dials and says who is coming.
func (v *Conversation) connect(ctx context.Context, server string, hello func(msnp.TrID) Request) error {
	until := time.Now().Add(v.c.o.SignInTimeout)
	dial, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	v.mu.Lock()
	v.stop = cancel
	v.mu.Unlock()
	if v.ending.Load() {
		return ErrClosed
	}
	nc, err := v.c.dial(dial, server, msnp.Switchboard)
	if err != nil {
		return fmt.Errorf("client: dial %s: %w", server, err)
	}
	v.mu.Lock()
	v.link = newLink(nc, server, msnp.Switchboard, v.c.o.Trace)
	id := v.newID()
	if v.ending.Load() {
		_ = nc.Close()
	}
	v.mu.Unlock()
	if err := nc.SetReadDeadline(until); err != nil {
		return lost(err)
	}
	text := hello(id).Append(nil, v.version)
	if err := v.link.write(dial, 0, text); err != nil {
		return lost(err)
	}
	if err := v.welcomed(id, string(text[:3])); err != nil {
		return err
	}
	if err := nc.SetReadDeadline(time.Time{}); err != nil {
		return lost(err)
	}
	if v.ending.Load() {
		return ErrClosed // the time that Close gave the switchboard was just taken back
	}
	return nil
}

// welcomed reads until the switchboard accepts: USR OK, or ANS OK after everybody
// who is there.
func (v *Conversation) welcomed(id msnp.TrID, name string) error {
	for {
		l, err := v.link.next()
		if err != nil {
			return lost(err)
		}
		got, ok := l.TrID()
		switch {
		case l.Code != 0 && (!ok || got == id):
			return &RefusedError{Command: name, Code: l.Code, TrID: id}
		case ok && got == id && l.Name() == name && msnp.IsWelcome(l):
			return nil
		}
		if err := v.handle(l); err != nil {
			return err
		}
	}
}

// serve reads what the switchboard says, until it has said the last.
func (v *Conversation) serve() error {
	for {
		l, err := v.link.next()
		if errors.Is(err, io.EOF) {
			return nil // this is how a switchboard ends a conversation
		}
		if err != nil {
			return lost(err)
		}
		if v.ending.Load() {
			continue // until the switchboard closes
		}
		if err := v.handle(l); err != nil {
			return err
		}
	}
}

// end begins the end. The first cause is the one that stays.
func (v *Conversation) end(err error) {
	if link := v.over(err); link != nil {
		_ = link.nc.Close()
	}
}

// over marks the conversation as over, and ends what waits for it. It gives the
// connection that is to be closed, if there is one that is not.
func (v *Conversation) over(err error) *link {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.ending.Load() {
		return nil
	}
	v.err = err
	v.ending.Store(true)
	v.calls.fail(orClosed(err))
	if v.stop != nil {
		v.stop()
	}
	return v.link
}

// finish is the end, on the goroutine of the conversation.
func (v *Conversation) finish(err error) {
	v.end(err)
	if v.link != nil {
		v.link.giveBack()
		_ = v.link.nc.Close()
	}
	v.mu.Lock()
	err = v.err
	x := v.exchange
	v.mu.Unlock()
	if x != nil {
		x.close(orClosed(err))
	}
	v.c.mu.Lock()
	delete(v.c.convs, v)
	ending := v.c.ending.Load()
	v.c.mu.Unlock()
	select {
	case <-v.opened:
		v.c.emit(Ended{Conversation: v, Err: err})
	default:
		if v.auto && !ending {
			v.c.emit(InvitationFailed{Invitation: v.by, Err: orClosed(err)})
		}
	}
	close(v.done)
	v.c.rooms.Done()
}
