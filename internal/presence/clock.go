package presence

import (
	"sync/atomic"
	"time"
)

// maxAhead bounds how far another node's clock may pull this one along.
const maxAhead = 24 * time.Hour

// clock numbers what watchers are told, so that of two things about somebody
// the later one has the higher number whichever nodes they come from: it goes
// with the time of day, never back, and never behind a number that was seen.
type clock struct{ last atomic.Uint64 }

// next gives a number that is higher than all before.
func (c *clock) next() uint64 {
	for {
		last := c.last.Load()
		n := max(last+1, today())
		if c.last.CompareAndSwap(last, n) {
			return n
		}
	}
}

// observe notes a number that another node has given.
func (c *clock) observe(n uint64) {
	if n > today()+uint64(maxAhead) {
		return
	}
	for {
		last := c.last.Load()
		if n <= last || c.last.CompareAndSwap(last, n) {
			return
		}
	}
}

func today() uint64 { return uint64(time.Now().UnixNano()) } // after 1970
