package ticket

import (
	"net/netip"
	"sync"
	"time"
)

// mostVisits bounds how many addresses are remembered.
const mostVisits = 1 << 16

// Visits knows which addresses have asked the web lately where to sign in. Some
// clients keep the first challenge of the notification server for good if it
// overtakes the answer of the nexus, so it is held back until they have that. There
// may be several clients behind an address: the visit of one is not taken for that of
// another that comes later.
type Visits struct {
	life time.Duration

	mu      sync.Mutex
	at      map[netip.Addr]time.Time
	sweep   time.Time // when to forget those that are too long ago
	waiting map[netip.Addr]map[*func()]struct{}
}

// NewVisits remembers each visit for a length of time.
func NewVisits(life time.Duration) *Visits {
	return &Visits{life: life, at: make(map[netip.Addr]time.Time), waiting: make(map[netip.Addr]map[*func()]struct{})}
}

// Note notes a visit, and calls those who have waited for it. If there was nobody, it
// is for the next one who comes.
func (v *Visits) Note(a netip.Addr) {
	for came := range v.note(a.Unmap()) {
		(*came)()
	}
}

func (v *Visits) note(a netip.Addr) (waited map[*func()]struct{}) {
	now := time.Now()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.forget(now)
	if waited = v.waiting[a]; len(waited) > 0 {
		delete(v.waiting, a)
	} else if len(v.at) < mostVisits {
		v.at[a] = now
	}
	return waited
}

// Await has somebody called at the next visit of an address, once, unless it stops
// waiting before. If there was a visit lately that nobody else has had the good of,
// there is nothing to wait for, and nothing to stop: then stop is nil. The call comes
// on another goroutine, and may still come when stop has returned.
func (v *Visits) Await(a netip.Addr, came func()) (stop func()) {
	a = a.Unmap()
	v.mu.Lock()
	defer v.mu.Unlock()
	if at, known := v.at[a]; known {
		delete(v.at, a)
		if time.Since(at) < v.life {
			return nil
		}
	}
	who := &came
	if v.waiting[a] == nil {
		v.waiting[a] = make(map[*func()]struct{})
	}
	v.waiting[a][who] = struct{}{}
	return func() { v.stop(a, who) }
}

func (v *Visits) stop(a netip.Addr, who *func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.waiting[a], who)
	if len(v.waiting[a]) == 0 {
		delete(v.waiting, a)
	}
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
