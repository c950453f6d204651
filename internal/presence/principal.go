package presence

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// Principal is a signed-in account.
//
// Its lock is held while lines about it are queued, so that what one watcher
// gets is in the order in which it happened. The lock of no other principal is
// ever taken under it.
type Principal struct {
	Handle string
	hub    *Hub

	endpoint atomic.Pointer[Endpoint] // nil between two connections

	mu      sync.Mutex
	removed bool // no longer in the hub: sign in to a new one
	lists   roster.Privacy
	loading bool                    // the lists are being read
	edits   []func(*roster.Privacy) // what happened to them meanwhile
	name    msnp.Encoded
	status  msnp.Status   // what others are shown; empty before the first
	moving  bool          // referred away, not yet back
	asked   bool          // has asked where to sign in anew, and may do so
	grace   *time.Timer   // ends the time that nobody is told anything
	graces  uint32        // how many there were: a timer that comes late is of an earlier one
	back    chan struct{} // closed when the client is back, made by who waits
	waiting int           // how many do
}

// Endpoint gives the connection of the principal, or nil.
func (p *Principal) Endpoint() *Endpoint { return p.endpoint.Load() }

// Name gives the friendly name.
func (p *Principal) Name() msnp.Encoded {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.name
}

// Status gives the status that was last set, empty before the first.
func (p *Principal) Status() msnp.Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status
}

// attach makes e the endpoint. It fails if p has just been removed.
func (p *Principal) attach(name msnp.Encoded, e *Endpoint) (Arrival, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.removed {
		return Arrival{}, false
	}
	arrival := Arrival{Old: p.endpoint.Swap(e), Moved: p.moving || p.asked}
	p.name, p.moving, p.asked = name, false, false
	p.loading, p.edits = true, nil
	p.stopGrace()
	if p.status != "" && !arrival.Moved {
		p.startGrace() // shown by the connection before: until the first status, but not for ever
	}
	return arrival, true
}

// Load gives the principal the lists as they were read after the SignIn of e.
// What happened to them since then is done again, which changes nothing where it
// is in them already. If another has signed in meanwhile, its lists count.
func (p *Principal) Load(e *Endpoint, lists roster.Privacy) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.endpoint.Load() != e {
		return
	}
	p.lists, p.loading = lists, false
	for _, edit := range p.edits {
		edit(&p.lists)
	}
	p.edits = nil
}

// edit changes the lists, or notes the change if they are being read.
func (p *Principal) edit(change func(*roster.Privacy)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.change(change)
}

// change is edit with the lock held. While the lists are being read, those of
// the connection before, which they replace, still decide who is told what.
func (p *Principal) change(change func(*roster.Privacy)) {
	if p.loading {
		p.edits = append(p.edits, change)
	}
	change(&p.lists)
}

// Move marks the principal as on its way to another connection: whatever
// happens to this one, nobody is told until the grace is over.
func (p *Principal) Move() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.moving = true
	p.startGrace()
}

// MayReturn is Move for a client that asked for its notification server: it may
// sign in anew, or stay where it is.
func (p *Principal) MayReturn() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = true
	p.startGrace()
}

// Dismiss ends what others are shown of the principal, at once and for good: it
// was signed out by the service. Its connection, if it has one, is ended by the
// caller.
func (p *Principal) Dismiss() {
	p.mu.Lock()
	var told []*Endpoint
	if !p.removed {
		p.moving, p.asked = false, false
		if p.endpoint.Load() == nil {
			told = p.leave()
		} else {
			told = p.show("")
		}
	}
	p.mu.Unlock()
	flushAll(told)
}

// Detach takes the endpoint e away because its connection has ended. Unless the
// principal is on the move or has another endpoint by now, its watchers are
// told that it has left. It reports whether the principal is gone.
func (p *Principal) Detach(e *Endpoint) bool {
	p.mu.Lock()
	if !p.endpoint.CompareAndSwap(e, nil) {
		p.mu.Unlock()
		return false
	}
	var told []*Endpoint
	gone := !p.moving && !p.asked
	if gone {
		told = p.leave()
	}
	p.mu.Unlock()
	flushAll(told)
	return gone
}

// leave tells the watchers and takes the principal out of the hub.
func (p *Principal) leave() []*Endpoint {
	told := p.show("")
	p.stopGrace()
	p.removed = true
	p.wake()
	p.hub.remove(p)
	return told
}

func (p *Principal) startGrace() {
	p.stopGrace()
	p.graces++
	number := p.graces
	p.grace = time.AfterFunc(p.hub.grace, func() { p.graceOver(number) })
}

func (p *Principal) stopGrace() {
	if p.grace != nil {
		p.grace.Stop()
		p.grace = nil
	}
}

// graceOver tells the watchers that the principal has left if its client has
// not come back, or has come back and set no status.
func (p *Principal) graceOver(number uint32) {
	p.mu.Lock()
	var told []*Endpoint
	if e := p.endpoint.Load(); p.grace != nil && p.graces == number && !p.removed {
		p.grace, p.moving, p.asked = nil, false, false
		switch {
		case e == nil:
			told = p.leave()
		case !e.Arrived():
			told = p.show("")
		}
	}
	p.mu.Unlock()
	flushAll(told)
}

// awaited gives the endpoint if it can be called, or a channel that is closed
// when something has changed about that, or neither if nobody is coming or too
// many wait. Who takes the channel calls waited in the end.
func (p *Principal) awaited() (*Endpoint, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.endpoint.Load()
	switch {
	case p.removed:
		return nil, nil
	case e != nil && e.ready.Load() && !p.moving:
		return e, nil
	case p.status == "":
		return nil, nil
	}
	if p.waiting >= maxWaitingEach {
		return nil, nil
	}
	if p.hub.waiting.Add(1) > maxWaiting {
		p.hub.waiting.Add(-1)
		return nil, nil
	}
	p.waiting++
	if p.back == nil {
		p.back = make(chan struct{})
	}
	return nil, p.back
}

// waited is called by who was given a channel, and waits no more.
func (p *Principal) waited() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting--
	p.hub.waiting.Add(-1)
}

// wake lets those go on who wait for the principal.
func (p *Principal) wake() {
	if p.back != nil {
		close(p.back)
		p.back = nil
	}
}
