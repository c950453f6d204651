package limit

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Keyed is a token bucket for each key. A key that has not been used for as
// long as its bucket takes to fill again is forgotten, so the memory follows
// the keys in use. A nil *Keyed allows everything.
type Keyed struct {
	limit rate.Limit
	burst int
	full  time.Duration // from empty to full
	now   func() time.Time

	mu    sync.Mutex
	keys  map[string]*bucket
	sweep time.Time // when to look for keys to forget
}

type bucket struct {
	tokens *rate.Limiter
	used   time.Time
}

// PerMinute allows n events a minute for each key, all of them at once if none
// came before. With n of zero or less it gives nil, which allows everything.
func PerMinute(n int) *Keyed { return New(n, time.Minute) }

// New allows n events in each period of time for each key, see [PerMinute].
func New(n int, period time.Duration) *Keyed {
	if n <= 0 {
		return nil
	}
	return &Keyed{
		limit: rate.Limit(float64(n) / period.Seconds()),
		burst: n,
		full:  period,
		now:   time.Now,
		keys:  make(map[string]*bucket),
	}
}

// Allow counts an event of key and reports whether it is within the limit.
func (k *Keyed) Allow(key string) bool {
	if k == nil {
		return true
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	return k.bucket(key, now).tokens.AllowN(now, 1)
}

// Spent reports whether key has used up its limit, without counting anything:
// for what is counted only when it fails.
func (k *Keyed) Spent(key string) bool {
	if k == nil {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	b, known := k.keys[key]
	return known && b.tokens.TokensAt(k.now()) < 1
}

func (k *Keyed) bucket(key string, now time.Time) *bucket {
	if now.After(k.sweep) {
		for key, b := range k.keys {
			if now.Sub(b.used) > k.full {
				delete(k.keys, key)
			}
		}
		k.sweep = now.Add(k.full)
	}
	b := k.keys[key]
	if b == nil {
		b = &bucket{tokens: rate.NewLimiter(k.limit, k.burst)}
		k.keys[key] = b
	}
	b.used = now
	return b
}
