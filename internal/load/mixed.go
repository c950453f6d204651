package load

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// How often people do things, on average. The plan's speed divides all of it.
const (
	betweenActs   = 5 * time.Minute // of one person
	betweenWords  = 10 * time.Second
	absence       = 2 * time.Minute
	wordsAtMost   = 12
	nearestFriend = 25 // as far as Prepare's lists reach, if nobody has changed that
)

// Of so many acts, this many are talks, and this many are leaving for a while.
// The others are changes of status.
const (
	outOf  = 20
	talks  = 9
	leaves = 1
)

// mixed is people: they change their status, talk with a friend for a while, sign
// out and come back.
type mixed struct {
	*chat
	r *run
}

func newMixed(r *run) *mixed { return &mixed{chat: newChat(r), r: r} }

func (w *mixed) do(ctx context.Context) error {
	var people sync.WaitGroup
	for _, s := range w.r.sessions {
		people.Go(func() { w.live(ctx, s) })
	}
	people.Wait()
	return nil
}

// finish does not count what is missing: who leaves in the middle of a talk may
// well miss a message that the switchboard has delivered.
func (*mixed) finish(context.Context) {}

// live is one person's day.
func (w *mixed) live(ctx context.Context, s *session) {
	for waitFor(ctx, w.someTime(betweenActs)) {
		switch n := rand.IntN(outOf); { //nolint:gosec // not a secret
		case s.current() == nil: // it comes back by itself
		case n < talks:
			w.talk(ctx, s)
		case n < talks+leaves:
			w.leave(ctx, s)
		default:
			w.change(ctx, s)
		}
	}
}

// someTime is a span of time with a given average.
func (w *mixed) someTime(average time.Duration) time.Duration {
	return time.Duration(rand.ExpFloat64() * float64(average) / w.r.plan.Speed) //nolint:gosec // not a secret
}

// talk has a conversation with a friend who is there.
func (w *mixed) talk(ctx context.Context, s *session) {
	friend := w.friend(s)
	if friend == nil {
		return
	}
	group := []*session{s, friend}
	words := 1 + rand.IntN(wordsAtMost) //nolint:gosec // not a secret
	w.converse(ctx, group, words, time.Duration(float64(betweenWords)/w.r.plan.Speed))
}

// friend finds somebody near who is signed in, or nobody.
func (w *mixed) friend(s *session) *session {
	all := w.r.sessions
	for range 5 {
		step := 1 + rand.IntN(nearestFriend) //nolint:gosec // not a secret
		if rand.IntN(2) == 0 {               //nolint:gosec // not a secret
			step = len(all) - step%len(all)
		}
		if other := all[(s.number+step)%len(all)]; other != s && other.current() != nil {
			return other
		}
	}
	return nil
}

// leave signs out for a while.
func (w *mixed) leave(ctx context.Context, s *session) {
	s.signOut(ctx)
	if waitFor(ctx, w.someTime(absence)) && !s.signIn(ctx, time.Now()) && ctx.Err() == nil {
		w.r.comeBack(s, time.Now())
	}
}

// change sets another status.
func (w *mixed) change(ctx context.Context, s *session) {
	c := s.current()
	if c == nil {
		return
	}
	bounded, cancel := context.WithTimeout(ctx, w.r.plan.Timeout)
	defer cancel()
	all := [...]msnp.Status{msnp.StatusOnline, msnp.StatusBusy, msnp.StatusAway, msnp.StatusBack, msnp.StatusLunch}
	asked := time.Now()
	switch err := c.SetStatus(bounded, all[rand.IntN(len(all))]); { //nolint:gosec // not a secret
	case err == nil:
		w.r.meter.count(changes)
		w.r.meter.record(tookChange, time.Since(asked))
	case ctx.Err() == nil && s.current() == c:
		w.r.meter.fail("change", err)
	}
}
