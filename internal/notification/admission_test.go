package notification

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/papilio-im/papilio/internal/telemetry"
	"github.com/papilio-im/papilio/msnp"
)

func testAdmission(t *testing.T, q Queueing) *admission {
	t.Helper()
	m, err := telemetry.NewMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	return newAdmission(q, m.Role(msnp.Notification))
}

// state are the numbers of an admission.
func (a *admission) state() (taken, waiting int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.taken, len(a.line)
}

func (a *admission) expect(t *testing.T, taken, waiting int) {
	t.Helper()
	if gotTaken, gotWaiting := a.state(); gotTaken != taken || gotWaiting != waiting {
		t.Errorf("%d places are taken and %d wait, want %d and %d", gotTaken, gotWaiting, taken, waiting)
	}
}

func enter(t *testing.T, a *admission) *place {
	t.Helper()
	p, err := a.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Those who wait get places in the order in which they came.
func TestPlacesAreGivenInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := testAdmission(t, Queueing{Places: 2, Line: 3})
		first, second := enter(t, a), enter(t, a)
		got := make(chan int, 3)
		for i := range 3 {
			go func() {
				enter(t, a)
				got <- i
			}()
			synctest.Wait()
		}
		a.expect(t, 2, 3)
		if _, err := a.enter(t.Context()); !errors.Is(err, errBusy) {
			t.Errorf("beyond the end of the line: %v", err)
		}
		first.leave()
		first.leave() // as the end of the connection does once more
		synctest.Wait()
		second.leave()
		synctest.Wait()
		a.expect(t, 2, 1)
		for want := range 2 {
			if i := <-got; i != want {
				t.Errorf("number %d got the place of number %d", i, want)
			}
		}
		a.mu.Lock()
		last := a.line[0]
		a.mu.Unlock()
		if !a.stepOut(last) || a.stepOut(last) {
			t.Error("one can leave the line once")
		}
		close(last.ready)
		<-got
	})
}

// Nobody waits for longer than is good, and who leaves the line holds up nobody.
func TestPatienceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := testAdmission(t, Queueing{Places: 1, Line: 10, Patience: time.Second})
		p := enter(t, a)
		began := time.Now()
		if _, err := a.enter(t.Context()); !errors.Is(err, errBusy) || time.Since(began) != time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		ending, end := context.WithCancel(t.Context())
		end()
		if _, err := a.enter(ending); !errors.Is(err, errBusy) {
			t.Errorf("when the server ends: %v", err)
		}
		a.expect(t, 1, 0)
		p.leave()
		a.expect(t, 0, 0)
	})
}

func TestAdmissionIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := testAdmission(t, Queueing{Places: 1, Line: 1, Patience: time.Minute})
		if a.full() {
			t.Error("nobody is there")
		}
		p := enter(t, a)
		if a.full() {
			t.Error("there is room in the line")
		}
		go func() { // it waits
			if next, err := a.enter(t.Context()); err == nil {
				next.leave()
			}
		}()
		synctest.Wait()
		if !a.full() {
			t.Error("the next would be turned away")
		}
		p.leave()
		synctest.Wait()
		a.expect(t, 0, 0)
	})
}

// A client that is not heard of loses its place, and gets one when it goes on:
// more than there are, if need be, which those who come have to wait for.
func TestSlowClientsHoldNoPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := testAdmission(t, Queueing{Places: 1, Line: 1, Patience: time.Minute, Turn: time.Second})
		slow := enter(t, a)
		slow.await()
		began := time.Now()
		next := enter(t, a)
		if time.Since(began) != time.Second {
			t.Errorf("the place was free after %v", time.Since(began))
		}
		slow.resume()
		a.expect(t, 2, 0)
		next.leave()
		a.expect(t, 1, 0)
		time.Sleep(time.Hour) // the server may take its time
		slow.await()
		time.Sleep(900 * time.Millisecond)
		slow.await() // a SYN, say
		time.Sleep(900 * time.Millisecond)
		a.expect(t, 1, 0)
		slow.leave()
		a.expect(t, 0, 0)
		slow.await() // nothing comes of it any more
		time.Sleep(time.Hour)
		a.expect(t, 0, 0)
	})
}

// Whoever this service has sent here gets in, and counts.
func TestMovedClientsGoFirst(t *testing.T) {
	a := testAdmission(t, Queueing{Places: 1, Line: 1, Patience: time.Millisecond})
	one, two := a.enterFirst(), a.enterFirst()
	if _, err := a.enter(t.Context()); !errors.Is(err, errBusy) {
		t.Error(err)
	}
	one.leave()
	a.expect(t, 1, 0)
	two.leave()
	enter(t, a).leave()
	a.expect(t, 0, 0)
	var none *place
	none.await()
	none.resume()
	none.leave()
}

// Where steps are slow there are fewer places, though some, and where they are
// fast again and somebody waits, as many as before.
func TestPlacesFollowTheSpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := testAdmission(t, Queueing{Places: 64, Line: 1000, Patience: time.Hour, Slow: time.Second})
		step := func(takes time.Duration) {
			p := enter(t, a)
			p.resume()
			time.Sleep(takes)
			p.leave()
		}
		bound := func() int {
			a.mu.Lock()
			defer a.mu.Unlock()
			return a.places
		}
		step(time.Minute)
		if n := bound(); n != 48 {
			t.Errorf("%d places after a slow step", n)
		}
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { step(time.Minute) }) // at once: counted once
		}
		all.Wait()
		if n := bound(); n != 36 {
			t.Errorf("%d places after slow steps at the same time", n)
		}
		for range 100 {
			step(time.Minute)
		}
		if n := bound(); n != 64/leastShare {
			t.Errorf("%d places after many slow steps", n)
		}
		for range 1000 {
			step(time.Millisecond) // nobody waits
		}
		if n := bound(); n != 64/leastShare {
			t.Errorf("%d places after fast steps that nobody waited for", n)
		}
		for range 1000 {
			all.Go(func() { step(time.Millisecond) })
		}
		all.Wait()
		if n := bound(); n != 64 {
			t.Errorf("%d places after fast steps", n)
		}
		a.expect(t, 0, 0)
	})
}

// In a throng no place is lost, and never are there more than the bound.
func TestNoPlaceIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const places, line = 5, 20
		a := testAdmission(t, Queueing{Places: places, Line: line, Patience: 3 * time.Second, Turn: time.Second})
		var all sync.WaitGroup
		for i := range 500 {
			all.Go(func() {
				rnd := rand.New(rand.NewPCG(uint64(i), 0))
				pass := func() { time.Sleep(time.Duration(rnd.IntN(2000)) * time.Millisecond) }
				pass()
				p, err := a.enter(t.Context())
				if err != nil {
					return
				}
				defer p.leave()
				if taken, waiting := a.state(); taken > places || waiting > line {
					t.Errorf("%d places are taken, and %d wait", taken, waiting)
				}
				pass()
				p.await() // and is gone
				if rnd.IntN(2) == 0 {
					pass()
				}
			})
		}
		all.Wait()
		a.expect(t, 0, 0)
		time.Sleep(time.Hour)
		a.expect(t, 0, 0)
	})
}
