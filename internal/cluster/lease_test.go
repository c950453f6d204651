package cluster

import (
	"sync"
	"testing"
	"time"
)

// handClock goes on when the test says so.
type handClock struct {
	mu     sync.Mutex
	t      time.Duration
	timers map[chan time.Time]time.Duration
}

func newHandClock() *handClock {
	return &handClock{t: time.Hour, timers: make(map[chan time.Time]time.Duration)}
}

func (c *handClock) now() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *handClock) after(d time.Duration) (<-chan time.Time, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fired := make(chan time.Time, 1)
	c.timers[fired] = c.t + d
	return fired, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.timers, fired)
	}
}

func (c *handClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t += d
	for fired, at := range c.timers {
		if at <= c.t {
			fired <- time.Time{}
			delete(c.timers, fired)
		}
	}
}

func TestLease(t *testing.T) {
	var l lease
	if l.holds(0) || l.left(0) != 0 {
		t.Error("it holds before it began")
	}
	l.extend(10)
	l.extend(5)
	if !l.holds(9) || l.holds(10) || l.left(4) != 6 || l.left(11) != 0 {
		t.Errorf("it ends at %d", l.end.load())
	}
	if !l.renew(9, 20) || l.renew(20, 30) || l.holds(20) {
		t.Error("it came back after its end")
	}
	l.extend(40)
	if !l.renew(39, 35) || !l.holds(39) {
		t.Error("it was shortened")
	}
	l.finish()
	l.extend(100)
	if l.renew(1, 100) || l.holds(1) {
		t.Error("it came back after it was finished")
	}
}

// A node that is cut off serves until the very end of its lease, counted from
// before its last renewal was sent, and not a moment longer; nobody takes its
// shards before.
func TestLeaseByTheClock(t *testing.T) {
	t.Parallel()
	team := newCrew(t)
	srv := newBusServer(t)
	w := newWire(t, srv)
	clock := newHandClock()
	byHand := func(o *Options) { o.Lease, o.clock = DefaultLease, clock }
	a, b := team.sign(w.url(), "a", byHand), team.sign(srv.url(), "b", byHand)
	vigil(t, a, b)
	// step lets a little time pass, in which whoever can renews its lease.
	step := func(d time.Duration) {
		clock.advance(d)
		for _, h := range []*hand{a, b} {
			eventually(t, "the lease of "+h.ID()+" is renewed", func() bool {
				return !h.bus.IsConnected() || h.Stats().LeaseLeft > DefaultLease*6/10
			})
		}
	}
	activate(t, a, b)
	inPlaceBy(t, func() { step(50 * time.Millisecond) }, []*hand{a, b})
	for range 30 {
		step(500 * time.Millisecond)
	}
	unharmed(t, a, b)

	w.sever()
	eventually(t, "a is cut off", func() bool { return !a.bus.IsConnected() })
	left := a.Stats().LeaseLeft
	if left > DefaultLease || left < DefaultLease*6/10 {
		t.Errorf("a has %s left", left)
	}
	for ; left > 100*time.Millisecond; left -= 100 * time.Millisecond {
		step(100 * time.Millisecond)
	}
	step(left - 1)
	if !a.Serving() || a.Stats().Owned == 0 || b.Stats().TookLost != 0 {
		t.Errorf("with the last moment to go, a serves %v, b took %d", a.Serving(), b.Stats().TookLost)
	}
	clock.advance(1)
	if owner, ok := a.Owner("ana@example.test"); a.Serving() || ok && owner.Self {
		t.Errorf("after the end of its lease a serves, the owner is %+v", owner)
	}
	if n := b.Stats().TookLost; n != 0 {
		t.Errorf("b took %d shards at once", n)
	}
	eventually(t, "a closes its sessions", func() bool {
		step(25 * time.Millisecond)
		return look(a.keptHolder, func() int { return a.fences }) == 1
	})
	inPlaceBy(t, func() { step(50 * time.Millisecond) }, []*hand{b})
}
