package load

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// presence is people who change their status, each before the eyes of some
// watchers. A change is over when the last of them has it.
type presence struct {
	r      *run
	groups []*audience
	// watches tells by the number of a session whom it watches, if anybody.
	watches []atomic.Pointer[audience]
}

// audience is somebody and those who watch.
type audience struct {
	subject  *session
	watchers []*session
	added    []*session // who had to be given the subject as a contact

	mu     sync.Mutex
	status msnp.Status   // that is to be seen
	asked  time.Time     // when it was set
	awaits map[int]bool  // the watchers that have not seen it, and whether they are on the subject's server
	all    chan struct{} // closed when they all have
}

func newPresence(r *run) *presence {
	return &presence{r: r, watches: make([]atomic.Pointer[audience], r.plan.Accounts.Count)}
}

func (w *presence) see(s *session, e event) {
	seen, ok := e.(client.Presence)
	if a := w.watches[s.number].Load(); ok && a != nil && !seen.Initial && seen.Handle == a.subject.handle {
		a.see(&w.r.meter, s.number, seen.Status)
	}
}

// see notes that a watcher has seen a status.
func (a *audience) see(m *meter, watcher int, status msnp.Status) {
	now := time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	same, waited := a.awaits[watcher]
	if !waited || status != a.status {
		return
	}
	took := now.Sub(a.asked)
	m.count(notices)
	m.recordBoth(tookNotice, same, took)
	if delete(a.awaits, watcher); len(a.awaits) == 0 {
		m.record(tookLastNotice, took)
		close(a.all)
	}
}

// expect begins a change.
func (a *audience) expect(status msnp.Status, where map[int]bool) <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.status, a.asked, a.awaits, a.all = status, time.Now(), where, make(chan struct{})
	return a.all
}

// prepare makes the groups, and contacts of the subjects.
func (w *presence) prepare(ctx context.Context) error {
	groups, err := w.r.groups(w.r.plan.group(), w.r.plan.Placement)
	if err != nil {
		return err
	}
	for _, g := range groups {
		a := &audience{subject: g[0], watchers: g[1:]}
		w.groups = append(w.groups, a)
		for _, s := range a.watchers {
			w.watches[s.number].Store(a)
		}
	}
	w.r.inParallel(ctx, w.r.plan.Parallel, len(w.groups), func(int) bool { return ctx.Err() == nil }, func(i int) {
		w.gather(ctx, w.groups[i])
	})
	return nil
}

// gather makes the subject a contact of all its watchers. Those with whom it
// fails are watchers no more.
func (w *presence) gather(ctx context.Context, a *audience) {
	var watching []*session
	for _, s := range a.watchers {
		added, err := w.watch(ctx, s, a.subject)
		if err != nil {
			if ctx.Err() == nil {
				w.r.meter.fail("add", err)
			}
			continue
		}
		watching = append(watching, s)
		if added {
			a.added = append(a.added, s)
		}
	}
	a.watchers = watching
}

func (w *presence) watch(ctx context.Context, s, subject *session) (added bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, w.r.plan.Timeout)
	defer cancel()
	c := s.current()
	if c == nil {
		return false, errAway
	}
	err = c.Add(ctx, msnp.ForwardList, subject.handle, subject.handle, msnp.NoGroup)
	if client.Code(err) == msnp.CodeAlreadyThere {
		return false, nil
	}
	return err == nil, err
}

// finish takes the contacts back.
func (w *presence) finish(ctx context.Context) {
	w.r.inParallel(ctx, w.r.plan.Parallel, len(w.groups), func(int) bool { return ctx.Err() == nil }, func(i int) {
		a := w.groups[i]
		for _, s := range a.added {
			if c := s.current(); c != nil {
				if err := c.Remove(ctx, msnp.ForwardList, a.subject.handle, msnp.NoGroup); err != nil {
					w.r.meter.fail("remove", err)
				}
			}
		}
	})
}

func (w *presence) do(ctx context.Context) error {
	var all sync.WaitGroup
	for _, a := range w.groups {
		all.Go(func() {
			next := time.Now().Add(within(w.r.plan.Every))
			for n := 0; waitUntil(ctx, next); n++ {
				if err := w.change(ctx, a, statuses[n%len(statuses)]); err != nil && ctx.Err() == nil {
					w.r.meter.fail("change", err)
					waitFor(ctx, breath)
				}
				if next = next.Add(w.r.plan.Every); next.Before(time.Now()) {
					next = time.Now()
				}
			}
		})
	}
	all.Wait()
	return nil
}

// statuses are set in turns.
var statuses = [...]msnp.Status{msnp.StatusBusy, msnp.StatusOnline}

// errUnseen says that a change of status has not reached everybody.
var errUnseen = errors.New("not seen by all")

// change sets a status and waits until everybody has seen it.
func (w *presence) change(ctx context.Context, a *audience, status msnp.Status) error {
	bounded, cancel := context.WithTimeout(ctx, w.r.plan.Timeout)
	defer cancel()
	c := a.subject.current()
	if c == nil {
		return errAway
	}
	where, here := make(map[int]bool), c.Server()
	for _, s := range a.watchers {
		if server := s.server(); server != "" {
			where[s.number] = server == here
		}
	}
	if len(where) == 0 {
		return errAway
	}
	all := a.expect(status, where)
	asked := time.Now()
	if err := c.SetStatus(bounded, status); err != nil {
		return err
	}
	w.r.meter.count(changes)
	w.r.meter.record(tookChange, time.Since(asked))
	select {
	case <-all:
		return nil
	case <-bounded.Done():
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if ctx.Err() == nil {
		w.r.meter.counts[missing].Add(int64(len(a.awaits)))
	}
	return errUnseen
}
