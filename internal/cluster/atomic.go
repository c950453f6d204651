package cluster

import (
	"sync"
	"sync/atomic"
	"time"
)

// atomicDuration is a duration that may be read and written by anybody.
type atomicDuration struct{ v atomic.Int64 }

func (a *atomicDuration) load() time.Duration   { return time.Duration(a.v.Load()) }
func (a *atomicDuration) store(d time.Duration) { a.v.Store(int64(d)) }

func (a *atomicDuration) swap(old, d time.Duration) bool {
	return a.v.CompareAndSwap(int64(old), int64(d))
}

// bell wakes all who wait for something to change.
type bell struct {
	mu sync.Mutex
	c  chan struct{}
}

// next gives a channel that is closed at the next change. Whoever waits must
// take it before looking at what may change.
func (b *bell) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.c == nil {
		b.c = make(chan struct{})
	}
	return b.c
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.c != nil {
		close(b.c)
		b.c = nil
	}
}
