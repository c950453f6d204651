package client

import (
	"context"
	"errors"
	"strings"
)

// Say says a text to somebody, as a user does who types it into the window for that
// person: in the conversation that the two have, whoever began it, or else in a new
// one. It returns when the text was delivered; see [Conversation.Send] and
// [Client.Open] for the errors.
//
// Servers end conversations in which nobody speaks, and those on a switchboard that
// goes down. Say opens another one then. If a conversation ends in the moment in
// which the text is under way, the error is [ErrClosed] or wraps
// [ErrConnectionLost], and nobody can tell whether it has arrived.
func (c *Client) Say(ctx context.Context, handle, text string) error {
	if err := checkHandle(handle); err != nil {
		return err
	}
	handle = strings.ToLower(handle)
	for {
		v, err := c.with(ctx, handle)
		if err != nil {
			return err
		}
		if v == nil {
			continue // somebody else has just tried to open it
		}
		id, err := v.sendText(ctx, text)
		if err == nil || id != 0 || !v.ending.Load() || errors.Is(err, ErrTooLong) {
			return err
		}
		// It was over before anything was said in it.
	}
}

// opening is a conversation that Say opens.
type opening struct{ done chan struct{} } // closed when it is open, or is not going to be

// with gives the conversation with one other person, which is opened if there is
// none. Whoever wants the same one meanwhile waits, and gets nil: look again.
func (c *Client) with(ctx context.Context, handle string) (*Conversation, error) {
	if v := c.between(handle); v != nil {
		return v, nil
	}
	c.mu.Lock()
	o := c.opening[handle]
	if o != nil {
		c.mu.Unlock()
		select {
		case <-o.done:
			return nil, nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	o = &opening{done: make(chan struct{})}
	if c.opening == nil {
		c.opening = make(map[string]*opening)
	}
	c.opening[handle] = o
	c.mu.Unlock()
	v, err := c.Open(ctx, handle)
	c.mu.Lock()
	delete(c.opening, handle)
	c.mu.Unlock()
	close(o.done)
	return v, err
}

// between finds an open conversation with one other person.
func (c *Client) between(handle string) *Conversation {
	c.mu.Lock()
	defer c.mu.Unlock()
	for v := range c.convs {
		if v.isWith(handle) {
			return v
		}
	}
	return nil
}

// isWith reports whether the conversation is open, and with one other person.
func (v *Conversation) isWith(handle string) bool {
	select {
	case <-v.opened:
	default:
		return false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return !v.ending.Load() && len(v.members) == 1 && v.members[0].Handle == handle
}
