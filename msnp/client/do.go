package client

import (
	"context"
	"slices"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// Do sends a request and waits for the line that answers it: the first with the
// same transaction id and command. It is for what has no method of its own, and
// for tests. The request is made by build, which is given the transaction id to
// put into it. If the client is moved before the answer comes, the same line is sent
// again. build must not call the client.
//
// The line is the caller's to keep, to be read by the Parse functions of package
// msnp with [Client.Version]. A refusal is a [*RefusedError]. Where a success has
// no answer, as with PAG, use Post.
func (c *Client) Do(ctx context.Context, build func(msnp.TrID) Request) (*msnp.Line, error) {
	var answer *msnp.Line
	err := c.call(ctx, build, func(l *msnp.Line) (bool, error) {
		answer = copyLine(l)
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// Post sends a request and does not wait for an answer. If it is refused, a
// [Refused] event tells so, with the transaction id that Post gives. What is posted
// at the moment in which a server refers the client is lost: use Do where that
// matters.
func (c *Client) Post(ctx context.Context, build func(msnp.TrID) Request) (msnp.TrID, error) {
	link, err := c.admit(ctx)
	if err != nil {
		return 0, err
	}
	id, era := c.newID(), c.era
	text := build(id).Append(nil, c.version)
	c.mu.Unlock()
	if err := link.write(ctx, era, text); err != nil {
		return 0, c.cause(ctx, err)
	}
	return id, nil
}

// Ping asks the server whether it is there, and waits until it says so.
func (c *Client) Ping(ctx context.Context) error {
	return c.callNamed(ctx, pingName, func(msnp.TrID) Request { return msnp.Ping{} }, nil)
}

// NextPing tells how soon the server wants to be asked again, as it has answered the
// last time (since MSNP9); 0 if it has not said. The client sends no pings by itself,
// but for one at each sign-in since MSNP8.
func (c *Client) NextPing() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Duration(c.pings) * time.Second
}

// call sends a request and waits for its answer, through moves.
func (c *Client) call(ctx context.Context, build func(msnp.TrID) Request, take func(*msnp.Line) (bool, error)) error {
	return c.callNamed(ctx, "", build, take)
}

func (c *Client) callNamed(ctx context.Context, name string, build func(msnp.TrID) Request, take func(*msnp.Line) (bool, error)) error {
	link, err := c.admit(ctx)
	if err != nil {
		return err
	}
	p := newCall(name, take)
	p.id = c.newID()
	p.line = build(p.id).Append(nil, c.version)
	if name == "" {
		p.name = string(p.line[:3])
	}
	c.calls = append(c.calls, p)
	era, text := c.era, p.line
	c.mu.Unlock()
	// What becomes of a line that could not be written is found out by the reader:
	// either it makes the call again elsewhere, or it ends them all.
	_ = link.write(ctx, era, text)
	return c.calls.wait(ctx, &c.mu, p)
}

// admit waits until the client is online, and returns with the lock held unless
// there is an error.
func (c *Client) admit(ctx context.Context) (*link, error) {
	for {
		c.mu.Lock()
		switch {
		case c.ending.Load():
			err := c.err
			c.mu.Unlock()
			return nil, orSignedOut(err)
		case ctx.Err() != nil:
			c.mu.Unlock()
			return nil, context.Cause(ctx)
		case c.moving == nil:
			return c.link, nil
		}
		moving := c.moving
		c.mu.Unlock()
		select {
		case <-moving:
		case <-ctx.Done():
		}
	}
}

// cause tells why a write has failed.
func (c *Client) cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return lost(err)
}

func orSignedOut(err error) error {
	if err == nil {
		return ErrSignedOut
	}
	return err
}

// copyLine makes a line that does not refer to the buffer of a connection.
func copyLine(l *msnp.Line) *msnp.Line {
	copied := &msnp.Line{Command: l.Command, Code: l.Code, Args: make([][]byte, len(l.Args))}
	for i, arg := range l.Args {
		copied.Args[i] = slices.Clone(arg)
	}
	copied.Payload = slices.Clone(l.Payload)
	return copied
}
