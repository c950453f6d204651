package presence

import (
	"context"
	"sync"
	"time"
)

// patience is for how long what has to reach another node is tried: until the
// lease of a node that has died is over, and somewhat longer. A node that could
// not be reached for so long has signed out everybody whom it was about.
const patience = 15 * time.Second

// Pauses between attempts.
const (
	firstPause = 10 * time.Millisecond
	lastPause  = 500 * time.Millisecond
)

// tasks are the goroutines of a hub.
type tasks struct {
	//nolint:containedctx // the lives of goroutines: ended by stop, not by a caller
	life, last    context.Context
	end, endsLast context.CancelFunc

	mu      sync.Mutex
	stopped bool
	running sync.WaitGroup
}

func newTasks() *tasks {
	t := &tasks{}
	t.life, t.end = context.WithCancel(context.Background())
	t.last, t.endsLast = context.WithCancel(context.Background())
	return t
}

// start runs a task until it returns, which it does soon when its context ends.
// It reports false if there are to be no more.
func (t *tasks) start(ctx context.Context, task func(context.Context)) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopped {
		return false
	}
	t.running.Go(func() { task(ctx) })
	return true
}

// stop ends what lives, and waits for it; for the last things it waits until
// ctx ends.
func (t *tasks) stop(ctx context.Context) {
	t.mu.Lock()
	t.stopped = true
	t.mu.Unlock()
	t.end()
	stop := context.AfterFunc(ctx, t.endsLast)
	t.running.Wait()
	stop()
	t.endsLast()
}

// attempts are the pauses between attempts at something.
type attempts struct {
	until time.Time
	pause time.Duration
}

func newAttempts() attempts { return attempts{until: time.Now().Add(patience)} }

// again waits before the next attempt. It reports false if there is to be none.
func (a *attempts) again(ctx context.Context) bool {
	if time.Now().After(a.until) {
		return false
	}
	a.pause = nextPause(a.pause)
	return sleep(ctx, a.pause)
}

// nextPause gives the pause after one, or the first.
func nextPause(last time.Duration) time.Duration { return min(max(2*last, firstPause), lastPause) }

// sleep waits, and reports false if ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
