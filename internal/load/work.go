package load

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// newWork makes the work of a plan's kind.
func newWork(r *run) work {
	switch r.plan.Kind {
	case Idle:
		return &idle{r: r}
	case Chat:
		return newChat(r)
	case Presence:
		return newPresence(r)
	case Transfer:
		return newTransfer(r)
	case Referral:
		return &visits{r: r}
	case Mixed:
		return newMixed(r)
	case SignIn:
	}
	return &arrivals{r: r}
}

// plain is work that looks at no events and needs no preparation.
type plain struct{}

func (plain) see(*session, event)           {}
func (plain) prepare(context.Context) error { return nil }
func (plain) finish(context.Context)        {}

// arrivals is signing in. With a duration all come and leave, over and over.
type arrivals struct {
	plain
	r *run
}

func (a *arrivals) do(ctx context.Context) error {
	if a.r.plan.Duration == 0 {
		return nil // they have all signed in already
	}
	p := pace{start: time.Now(), rate: a.r.plan.Rate, ramp: a.r.plan.Ramp}
	var turn atomic.Int64
	var workers sync.WaitGroup
	for w := range min(a.r.plan.Parallel, len(a.r.sessions)) {
		workers.Go(func() {
			for own := w; ; own += a.r.plan.Parallel { // each has accounts of its own
				due := p.due(int(turn.Add(1)) - 1)
				if !waitUntil(ctx, due) {
					return
				}
				if a.r.plan.Rate == 0 {
					due = time.Now()
				}
				if own >= len(a.r.sessions) {
					own = w
				}
				s := a.r.sessions[own]
				s.forget()
				if s.signIn(ctx, due) {
					s.signOut(context.WithoutCancel(ctx))
				}
			}
		})
	}
	workers.Wait()
	return nil
}

// forget makes the next sign-in count as the first one.
func (s *session) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wasIn = false
}

// idle is doing nothing, but for a ping now and then.
type idle struct {
	plain
	r *run
}

func (w *idle) do(ctx context.Context) error {
	if w.r.plan.Ping == 0 {
		<-ctx.Done()
		return nil
	}
	// One after the other, spread over the interval.
	between := w.r.plan.Ping / time.Duration(len(w.r.sessions))
	var asking sync.WaitGroup
	defer asking.Wait()
	next := time.Now()
	for i := 0; ; i = (i + 1) % len(w.r.sessions) {
		if next = next.Add(between); !waitUntil(ctx, next) {
			return nil
		}
		s := w.r.sessions[i]
		if c := s.current(); c != nil {
			asking.Go(func() {
				bounded, cancel := context.WithTimeout(ctx, w.r.plan.Timeout)
				defer cancel()
				switch err := c.Ping(bounded); {
				case err == nil:
					w.r.meter.count(pings)
				case s.current() == c && ctx.Err() == nil:
					w.r.meter.fail("ping", err)
				}
			})
		}
	}
}
