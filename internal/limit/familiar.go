package limit

import (
	"hash/maphash"
	"sync"
	"time"
)

// Familiar remembers for a while who has proved something, in bounded memory: so
// that they can be told from strangers. It keeps no names.
type Familiar struct {
	most int
	life time.Duration
	seed maphash.Seed
	now  func() time.Time

	mu       sync.Mutex
	new, old map[uint64]struct{}
	begun    time.Time // of new
}

// NewFamiliar remembers somebody for a length of time at least, and for twice that
// at most, unless there are more than so many in it.
func NewFamiliar(most int, life time.Duration) *Familiar {
	return &Familiar{most: max(most, 1), life: life, seed: maphash.MakeSeed(), now: time.Now, new: make(map[uint64]struct{})}
}

// Add remembers somebody.
func (f *Familiar) Add(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turn()
	if len(f.new) >= f.most {
		f.begin()
	}
	f.new[maphash.String(f.seed, key)] = struct{}{}
}

// Has reports whether somebody is remembered.
func (f *Familiar) Has(key string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turn()
	sum := maphash.String(f.seed, key)
	_, lately := f.new[sum]
	_, before := f.old[sum]
	return lately || before
}

// turn forgets those whose time is over.
func (f *Familiar) turn() {
	age := f.now().Sub(f.begun)
	if age < f.life {
		return
	}
	f.begin()
	if age >= 2*f.life {
		f.old = nil
	}
}

func (f *Familiar) begin() {
	f.old, f.new, f.begun = f.new, make(map[uint64]struct{}), f.now()
}
