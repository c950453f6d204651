package presence

import (
	"errors"
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
	leaving  atomic.Bool              // is being carried to another node; changed under mu
	coming   atomic.Bool              // was carried here, and the client has not come yet; likewise

	mu      sync.Mutex
	shard   uint16 // fixed
	removed bool   // no longer in the hub: sign in to a new one
	loading bool   // the lists are being read
	moving  bool   // referred away, not yet back
	asked   bool   // has asked where to sign in anew, and may do so
	unset   bool   // the status is that of the connection before, until the first of this one
	stale   bool   // what is personal is, until it is set or there is a status
	waiting uint8  // how many wait for back
	changed uint32 // when watchers were last told something, see Hub.age
	came    uint32 // when it came into this hub
	since   int64  // the sign-in, in milliseconds since 1970
	seq     uint64 // of what watchers were last told
	lists   roster.Privacy
	edits   []func(*roster.Privacy) // what happened to the lists while they were being read
	name    msnp.Encoded
	status  msnp.Status   // what others are shown; empty before the first
	more    *more         // and what else; nil for nothing
	grace   *grace        // the time that nobody is told anything, nil if it is not running
	journey *journey      // to or from another node, nil if there is none
	debut   *debut        // while lists are read of one that was carried here, else nil
	back    chan struct{} // closed when the client is back, made by who waits
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

// Since is when the client signed in, wherever it has been moved since.
func (p *Principal) Since() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.UnixMilli(p.since)
}

// errRemoved says that a principal has just left the hub.
var errRemoved = errors.New("presence: the principal has left")

// attach makes e the endpoint.
func (p *Principal) attach(name msnp.Encoded, e *Endpoint) (Arrival, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.removed:
		return Arrival{}, errRemoved
	case p.leaving.Load():
		return Arrival{}, ErrElsewhere
	}
	arrival := Arrival{Moved: p.moving || p.asked, From: p.arrive(e)}
	p.unset = p.status != "" && (!arrival.Moved || p.unset)
	p.stale = !arrival.Moved || p.stale || !e.Version.Has(msnp.FeaturePersonalMessages)
	arrival.Unset = p.unset
	if before := time.UnixMilli(p.since); arrival.Moved {
		e.Since = before
	} else if !e.Since.After(before) {
		e.Since = before.Add(time.Millisecond) // two sign-ins are told apart by their times
	}
	p.since = e.Since.UnixMilli()
	e.number = p.hub.clock.next()
	if !p.loading {
		p.loading, p.edits = true, nil
	}
	arrival.Old = p.endpoint.Swap(e)
	p.coming.Store(false)
	p.name, p.moving, p.asked = name, false, false
	p.stopGrace()
	if p.unset {
		p.startGrace(p.hub.grace) // until the first status, but not for ever
	}
	return arrival, nil
}

// Load gives the principal the lists as they were read after the SignIn of e.
// What happened to them since then is done again, which changes nothing where it
// is in them already. If another has signed in meanwhile, its lists count.
func (p *Principal) Load(e *Endpoint, lists roster.Privacy) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.endpoint.Load() == e && !p.removed {
		p.load(lists)
		p.loading, p.edits = false, nil
	}
}

// load replaces the lists by those that were read, with what happened since.
func (p *Principal) load(lists roster.Privacy) {
	p.lists = lists
	for _, edit := range p.edits {
		edit(&p.lists)
	}
	p.appear()
}

// change changes the lists. While they are being read, those of the connection
// before, which they replace, still decide who is told what.
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
	p.startGrace(p.hub.grace)
}

// OnTheMove reports whether the client has been sent to sign in anew, here or from
// another node.
func (p *Principal) OnTheMove() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.moving || p.asked
}

// MayReturn is Move for a client that asked for its notification server: it may
// sign in anew, or stay where it is.
func (p *Principal) MayReturn() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = true
	p.startGrace(p.hub.grace)
}

// Dismiss ends what others are shown of the principal, at once and for good: it
// was signed out by the service. Its connection, if it has one, is ended by the
// caller. It reports false if the principal is on another node by now, or on its
// way there: then that is where it is to be done.
func (p *Principal) Dismiss() bool {
	p.mu.Lock()
	if p.removed || p.leaving.Load() {
		p.mu.Unlock()
		return false
	}
	var told []*Endpoint
	p.moving, p.asked = false, false
	if p.endpoint.Load() == nil {
		told = p.leave()
	} else {
		told = p.become(look{})
	}
	p.mu.Unlock()
	flushAll(told)
	return true
}

// Detach takes the endpoint e away because its connection has ended. Unless the
// principal is on the move or has another endpoint by now, its watchers are
// told that it has left. It reports whether the principal is gone.
func (p *Principal) Detach(e *Endpoint) bool {
	p.mu.Lock()
	if !p.endpoint.CompareAndSwap(e, nil) || p.removed {
		p.mu.Unlock()
		return false
	}
	var told []*Endpoint
	gone := !p.moving && !p.asked && !p.leaving.Load()
	if gone {
		told = p.leave()
	}
	p.mu.Unlock()
	flushAll(told)
	return gone
}

// leave tells the watchers and takes the principal out of the hub.
func (p *Principal) leave() []*Endpoint {
	open := p.status.Open()
	told := p.become(look{})
	if open {
		p.hub.graves.bury(p)
	}
	p.forget()
	return told
}

// forget takes the principal out of the hub.
func (p *Principal) forget() {
	p.stopGrace()
	p.removed = true
	p.vanish()
	p.wake()
	p.hub.remove(p)
}
