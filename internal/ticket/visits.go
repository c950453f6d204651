package ticket

import (
	"context"
	"net/netip"
	"sync"
	"time"
)

// mostVisits bounds how many addresses are remembered.
const mostVisits = 1 << 16

// Visits knows which addresses have asked the nexus lately where to sign in. Some
// clients keep the first challenge of the notification server for good if it
// overtakes the answer of the nexus, so it is held back until they have that.
type Visits struct {
	life time.Duration

	mu      sync.Mutex
	at      map[netip.Addr]time.Time
	sweep   time.Time // when to forget those that are too long ago
	waiting map[netip.Addr]map[chan struct{}]struct{}
}

// NewVisits remembers each visit for a length of time.
func NewVisits(life time.Duration) *Visits {
	return &Visits{life: life, at: make(map[netip.Addr]time.Time), waiting: make(map[netip.Addr]map[chan struct{}]struct{})}
}

// Note notes a visit.
func (v *Visits) Note(a netip.Addr) {
	a = a.Unmap()
	now := time.Now()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.forget(now)
	if len(v.at) < mostVisits {
		v.at[a] = now
	}
	for c := range v.waiting[a] {
		close(c)
	}
	delete(v.waiting, a)
}

// Wait waits until an address has visited, if it has not lately, or ctx ends. It
// reports whether there was a visit.
func (v *Visits) Wait(ctx context.Context, a netip.Addr) bool {
	a = a.Unmap()
	visited, lately := v.enter(a)
	if lately {
		return true
	}
	select {
	case <-visited:
		return true
	case <-ctx.Done():
		return v.giveUp(a, visited)
	}
}

func (v *Visits) enter(a netip.Addr) (visited chan struct{}, lately bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if at, known := v.at[a]; known && time.Since(at) < v.life {
		return nil, true
	}
	visited = make(chan struct{})
	if v.waiting[a] == nil {
		v.waiting[a] = make(map[chan struct{}]struct{})
	}
	v.waiting[a][visited] = struct{}{}
	return visited, false
}

// giveUp forgets who waits no longer, and reports whether the visit came at the
// same moment.
func (v *Visits) giveUp(a netip.Addr, visited chan struct{}) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	_, waits := v.waiting[a][visited]
	delete(v.waiting[a], visited)
	if len(v.waiting[a]) == 0 {
		delete(v.waiting, a)
	}
	return !waits
}

func (v *Visits) forget(now time.Time) {
	if now.Before(v.sweep) {
		return
	}
	for a, at := range v.at {
		if now.Sub(at) >= v.life {
			delete(v.at, a)
		}
	}
	v.sweep = now.Add(v.life)
}
