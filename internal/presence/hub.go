package presence

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// Grace is how long a principal that was moved, or whose place was taken, is
// shown as it was before its watchers are told that it has left.
const Grace = 30 * time.Second

// How many may wait for principals on the move, for one of them and for all.
// Waiting takes up what serves others, and anybody can have themselves moved.
const (
	maxWaitingEach = 8
	maxWaiting     = 64
)

// Hub holds the principals that are signed in on this node.
type Hub struct {
	grace   time.Duration
	waiting atomic.Int32 // calls of Wait that wait

	mu         sync.RWMutex
	principals map[string]*Principal
}

// NewHub makes an empty hub. A grace of 0 means [Grace].
func NewHub(grace time.Duration) *Hub {
	if grace == 0 {
		grace = Grace
	}
	return &Hub{grace: grace, principals: make(map[string]*Principal)}
}

// Find gives the principal of a handle, or nil if it is not signed in here.
func (h *Hub) Find(handle string) *Principal {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.principals[handle]
}

// All lists the principals, in no order.
func (h *Hub) All() []*Principal {
	h.mu.RLock()
	defer h.mu.RUnlock()
	all := make([]*Principal, 0, len(h.principals))
	for _, p := range h.principals {
		all = append(all, p)
	}
	return all
}

// Len counts the principals.
func (h *Hub) Len() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.principals)
}

// Arrival tells what a sign-in found.
type Arrival struct {
	// Old is the endpoint whose place was taken, or nil. The caller ends it.
	Old *Endpoint
	// Moved says that the principal was on the move, so that it has its state
	// already and nobody is to be told of anything.
	Moved bool
}

// SignIn makes e the endpoint of a handle. What others are shown stays as it
// was until the new endpoint sets its first status; for a principal that was
// not signed in that is nothing. The caller loads the lists next, see
// [Principal.Load].
func (h *Hub) SignIn(handle string, name msnp.Encoded, e *Endpoint) (*Principal, Arrival) {
	for {
		p := h.findOrAdd(handle)
		if arrival, ok := p.attach(name, e); ok {
			return p, arrival
		}
	}
}

func (h *Hub) findOrAdd(handle string) *Principal {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.principals[handle]
	if p == nil {
		p = &Principal{Handle: handle, hub: h}
		h.principals[handle] = p
	}
	return p
}

func (h *Hub) remove(p *Principal) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.principals, p.Handle)
}

// Tell puts a line about the lists into the queue of a principal's endpoint,
// if it has fetched its lists, and writes it.
func (h *Hub) Tell(handle string, message interface {
	Append(dst []byte, v msnp.Version) []byte
}, has func(msnp.Version) bool) {
	p := h.Find(handle)
	if p == nil {
		return
	}
	e := p.Endpoint()
	if e == nil || has != nil && !has(e.Version) {
		return
	}
	e.tell(message.Append(nil, e.Version))
	e.Session.Flush()
}

// Reverse notes that contact has put handle on its forward list, or taken it
// off, so that handle's presence is shown to it or no longer.
func (h *Hub) Reverse(handle, contact string, added bool) {
	p := h.Find(handle)
	if p == nil {
		return
	}
	p.edit(func(lists *roster.Privacy) {
		if added {
			lists.Set(contact, roster.Reverse)
		} else {
			lists.Clear(contact, roster.Reverse|roster.Pending)
		}
	})
}

// Wait gives the endpoint of a handle that can be called: one that is
// [Principal.Ready]. For a principal on the move it waits until its client is
// back, at most until ctx ends. It gives nil if there is nobody to wait for, or
// if many wait already.
func (h *Hub) Wait(ctx context.Context, handle string) *Endpoint {
	for {
		p := h.Find(handle)
		if p == nil {
			return nil
		}
		e, back := p.awaited()
		if e != nil || back == nil {
			return e
		}
		select {
		case <-back:
		case <-ctx.Done():
		}
		p.waited()
		if ctx.Err() != nil {
			return nil
		}
	}
}
