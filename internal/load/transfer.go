package load

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/papilio-im/papilio/msnp/client"
)

// transfer is pairs of which one goes to a switchboard and calls the other, who
// comes. Then both leave, and it begins again.
type transfer struct {
	r     *run
	pairs [][]*session
	rings []ring // by the number of the session that is called
}

// ring is a call that is under way.
type ring struct {
	asked atomic.Int64 // since the begin of the run; 0 for none
	same  atomic.Bool  // both are on one notification server
}

func newTransfer(r *run) *transfer {
	return &transfer{r: r, rings: make([]ring, r.plan.Accounts.Count)}
}

func (w *transfer) see(s *session, e event) {
	switch e := e.(type) {
	case client.Invited:
		ring := &w.rings[s.number]
		if asked := ring.asked.Swap(0); asked != 0 {
			w.r.meter.recordBoth(tookRing, ring.same.Load(), time.Since(w.r.began)-time.Duration(asked))
		}
	case client.InvitationFailed:
		w.r.unanswered(e.Err)
	}
}

func (w *transfer) prepare(context.Context) (err error) {
	w.pairs, err = w.r.groups(2, w.r.plan.Placement)
	return err
}

func (*transfer) finish(context.Context) {}

func (w *transfer) do(ctx context.Context) error {
	var all sync.WaitGroup
	for _, pair := range w.pairs {
		all.Go(func() {
			next := time.Now().Add(within(w.r.plan.Every))
			for waitUntil(ctx, next) {
				if err := w.call(ctx, pair[0], pair[1]); err != nil && ctx.Err() == nil {
					w.r.meter.fail("call", err)
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

// call does it once.
func (w *transfer) call(ctx context.Context, from, to *session) error {
	ctx, cancel := context.WithTimeout(ctx, w.r.plan.Timeout)
	defer cancel()
	caller := from.current()
	if caller == nil {
		return errAway
	}
	began := time.Now()
	v, err := caller.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = v.Close() }() // it has no error
	w.r.meter.record(tookTransfer, time.Since(began))
	w.r.meter.count(conversations)
	ring, same := &w.rings[to.number], caller.Server() == to.server()
	asked := time.Now()
	ring.same.Store(same)
	ring.asked.Store(int64(asked.Sub(w.r.began)))
	if err := v.Invite(ctx, to.handle); err != nil {
		return err
	}
	w.r.meter.recordBoth(tookCall, same, time.Since(asked))
	w.r.meter.count(calls)
	return nil
}
