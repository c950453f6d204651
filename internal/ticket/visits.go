package ticket

import (
	"net/netip"
	"sync"
	"time"
)

// mostVisits bounds how many addresses are remembered, mostUnused how many visits of
// each that nobody has had the good of.
const (
	mostVisits = 1 << 16
	mostUnused = 1 << 10
)

// Visits knows which addresses have asked the web lately where to sign in. Some
// clients keep the first challenge of the notification server for good if it
// overtakes the answer of the nexus, so it is held back until they have that. There
// may be many clients behind an address: the visit of one is not taken for that of
// another that comes later.
type Visits struct {
	life time.Duration

	mu      sync.Mutex
	unused  map[netip.Addr]unused
	sweep   time.Time // when to forget those that are too long ago
	waiting map[netip.Addr]map[*func()]struct{}
}

// unused are the visits of an address that nobody has had the good of.
type unused struct {
	last  time.Time
	count int
}

// NewVisits remembers each visit for a length of time.
func NewVisits(life time.Duration) *Visits {
	return &Visits{life: life, unused: make(map[netip.Addr]unused), waiting: make(map[netip.Addr]map[*func()]struct{})}
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
		return waited
	}
	if u, known := v.unused[a]; known || len(v.unused) < mostVisits {
		v.unused[a] = unused{last: now, count: min(u.count+1, mostUnused)}
	}
	return nil
}

// Await has somebody called at the next visit of an address, once, unless it stops
// waiting before. If there was a visit lately that nobody else has had the good of,
// there is nothing to wait for, and nothing to stop: then stop is nil. The call comes
// on another goroutine, and may still come when stop has returned.
func (v *Visits) Await(a netip.Addr, came func()) (stop func()) {
	a = a.Unmap()
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.use(a) {
		return nil
	}
	who := &came
	if v.waiting[a] == nil {
		v.waiting[a] = make(map[*func()]struct{})
	}
	v.waiting[a][who] = struct{}{}
	return func() { v.stop(a, who) }
}

// use uses a visit up, if there was one lately.
func (v *Visits) use(a netip.Addr) bool {
	u, known := v.unused[a]
	lately := known && time.Since(u.last) < v.life
	if u.count--; lately && u.count > 0 {
		v.unused[a] = u
	} else {
		delete(v.unused, a)
	}
	return lately
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
	for a, u := range v.unused {
		if now.Sub(u.last) >= v.life {
			delete(v.unused, a)
		}
	}
	v.sweep = now.Add(v.life)
}
