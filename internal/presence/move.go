package presence

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/roster"
)

// State is a principal as it travels from one node to another, or through a
// restart.
type State = cluster.Carried

// journey is what is known of a principal's way between two nodes.
type journey struct {
	number  uint64        // of the attempt, see State.Attempt
	from    string        // the node that has the client's old connection
	noCalls bool          // the client took no invitations there
	grace   time.Duration // was left when it was about to leave
}

// Leave marks the principal as about to be carried to another node, which is its
// home from now on, and gives what it takes along. What others are shown stays
// here until [Principal.Release], which ends it here, or [Principal.Stay], which
// undoes this. It reports false if the principal is not here to be carried.
func (p *Principal) Leave() (State, bool) {
	p.hub.outbox.quiet(p.Handle)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.removed || p.leaving.Load() {
		return State{}, false
	}
	state := p.state()
	state.Attempt = p.hub.clock.next()
	p.leaving.Store(true)
	p.journey = &journey{number: state.Attempt, grace: p.stopGrace()}
	return state, true
}

// state is a snapshot.
func (p *Principal) state() State {
	s := State{
		Handle: p.Handle, Name: p.name, Status: p.status, Looks: p.looks(), Seq: p.seq, PersonalSeq: p.personalSeq(),
		Since: time.UnixMilli(p.since).UTC(), Unset: p.unset,
	}
	if e := p.endpoint.Load(); e != nil {
		s.NoCalls = !e.TakesCalls()
		if p.hub.bus != nil {
			s.From = p.hub.bus.ID()
		}
		return s
	}
	s.Place = !p.moving && !p.asked // it was no more than that here
	if p.grace != nil {
		s.Grace = max(time.Until(p.grace.until), time.Millisecond)
	}
	return s
}

// Stay undoes Leave: the principal could not be carried to a node. That node may
// have it all the same, and is told to forget it; without one nobody is told.
func (p *Principal) Stay(node string) {
	p.mu.Lock()
	var told []*Endpoint
	if p.leaving.Load() && !p.removed {
		if node != "" {
			p.hub.recall(node, cluster.Recall{Handle: p.Handle, Attempt: p.journey.number})
		}
		left := p.journey.grace
		p.leaving.Store(false)
		p.journey = nil
		switch {
		case left > 0:
			p.startGrace(left)
		case p.endpoint.Load() == nil:
			told = p.leave() // its connection has ended meanwhile
		}
	}
	p.mu.Unlock()
	flushAll(told)
}

// Release ends the principal on this node without a word to its watchers: it
// is on another by now, or is not to be served here any more. Its connection, if
// it has one, is the caller's.
func (p *Principal) Release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.removed {
		p.forget()
	}
}

// arrive ends the journey that the principal came here by, with what its client
// had said before. It gives the node that the client's old connection is on.
func (p *Principal) arrive(e *Endpoint) (from string) {
	j := p.journey
	p.journey = nil
	if j == nil {
		return ""
	}
	e.SetCalls(!j.noCalls)
	return j.from
}

// Carry takes a principal in that another node gives to this one. It is kept
// for its client as one that is on the move. When Carry returns, the principal
// is in place, and hears of every change of its lists: it is in the hub before
// they are read.
func (h *Hub) Carry(ctx context.Context, s State) error {
	if h.lists == nil {
		return errors.New("presence: nobody can be carried here")
	}
	p := h.place(s)
	if p == nil {
		return nil // has signed in here by itself
	}
	if s.Place { // it shows nobody anything, and there may be no such account
		return p.settle(roster.Privacy{})
	}
	lists, err := h.lists(ctx, s.Handle)
	switch {
	case err != nil:
	case ctx.Err() != nil:
		err = ctx.Err() // the other node waits no longer, and keeps it
	case h.recalls.has(s.Handle, s.Attempt):
		err = errRecalled
	}
	if err != nil {
		p.expel(s.Attempt)
		return fmt.Errorf("take %s in: %w", s.Handle, err)
	}
	return p.settle(lists)
}

