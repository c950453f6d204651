package cluster

import "time"

// clock is what leases are measured by. It is monotonic: what the wall clock
// is set to does not matter, nor whether those of two machines agree.
type clock interface {
	// now is the time since some moment before the node was started.
	now() time.Duration
	// after gives a channel on which something comes after d, unless it is
	// stopped before.
	after(d time.Duration) (c <-chan time.Time, stop func())
}

// steadyClock is the real one.
type steadyClock struct{ start time.Time }

func (c steadyClock) now() time.Duration { return time.Since(c.start) }

func (steadyClock) after(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}

// lease is until when a node, this or another, may answer for its shards. It is
// read without waiting: the end counts, not when somebody notices it.
type lease struct{ end atomicDuration }

// finished is the end of a lease that is over whatever comes.
const finished = -1

func (l *lease) holds(now time.Duration) bool { return now < l.end.load() }

// left is how much longer it holds.
func (l *lease) left(now time.Duration) time.Duration { return max(l.end.load()-now, 0) }

// extend moves the end, never to before what it was.
func (l *lease) extend(until time.Duration) {
	for {
		end := l.end.load()
		if end == finished || until <= end || l.end.swap(end, until) {
			return
		}
	}
}

// renew is extend for a lease that must not come back once it has ended, even
// if nobody has noticed yet.
func (l *lease) renew(now, until time.Duration) bool {
	for {
		end := l.end.load()
		if now >= end {
			return false
		}
		if until <= end || l.end.swap(end, until) {
			return true
		}
	}
}

// finish ends it for good.
func (l *lease) finish() { l.end.store(finished) }
