//go:build unix

package main

import (
	"context"
	"errors"
	"time"

	"github.com/papilio-im/papilio/internal/faults/check"
)

// ghosts is when those who were cut off and stay away must not be shown any more.
type ghosts struct{ due time.Time }

// errNoGhosts ends a run that would prove nothing about those who stay away.
var errNoGhosts = errors.New("nobody stays away whom somebody knows: more people are needed to look for ghosts (--people)")

// figureWhole is the figure that the table shows.
const figureWhole = "seconds until whole"

// settle waits until everybody is back after a fault that has healed at a time, and
// then looks whether everybody is shown as they are.
func (r *run) settle(ctx context.Context, healed time.Time) error {
	bound, cancel := context.WithDeadlineCause(ctx, healed.Add(r.scale.lease+r.scale.back), errors.New("too late"))
	defer cancel()
	if err := r.crowd.Whole(bound); err != nil {
		if ctx.Err() != nil {
			return errInterrupted
		}
		r.ledger.Broken(check.Service, "%v", err)
		// What is wrong with those who are not there would be wrong with all that
		// follows.
		more, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		if err := r.crowd.Whole(more); err != nil {
			return err
		}
	} else {
		r.ledger.Kept(check.Service, 1)
	}
	whole := time.Now()
	r.ledger.Most(figureWhole, whole.Sub(healed).Seconds())
	return r.muster(ctx, whole.Add(soon))
}

// still is for how long nothing may change before it counts as agreed.
const still = 700 * time.Millisecond

// muster lets everybody stand still and compares what they see with what is, until
// it agrees or the time is over.
func (r *run) muster(ctx context.Context, until time.Time) error {
	pausing, cancel := context.WithTimeout(ctx, 6*r.scale.patience)
	defer cancel()
	defer r.crowd.Resume()
	if err := r.crowd.Pause(pausing); err != nil {
		return err
	}
	began := time.Now()
	until = latest(until, began.Add(soon))
	for agreed := (time.Time{}); ; {
		compared, wrong := check.Sight(r.crowd.Look(), r.crowd.Away)
		now := time.Now()
		switch {
		case len(wrong) == 0 && agreed.IsZero():
			agreed = now
		case len(wrong) == 0 && now.Sub(agreed) >= still:
			r.ledger.Kept(check.Presence, compared.Pairs)
			r.ledger.Kept(check.Looks, compared.Looks)
			r.ledger.Most("seconds until seen as it is", agreed.Sub(began).Seconds())
			return nil
		case len(wrong) > 0 && now.After(until):
			r.judge(compared, wrong)
			return nil
		case len(wrong) > 0:
			agreed = time.Time{}
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

// judge tells the ledger what was compared, with what the watchers were told of
// those whom they see wrongly.
func (r *run) judge(compared check.Compared, wrong []check.Mismatch) {
	for _, m := range wrong {
		r.ledger.Broken(m.Broken, "%s; %s", m.What, r.crowd.History(m.Watcher, m.Subject))
		if compared.Pairs--; m.Broken == check.Looks {
			compared.Looks--
		}
	}
	r.ledger.Kept(check.Presence, compared.Pairs)
	r.ledger.Kept(check.Looks, max(compared.Looks, 0))
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// layGhosts waits until those who stay away must be shown as gone to everybody,
// looks, and lets them come back.
func (r *run) layGhosts(ctx context.Context) error {
	if r.ghosts.due.IsZero() {
		return nil
	}
	r.say("%d stay away; waiting until nobody may see them", r.crowd.Absent())
	if err := sleep(ctx, time.Until(r.ghosts.due)); err != nil {
		return err
	}
	pausing, cancel := context.WithTimeout(ctx, 6*r.scale.patience)
	defer cancel()
	if err := r.crowd.Pause(pausing); err != nil {
		return err
	}
	present := func(handle string) bool { return !r.crowd.Away(handle) }
	compared, wrong := check.Sight(r.crowd.Look(), present)
	if compared.Pairs == 0 {
		r.crowd.Resume()
		return errNoGhosts
	}
	r.judge(compared, wrong)
	r.ledger.Add("ghosts looked for", float64(compared.Pairs))
	r.crowd.Return()
	r.crowd.Resume()
	r.ghosts.due = time.Time{}
	return r.settle(ctx, time.Now())
}

// oneAnew is one in how many who sign in anew after a move.
const oneAnew = 5

// lookAnew lets some sign in anew after others were moved. A client that was there
// before would go on showing what the service has forgotten.
func (r *run) lookAnew(ctx context.Context) error {
	r.crowd.Relog(ctx, oneAnew)
	return r.settle(ctx, time.Now())
}

// finish is the end of a run: everybody signs in once more and looks at their
// lists, and so do we in the database.
func (r *run) finish(ctx context.Context) error {
	if err := r.layGhosts(ctx); err != nil {
		return err
	}
	r.ledger.Begin("end")
	r.say("everybody signs in once more")
	r.crowd.Relog(ctx, 1)
	if err := r.settle(ctx, time.Now()); err != nil {
		return err
	}
	defer r.crowd.Resume()
	if err := r.crowd.Pause(ctx); err != nil {
		return err
	}
	return r.compareData(ctx)
}
