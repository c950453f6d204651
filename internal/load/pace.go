package load

import (
	"context"
	"math"
	"time"
)

// pace says when things are due that come at a rate.
type pace struct {
	start time.Time
	rate  float64 // a second; 0 for at once
	ramp  time.Duration
}

// due is when the nth is, counted from 0. While the ramp lasts the rate grows
// evenly from 0.
func (p pace) due(n int) time.Time {
	if p.rate == 0 {
		return p.start
	}
	ramp := p.ramp.Seconds()
	at := math.Sqrt(2 * float64(n) * ramp / p.rate)
	if within := p.rate * ramp / 2; float64(n) >= within {
		at = ramp + (float64(n)-within)/p.rate
	}
	return p.start.Add(time.Duration(at * float64(time.Second)))
}

// waitUntil waits until a moment, and reports false if the context ends before.
func waitUntil(ctx context.Context, at time.Time) bool { return waitFor(ctx, time.Until(at)) }

// waitFor waits for some time, and reports false if the context ends before.
func waitFor(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
