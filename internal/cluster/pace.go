package cluster

import (
	"context"
	"math/rand/v2"
	"time"

	"golang.org/x/time/rate"
)

// DefaultMoveRate is how many sessions a second are moved to other nodes
// unless Options or Drain say otherwise.
const DefaultMoveRate = 500

// Pace spaces out what must not be done all at once. All hand-overs of a node
// share one, however many shards are under way.
type Pace struct{ limiter *rate.Limiter }

// newPace makes a pace of so many a second.
func newPace(perSecond float64) *Pace {
	p := &Pace{rate.NewLimiter(0, 1)}
	p.set(perSecond)
	return p
}

// set changes the pace. A tenth of a second's worth may go at once, so that
// timers that come late cost nothing.
func (p *Pace) set(perSecond float64) {
	p.limiter.SetBurst(max(1, int(perSecond/10)))
	p.limiter.SetLimit(rate.Limit(perSecond))
}

// PerSecond is how many a second the pace lets through.
func (p *Pace) PerSecond() float64 { return float64(p.limiter.Limit()) }

// Wait returns when it is the turn of n more, or with the error of the context
// when that ends first. The turns come a little irregularly, so that what they
// set off does not come in step.
func (p *Pace) Wait(ctx context.Context, n int) error {
	for range n {
		if err := p.limiter.Wait(ctx); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return context.DeadlineExceeded // it would end before the turn comes
		}
	}
	between := time.Duration(float64(time.Second) / max(p.PerSecond(), 1))
	select {
	case <-time.After(rand.N(between + 1)): //nolint:gosec // nobody gains from guessing it
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
