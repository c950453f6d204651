package switchboard

import (
	"time"

	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/msnp"
)

// ring is an invitation that is on its way, or was sent.
type ring struct {
	calling chan struct{} // closed when it is known whether it was sent; nil then
	lapses  time.Time     // may be repeated from then on
	// expires is that of the pass which was sent. It tells the latest, which
	// alone lets its holder in, from those before: at least the time between
	// two calls lies between them.
	expires time.Time
}

// awaited reports whether somebody may still come who was rung. The lock is
// held.
func (s *session) awaited() bool {
	s.forget(time.Now())
	return len(s.rings) > 0
}

// forget drops the rings that nobody can answer any more. The lock is held.
func (s *session) forget(now time.Time) {
	for handle, r := range s.rings {
		if r.calling == nil && now.After(r.lapses) && now.After(r.expires) {
			delete(s.rings, handle)
		}
	}
}

// call notes that somebody is about to be rung, and gives the ring before, if
// there was one. It refuses those who are there or ring already. Who can still
// answer has a place kept.
func (s *session) call(handle string) (before *ring, err error) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != open {
		return nil, front.Refuse(msnp.CodeSwitchboardFailed)
	}
	for _, m := range s.present() {
		if m.handle == handle {
			return nil, front.Refuse(msnp.CodeAlreadyThere)
		}
	}
	s.forget(now)
	before = s.rings[handle]
	expected := len(s.rings)
	if before != nil {
		if before.calling != nil || now.Before(before.lapses) {
			return nil, front.Refuse(msnp.CodeAlreadyThere)
		}
		expected--
	}
	if limit := s.srv.opts.Limits.MembersPerSession; limit > 0 && len(s.present())+expected >= limit {
		s.srv.metrics.Limited("members")
		return nil, front.Refuse(msnp.CodeTooActive)
	}
	if s.rings == nil {
		s.rings = make(map[string]*ring)
	}
	s.rings[handle] = &ring{calling: make(chan struct{})}
	return before, nil
}

// uncall takes a call back that rang nobody; a ring before it is good again.
func (s *session) uncall(handle string, before *ring) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.rings[handle].calling)
	delete(s.rings, handle)
	if before != nil {
		s.rings[handle] = before
	}
}

// rung tells the caller that it rings. Passes of earlier rings are void now.
func (s *session) rung(caller *member, call msnp.Call, expires time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rings[call.Handle]
	close(r.calling)
	r.calling, r.lapses, r.expires = nil, time.Now().Add(s.srv.times.ringing), expires
	caller.put(msnp.Ringing{TrID: call.TrID, Session: s.id})
}
