package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// maxReferrals bounds the referrals of one sign-in. A dispatch server and a
// notification server that has just lost the account make two.
const maxReferrals = 8

// place is where a client is or goes to.
type place struct {
	server   string
	dispatch bool // it is the server named as Options.Dispatch
	reset    bool // it is reached by a soft reset, on the connection that is there
	moved    bool // the client had signed in before
}

// referral is the error that takes a client out of what it is doing: it is to go
// to another server.
type referral struct{ msnp.Referral }

// Error implements error.
func (r *referral) Error() string { return "client: referred to " + r.Host }

// arriving is the life of a client until it is online, and then after each
// referral. It goes on as staying, on a goroutine of its own: what a sign-in
// needs of a stack would otherwise be kept as long as the client.
func (c *Client) arriving(ctx context.Context, at place) {
	if err := c.prepareLogin(ctx); err != nil {
		c.finish(err)
		return
	}
	for referrals := 1; ; referrals++ {
		err := c.signIn(ctx, at)
		if c.worthAnother(err) {
			at = c.comeBack(at)
			err = c.signIn(ctx, at)
		}
		if err == nil {
			go c.staying(ctx, at)
			return
		}
		r, referred := errors.AsType[*referral](err)
		if !referred {
			c.finish(err)
			return
		}
		if referrals > maxReferrals {
			c.finish(fmt.Errorf("%w: at last to %s", ErrReferralLoop, r.Host))
			return
		}
		at = c.follow(at, r, false)
	}
}

// prepareLogin asks where a ticket can be had.
func (c *Client) prepareLogin(ctx context.Context) error {
	var err error
	c.login, err = c.askNexus(ctx)
	return err
}

// worthAnother reports whether a sign-in may have failed for an old ticket alone, and
// another can be had.
func (c *Client) worthAnother(err error) bool {
	p := &c.o.Passport
	return Code(err) == msnp.CodeAuthFailed && c.wallet.ticket != "" && c.wallet.used &&
		c.o.Password != "" && (p.Nexus != "" || p.Login != "" || p.RST != "")
}

// comeBack begins the sign-in once more, without the ticket.
func (c *Client) comeBack(at place) place {
	c.wallet = wallet{}
	c.mu.Lock()
	link := c.link
	c.link = nil
	c.mu.Unlock()
	if link != nil {
		link.giveBack()
		_ = link.nc.Close()
	}
	at.reset = false
	return at
}

// staying is the life of a client while it is online.
func (c *Client) staying(ctx context.Context, at place) {
	err := c.serve(ctx)
	r, referred := errors.AsType[*referral](err)
	if !referred {
		c.finish(err)
		return
	}
	c.arriving(ctx, c.follow(at, r, true))
}

// start is where a client begins.
func (o *Options) start() place {
	if o.Dispatch != "" {
		return place{server: o.Dispatch, dispatch: true}
	}
	return place{server: o.Notification}
}

// follow leaves the server that the client is on, and tells where to go.
func (c *Client) follow(at place, r *referral, online bool) place {
	next := place{server: r.Host, reset: r.Host == "", moved: at.moved || online}
	if next.reset {
		next.server, next.dispatch = at.server, at.dispatch
	}
	c.mu.Lock()
	if c.moving == nil {
		c.moving = make(chan struct{})
	}
	link := c.link
	if !next.reset {
		c.link = nil
	}
	c.mu.Unlock()
	switch {
	case link == nil:
	case next.reset:
		era := link.renew()
		c.mu.Lock()
		c.era = era
		c.mu.Unlock()
	default:
		link.giveBack()
		_ = link.nc.Close()
	}
	c.emit(Referred{From: at.server, To: next.server, Unasked: online, Reset: next.reset})
	return next
}

// serve reads what the server says, until it has said the last.
func (c *Client) serve(ctx context.Context) error {
	for {
		l, err := c.link.next()
		if err != nil {
			return lost(err)
		}
		if c.ending.Load() {
			continue // until the server closes
		}
		if err := c.handle(ctx, l); err != nil {
			return err
		}
	}
}

// connect dials a server, unless there is a connection to it.
func (c *Client) connect(ctx context.Context, at place) error {
	until := time.Now().Add(c.o.SignInTimeout)
	if at.reset && c.link != nil {
		return c.link.nc.SetReadDeadline(until)
	}
	dial, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	role := msnp.Notification
	if at.dispatch {
		role = msnp.Dispatch
	}
	nc, err := c.dial(dial, at.server, role)
	if err != nil {
		return fmt.Errorf("client: dial %s: %w", at.server, err)
	}
	link := newLink(nc, at.server, role, c.o.Trace)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.link, c.era, c.server = link, 0, at.server
	if c.ending.Load() {
		_ = nc.Close()
	}
	return nc.SetReadDeadline(until)
}

// arrive makes the calls that waited for the end of a move once more, and lets the
// others go on.
func (c *Client) arrive(ctx context.Context, before msnp.Version) error {
	if err := c.link.nc.SetReadDeadline(time.Time{}); err != nil {
		return lost(err)
	}
	c.mu.Lock()
	if c.ending.Load() {
		c.mu.Unlock()
		return ErrSignedOut // the time that SignOut gave the server was just taken back
	}
	if before != 0 && before != c.version {
		c.calls.fail(ErrMoved)
	}
	var again []byte
	for _, p := range c.calls {
		again = append(again, p.line...)
	}
	link, era := c.link, c.era
	c.mu.Unlock()
	if len(again) > 0 {
		if err := link.write(ctx, era, again); err != nil {
			return lost(err)
		}
	}
	c.mu.Lock()
	close(c.moving)
	c.moving = nil
	c.mu.Unlock()
	return nil
}
