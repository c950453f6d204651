package notification

import "time"

// bound is how many places there are now. It follows how long steps of sign-ins
// take, as a sender follows how a network takes what it sends: it goes down by a
// quarter while they are slow, and up one by one while they are fast and somebody
// waits.
type bound struct {
	places int
	fast   int // steps since it went up
	shrunk time.Time
}

const (
	leastShare = 16 // of the places, one in so many is always there
	fastSteps  = 4  // make one more place
)

// learn notes how long a step took.
func (b *bound) learn(step time.Duration, q Queueing, wanted bool) {
	now := time.Now()
	switch {
	case step > q.Slow:
		// What is under way was begun with the places there were: that it is slow
		// is counted once.
		if now.Sub(b.shrunk) > q.Slow {
			b.places, b.shrunk = max(b.places*3/4, q.Places/leastShare, 1), now
		}
	case step < q.Slow/2 && wanted && b.places < q.Places:
		if b.fast++; b.fast >= fastSteps {
			b.fast = 0
			b.places++
		}
	}
}
