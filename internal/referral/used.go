package referral

import (
	"sync"
	"time"
)

// DefaultUsed bounds the cookies that a switchboard remembers, unless told
// otherwise: some thousand a second for the life of a cookie, in 40 MB.
const DefaultUsed = 1 << 20

// Used is the set of the cookies that have been used. It remembers each for as
// long as the cookie would be good. Its methods may be called from any
// goroutine.
type Used struct {
	mu    sync.Mutex
	limit int
	seen  map[mark]struct{}
	ends  expiring[mark]
}

// mark tells cookies apart: the session and the ten random digits.
type mark struct{ session, nonce uint32 }

// NewUsed makes a set that remembers at most so many; 0 means DefaultUsed.
func NewUsed(limit int) *Used {
	if limit <= 0 {
		limit = DefaultUsed
	}
	return &Used{limit: limit, seen: make(map[mark]struct{})}
}

// Take uses up a pass that Keys.Check gave. The error is ErrUsed if it was
// used before, ErrExpired, or ErrFull: rather than forget a cookie that is
// still good, and let it be used again, no more are let in.
func (u *Used) Take(p Pass) error {
	now := time.Now()
	u.mu.Lock()
	defer u.mu.Unlock()
	u.ends.sweep(now, func(m mark) { delete(u.seen, m) })
	if !now.Before(p.Expires) {
		return ErrExpired
	}
	m := mark{p.Session, p.nonce}
	if _, used := u.seen[m]; used {
		return ErrUsed
	}
	if len(u.seen) >= u.limit {
		return ErrFull
	}
	u.seen[m] = struct{}{}
	u.ends.add(m, p.Expires)
	return nil
}

// Len is how many cookies are remembered.
func (u *Used) Len() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.seen)
}
