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
	release, err := c.reserve()
	if err != nil {
		return nil, err
	}
	defer release()
	m, err := c.transfer(ctx)
	if err != nil {
		return nil, err
	}
	who := c.identity(m.Method, m.Param)
	v, err := c.enter(ctx, m.Host, nil, func(id msnp.TrID) Request {
		return msnp.Enter{TrID: id, Identity: who}
	})
	if err != nil {
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
	who := msnp.Identity{Handle: c.o.Handle, Secret: param}
	switch method {
	case msnp.MethodMD5:
		who.Secret = msnp.MD5Response(param, c.o.Password)
	case msnp.MethodCTP:
		who.Secret = c.o.Password
	}
	return who
}

// reserve counts a conversation that is being opened. release is called when it is
// open, or not to be.
func (c *Client) reserve() (release func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.ending:
		return nil, orSignedOut(c.err)
	case len(c.convs)+c.opening >= c.o.MaxConversations:
		return nil, ErrTooManyConversations
	}
	c.opening++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.opening--
	}, nil
}

// enter connects to a switchboard, says who is coming and waits until that is
// accepted.
func (c *Client) enter(ctx context.Context, server string, by *Invitation, hello func(msnp.TrID) Request) (*Conversation, error) {
	v := &Conversation{c: c, done: make(chan struct{}), opened: make(chan struct{})}
	if by != nil {
		v.session = by.Session
	}
	c.mu.Lock()
	if c.ending {
		c.mu.Unlock()
		return nil, orSignedOut(c.err)
	}
	if c.convs == nil {
		c.convs = make(map[*Conversation]struct{})
	}
	c.convs[v] = struct{}{}
	c.rooms.Add(1)
	c.mu.Unlock()
	stop := context.AfterFunc(ctx, func() { v.end(context.Cause(ctx)) })
	go v.run(ctx, server, by, hello)
	<-v.opened
	if !stop() {
		<-v.done
	}
	select {
	case <-v.done:
		if err := v.Err(); err != nil {
			return nil, err
		}
		return nil, ErrClosed
	default:
		return v, nil
	}
}

// run is the life of a conversation.
func (v *Conversation) run(ctx context.Context, server string, by *Invitation, hello func(msnp.TrID) Request) {
	defer v.c.rooms.Done()
	entered := false
	err := v.connect(ctx, server, hello)
	if err == nil {
		entered = true
		if by != nil {
			v.c.emit(Answered{Conversation: v, Invitation: by})
		}
		close(v.opened)
		err = v.serve()
	}
	v.finish(err, entered)
}

// connect dials and says who is coming.
func (v *Conversation) connect(ctx context.Context, server string, hello func(msnp.TrID) Request) error {
	until := time.Now().Add(v.c.o.SignInTimeout)
	dial, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	nc, err := v.c.o.Dial(dial, "tcp", server)
	if err != nil {
		return fmt.Errorf("client: dial %s: %w", server, err)
	}
	v.mu.Lock()
	v.link = newLink(nc, server, msnp.Switchboard, v.c.o.Trace)
	id := v.newID()
	if v.ending {
		_ = nc.Close()
	}
	v.mu.Unlock()
	if err := nc.SetReadDeadline(until); err != nil {
		return lost(err)
	}
	if err := v.link.write(ctx, 0, hello(id).Append(nil, v.c.o.Version)); err != nil {
		return lost(err)
	}
	if err := v.welcomed(id); err != nil {
		return err
	}
	return nc.SetReadDeadline(time.Time{})
}

// welcomed reads until the switchboard accepts: USR OK, or ANS OK after everybody
// who is there.
func (v *Conversation) welcomed(id msnp.TrID) error {
	for {
		l, err := v.link.next()
		if err != nil {
			return lost(err)
		}
		got, ok := l.TrID()
		switch {
		case l.Code != 0 && (!ok || got == id):
			return &RefusedError{Command: "USR", Code: l.Code, TrID: id}
		case ok && got == id && l.Command.Name != "IRO" && msnp.IsWelcome(l):
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
		if err := v.handle(l); err != nil {
			return err
		}
	}
}

// end begins the end. The first cause is the one that stays.
func (v *Conversation) end(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.ending {
		return
	}
	v.ending, v.err = true, err
	if v.link != nil {
		_ = v.link.nc.Close()
	}
}

// finish is the end, on the goroutine of the conversation.
func (v *Conversation) finish(err error, entered bool) {
	v.end(err)
	v.mu.Lock()
	cause := v.err
	if v.err == nil {
		cause = ErrClosed
	}
	v.calls.fail(cause)
	ended := Ended{Conversation: v, Err: v.err}
	if v.link != nil {
		v.link.giveBack()
	}
	v.mu.Unlock()
	v.c.mu.Lock()
	delete(v.c.convs, v)
	v.c.mu.Unlock()
	if entered {
		v.c.emit(ended)
	}
	close(v.done)
	if !entered {
		close(v.opened)
	}
}
