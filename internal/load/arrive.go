package load

import (
	"context"
	"sync"
	"time"
)

// signInAll signs everybody in, at the plan's rate, a bounded number at a time.
// Who cannot is not tried again, unless the plan has clients that come back.
func (r *run) signInAll(ctx context.Context) {
	p := pace{start: time.Now(), rate: r.plan.Rate, ramp: r.plan.Ramp}
	r.inParallel(ctx, r.plan.Parallel, len(r.sessions), func(i int) bool { return waitUntil(ctx, p.due(i)) }, func(i int) {
		due := p.due(i)
		if r.plan.Rate == 0 {
			due = time.Now()
		}
		if s := r.sessions[i]; !s.signIn(ctx, due) {
			r.comeBack(s, due)
		}
	})
}

// inParallel does something n times, so many at a time. wait is asked before each,
// and ends it with false.
func (*run) inParallel(ctx context.Context, atOnce, n int, wait func(i int) bool, do func(i int)) {
	turns := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	defer all.Wait()
	for i := range n {
		if !wait(i) {
			return
		}
		select {
		case turns <- struct{}{}:
		case <-ctx.Done():
			return
		}
		all.Go(func() {
			defer func() { <-turns }()
			do(i)
		})
	}
}

// comeBack lets a client that is not signed in try again, and again, if it is of
// that kind. since is when it was lost, or should have been there.
func (r *run) comeBack(s *session, since time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over || !r.plan.returns() {
		return
	}
	r.returning.Go(func() { r.retry(r.life, s, since) })
}

// retry signs somebody in again, sooner or later.
func (r *run) retry(ctx context.Context, s *session, since time.Time) {
	for attempt := 0; waitFor(ctx, r.plan.backoff(attempt)); attempt++ {
		if s.signIn(ctx, time.Now()) {
			r.meter.record(tookReturn, time.Since(since))
			return
		}
	}
}

// leaveTime bounds the end of a run, beside some time for each client.
const leaveTime = 30 * time.Second

// signOutAll ends everything. It is no part of what is measured, so that more go
// at once than came.
func (r *run) signOutAll(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, leaveTime+time.Duration(len(r.sessions))*time.Millisecond)
	defer cancel()
	r.inParallel(ctx, 4*r.plan.Parallel, len(r.sessions), func(int) bool { return true }, func(i int) { r.sessions[i].signOut(ctx) })
}