// place makes the principal that a state describes, or gives nil if it is
// signed in here.
func (h *Hub) place(s State) *Principal {
	for {
		p := h.findOrPlace(s.Handle)
		if placed, err := p.put(s); err == nil {
			if !placed {
				return nil
			}
			return p
		}
	}
}

// findOrPlace is findOrAdd for somebody who comes whether the shard is closed or
// not.
func (h *Hub) findOrPlace(handle string) *Principal {
	shard := cluster.ShardOf(handle)
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.principals[handle]; p != nil {
		return p
	}
	return h.add(handle, shard)
}

// put gives the principal the state that it comes with. It reports false if a
// client has signed in here: that is later than what another node knows.
func (p *Principal) put(s State) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.removed:
		return false, errRemoved
	case p.endpoint.Load() != nil:
		return false, nil
	case p.moving && (s.Place || max(s.Seq, s.PersonalSeq) < max(p.seq, p.personalSeq())): // what is known here is later
		if j := p.journey; j != nil && s.Attempt > j.number {
			j.number = s.Attempt // which is not to be taken back with the one before
		}
		return false, nil
	}
	left := s.Grace
	if left <= 0 {
		left = p.hub.grace
	}
	p.hub.clock.observe(max(s.Seq, s.PersonalSeq, s.Attempt))
	p.name, p.seq, p.since = s.Name, s.Seq, s.Since.UnixMilli()
	p.setLook(look{s.Status, s.Looks}, s.PersonalSeq)
	p.hub.company.Store(true)
	p.changed = p.hub.age()
	p.came = p.changed
	p.moving, p.unset, p.stale = !s.Place, s.Unset, s.Unset
	p.loading, p.edits = true, nil
	p.leaving.Store(false)
	p.coming.Store(true)
	p.journey = &journey{number: s.Attempt, from: s.From, noCalls: s.NoCalls}
	p.debut = &debut{}
	p.startGrace(left)
	return true, nil
}

// errNotKept says that a principal that was carried here is not here any more.
var errNotKept = errors.New("presence: it could not be kept here")

// settle gives a principal that was carried here its lists. If its client has
// come already, that reads them again. The error is errNotKept.
func (p *Principal) settle(lists roster.Privacy) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.removed:
		return errNotKept
	case !p.loading:
		return nil
	}
	p.load(lists)
	if p.endpoint.Load() == nil {
		p.loading, p.edits = false, nil
	}
	return nil
}

// expel forgets a principal that was carried here by an attempt which has
// failed, unless its client has come.
func (p *Principal) expel(attempt uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.removed && p.endpoint.Load() == nil && p.journey != nil && p.journey.number == attempt {
		p.forget()
	}
}

// Abandon forgets everybody and tells nobody, and lets nobody in: this node may
// not serve any more. Their connections are the caller's.
func (h *Hub) Abandon() {
	h.mu.Lock()
	for shard := range h.closed {
		h.closed[shard] = true
	}
	h.mu.Unlock()
	for _, p := range h.All() {
		p.Release()
	}
	h.graves.forget() // who had left may have come back elsewhere
}

// Export gives everybody who is shown as something, to be kept while the
// process starts again.
func (h *Hub) Export() []State {
	var states []State
	for _, p := range h.All() {
		p.mu.Lock()
		if !p.removed && p.status != "" {
			states = append(states, p.state())
		}
		p.mu.Unlock()
	}
	return states
}

// importers is how many lists are read at once at the start.
const importers = 8

// Import takes in what Export gave. Those who cannot be, because their account
// was removed for one, are left out; the error tells of the first.
func (h *Hub) Import(ctx context.Context, states []State) error {
	var g errgroup.Group
	g.SetLimit(importers)
	for _, s := range states {
		if !h.Home(s.Handle).Local {
			continue
		}
		s.From, s.Attempt = "", h.clock.next() // those are of the process before
		g.Go(func() error { return h.Carry(ctx, s) })
	}
	return g.Wait()
}
