package client

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"

	"github.com/papilio-im/papilio/msnp"
)

// Client is somebody who is signed in. Its methods can be called from any
// goroutine, event handlers included, and those that talk to the server return
// when the answer has come, the context has ended, or the session has. A call
// that is waiting while the client moves to another server is made again there,
// unseen by the caller.
type Client struct {
	o     Options
	queue *queue // nil if nobody wants events
	done  chan struct{}
	stop  context.CancelFunc // ends what run and the conversations dial
	rooms sync.WaitGroup     // the goroutines of the conversations

	mu      sync.Mutex
	err     error // why the session is over, or is about to be
	reason  msnp.Reason
	ending  atomic.Bool // set with the lock held
	link    *link       // the connection to the notification server; nil while it dials
	era     int
	server  string        // that link is connected to, or was last
	moving  chan struct{} // not nil while signing in; closed when that is over
	calls   calls
	trid    msnp.TrID
	version msnp.Version
	status  msnp.Status
	name    msnp.Encoded
	roster  roster
	numbers int    // the last that a group with a GUID was given
	picture []byte // the own one
	object  string // that describes it, "" if there is none
	hash    string // of the picture, as the description has it
	convs   map[*Conversation]struct{}
	opening map[string]*opening // by handle

	proven string // the ticket that was signed in with
	pings  int    // seconds until the server wants the next PNG, 0 if it does not say
	pages  pages

	// Owned by the goroutine of the connection.
	sync   syncing
	listed string    // the contact of the last LST, whose settings may follow
	usr    msnp.TrID // of the last USR
	wallet wallet
	login  string // where the nexus says that tickets can be had
}

// SignIn signs in and returns when the client is online: referred to its
// notification server, lists synchronised, first status set and the statuses of
// contacts known. The context bounds the sign-in, not what comes after it.
//
// The error is one of [Options], the context's, a [*RefusedError] (code 911 is a
// wrong handle or password), an [*EndedError], a [*ProtocolError], or wraps
// [ErrConnectionLost] or what Dial returned.
func SignIn(ctx context.Context, o Options) (*Client, error) {
	if err := o.normalise(); err != nil {
		return nil, err
	}
	c := &Client{o: o, done: make(chan struct{}), moving: make(chan struct{})}
	c.wallet = wallet{ticket: o.Passport.Ticket, used: true}
	if o.OnEvent != nil || o.Events != nil {
		c.queue = newQueue(o.EventQueue, o.Patience, c.deliver, func() { c.end(ErrSlowConsumer) })
	}
	c.keepPicture(o.Picture)
	online := c.moving
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stop = stop
	go c.arriving(run, c.o.start())
	stopped := context.AfterFunc(ctx, func() { c.end(context.Cause(ctx)) })
	select {
	case <-online:
	case <-c.done:
	}
	if !stopped() || c.ending.Load() {
		<-c.done // the context has ended the session, or it has ended by itself
	}
	select {
	case <-c.done:
		return nil, cmp.Or(c.Err(), ErrSignedOut)
	default:
		return c, nil
	}
}

// end begins the end of the session. The first cause is the one that stays.
func (c *Client) end(err error) {
	if link := c.over(err); link != nil {
		_ = link.nc.Close()
	}
}

// over marks the session as over, and ends what waits for it. It gives the
// connection that is to be closed, if there is one that is not.
func (c *Client) over(err error) *link {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending.Load() {
		return nil
	}
	c.err = err
	c.ending.Store(true)
	c.calls.fail(orSignedOut(err))
	c.stop()
	c.queue.end()
	return c.link
}

// finish is the end of the session, on the goroutine of the connection.
func (c *Client) finish(err error) {
	c.end(err)
	if c.link != nil {
		c.link.giveBack()
		_ = c.link.nc.Close()
	}
	c.mu.Lock()
	if c.moving != nil {
		close(c.moving)
		c.moving = nil
	}
	signedOut := SignedOut{Reason: c.reason, Err: c.err}
	c.mu.Unlock()
	c.closeConversations()
	c.rooms.Wait()
	c.pages.close()
	if c.wants(signedOut) {
		c.queue.last(signedOut)
	}
	close(c.done)
	c.queue.giveUpLater()
}

// SignOut leaves: it closes all conversations, says OUT and waits until everything
// is over, which takes two seconds if a server does not close its connection.
// Calling it again, or after the session has ended otherwise, only waits. The
// context bounds the wait; the end comes in any case.
func (c *Client) SignOut(ctx context.Context) error {
	if !c.ending.Load() {
		c.closeConversations()
	}
	if link := c.over(nil); link != nil {
		link.part()
	}
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (c *Client) closeConversations() {
	c.mu.Lock()
	convs := make([]*Conversation, 0, len(c.convs))
	for v := range c.convs {
		convs = append(convs, v)
	}
	c.mu.Unlock()
	for _, v := range convs {
		_ = v.Close()
	}
}

// Done is closed when the session is over, all its connections are closed, and
// its last event is in the queue.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err tells why the session is over: nil while it is not, and after SignOut; an
// [*EndedError] if the server has ended it, [ErrSlowConsumer], [ErrReferralLoop], a
// [*ProtocolError], a [*RefusedError] of a sign-in after a referral, or an error
// that wraps [ErrConnectionLost]. The client never signs in again by itself, except
// where a server refers it.
func (c *Client) Err() error {
	select {
	case <-c.done:
	default:
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Handle is the account's handle, in lower case.
func (c *Client) Handle() string { return c.o.Handle }

// Version is the version that is spoken: the one of the options, or an older one
// that the server picked.
func (c *Client) Version() msnp.Version {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.version
}

// Name is the own friendly name. From MSNP10 on it comes with the lists, so with
// Options.NoSync it is "" until it is changed.
func (c *Client) Name() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return decoded(c.name)
}

// Status is the own status, as the server has last confirmed it.
func (c *Client) Status() msnp.Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}

// Server is the host:port of the server that the client is on or, between two,
// was last on.
func (c *Client) Server() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.server
}

// emit tells the program of an event.
func (c *Client) emit(e Event) {
	if c.queue != nil && c.wants(e) {
		c.queue.put(e)
	}
}

// wants reports whether the program is to be told of an event.
func (c *Client) wants(e Event) bool { return c.o.Filter == nil || c.o.Filter(e) }

// deliver gives an event to the program.
func (c *Client) deliver(e Event) bool {
	if c.o.OnEvent != nil {
		c.o.OnEvent(c, e)
		return true
	}
	select {
	case c.o.Events <- e:
		return true
	case <-c.queue.giveUp:
		return false
	}
}
