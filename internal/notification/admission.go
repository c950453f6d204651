package notification

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/papilio-im/papilio/internal/telemetry"
)

// When a node was lost, its clients come to the others all at once. If every
// sign-in were begun as it comes, all would be equally slow, and none through
// when its client gives up: work done for nothing, while what this node owes to
// the others, its lease above all, waits. So only so many are under way, those
// behind them wait a little, and the rest is refused before anything was done
// for it.

// Queueing is how many may sign in at once. The usual numbers, if zero, fit most
// machines: they hold what a node gets done in some seconds.
type Queueing struct {
	// Places is how many sign-ins may be under way. There are fewer, down to a
	// sixteenth, while a step of one takes longer than Slow: this machine is not
	// alone in it, it has the same database as the others.
	Places int
	Slow   time.Duration
	// Line is how many may wait for a place, and Patience for how long.
	Line     int
	Patience time.Duration
	// Turn is how long a place is kept for a client that has been answered and
	// says nothing.
	Turn time.Duration
}

const (
	// placesEach is the number of places for each processor. One gets some 250
	// sign-ins a second done, and a client far away takes half a second for its
	// part of one.
	placesEach = 128
	// lineEach is the length of the line for each place.
	lineEach = 4
	// usualPatience and what a sign-in takes together stay well below half a
	// minute, which is when clients give up.
	usualPatience = 8 * time.Second
	usualTurn     = 5 * time.Second
	usualSlow     = time.Second
)

func (q Queueing) orUsual() Queueing {
	if q.Places == 0 {
		q.Places = placesEach * runtime.GOMAXPROCS(0)
	}
	if q.Line == 0 {
		q.Line = lineEach * q.Places
	}
	if q.Patience == 0 {
		q.Patience = usualPatience
	}
	if q.Turn == 0 {
		q.Turn = usualTurn
	}
	if q.Slow == 0 {
		q.Slow = usualSlow
	}
	return q
}

// admission gives the places out, to those who wait in the order in which they
// came.
type admission struct {
	Queueing
	metrics *telemetry.RoleMetrics

	mu    sync.Mutex
	taken int
	line  []*place
	bound
}

// place is what a sign-in has from before anything is done for it until all that
// is expensive has been done. A nil one is that of a sign-in which is through.
type place struct {
	of    *admission
	ready chan struct{} // closed when somebody in the line gets the place

	// Guarded by the admission's lock.
	taken bool
	began time.Time   // the step that the server is at
	turn  *time.Timer // not nil while it is the client's
	turns int         // of the client, so that a timer that is late changes nothing
}

func newAdmission(q Queueing, m *telemetry.RoleMetrics) *admission {
	q = q.orUsual()
	return &admission{Queueing: q, metrics: m, bound: bound{places: q.Places}}
}

// enter waits for a place. The error is errBusy if there is none to be had.
func (a *admission) enter(ctx context.Context) (*place, error) {
	p := &place{of: a}
	if !a.lineUp(p) {
		return nil, errBusy
	}
	if p.ready == nil {
		return p, nil
	}
	ctx, cancel := context.WithTimeout(ctx, a.Patience)
	defer cancel()
	select {
	case <-p.ready:
		return p, nil
	case <-ctx.Done():
	}
	if a.stepOut(p) {
		return nil, errBusy
	}
	return p, nil // it was given just now
}

// enterFirst gives a place to somebody whom this service itself has sent here.
// They come at a pace that bounds them, and are gone from where they were.
func (a *admission) enterFirst() *place {
	p := &place{of: a}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.take(p)
	return p
}

// lineUp takes a place, or one in the line. It reports false if that is full.
func (a *admission) lineUp(p *place) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.taken < a.places && len(a.line) == 0:
		a.take(p)
	case len(a.line) < a.Line:
		p.ready = make(chan struct{})
		a.line = append(a.line, p)
		a.metrics.SignInsWaiting(1)
	default:
		return false
	}
	return true
}

// full reports whether somebody who came now would be turned away. Who is to come
// back with a ticket need not fetch it for nothing.
func (a *admission) full() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.line) >= a.Line && a.taken >= a.places
}

// stepOut leaves the line. It reports false if the place has been given
// meanwhile.
func (a *admission) stepOut(p *place) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	i := slices.Index(a.line, p)
	if i < 0 {
		return false
	}
	a.line = slices.Delete(a.line, i, i+1)
	a.metrics.SignInsWaiting(-1)
	return true
}

// take is called with the lock held.
func (a *admission) take(p *place) {
	p.taken = true
	a.taken++
	a.metrics.SignInsUnderWay(1)
}

// giveBack is called with the lock held.
func (a *admission) giveBack(p *place) {
	p.taken = false
	a.taken--
	a.metrics.SignInsUnderWay(-1)
	a.callUp()
}

// callUp gives places that are free to those in the line. It is called with the
// lock held.
func (a *admission) callUp() {
	for a.taken < a.places && len(a.line) > 0 {
		next := a.line[0]
		a.line[0] = nil
		a.line = a.line[1:]
		a.metrics.SignInsWaiting(-1)
		a.take(next)
		close(next.ready)
	}
}

// leave gives the place back. It may be called more than once.
func (p *place) leave() {
	if p == nil {
		return
	}
	p.of.mu.Lock()
	defer p.of.mu.Unlock()
	p.stopTurn()
	p.endStep()
	if p.taken {
		p.of.giveBack(p)
	}
}

// await says that it is the client's turn. One that is slow, or gone, does not
// keep others out for long.
func (p *place) await() {
	if p == nil {
		return
	}
	p.of.mu.Lock()
	defer p.of.mu.Unlock()
	if !p.taken {
		return
	}
	p.endStep()
	p.stopTurn()
	turn := p.turns
	p.turn = time.AfterFunc(p.of.Turn, func() {
		p.of.mu.Lock()
		defer p.of.mu.Unlock()
		if p.taken && p.turns == turn {
			p.of.giveBack(p)
		}
	})
}

// resume says that the client has done its part. If that took so long that the
// place is gone, it gets another: what was begun is to be finished.
func (p *place) resume() {
	if p == nil {
		return
	}
	p.of.mu.Lock()
	defer p.of.mu.Unlock()
	p.stopTurn()
	if !p.taken {
		p.of.take(p)
	}
	p.began = time.Now()
}

// endStep is called with the lock held.
func (p *place) endStep() {
	if p.began.IsZero() {
		return
	}
	a := p.of
	a.learn(time.Since(p.began), a.Queueing, len(a.line) > 0)
	p.began = time.Time{}
	a.callUp()
}

// stopTurn is called with the lock held.
func (p *place) stopTurn() {
	p.turns++
	if p.turn != nil {
		p.turn.Stop()
		p.turn = nil
	}
}
