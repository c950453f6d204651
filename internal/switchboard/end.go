package switchboard

import (
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// The quiet end of a session: each member is told once of each other one that
// it has left for idleness, and then the connections are closed. Clients say
// nothing of it to their users, and open a new session at the next message. One
// that is told twice loses that message.
//
// Each member says its good-bye on its own goroutine, behind everything that it
// has sent, and the last one to do so closes them all. So nothing that somebody
// said comes after the good-bye or is lost with the connection.

// end begins the quiet end.
func (s *session) end(why ending) { s.endIf(why, func() bool { return true }) }

// endIf begins the quiet end if that is right, which is asked with the lock held.
func (s *session) endIf(why ending, right func() bool) {
	s.mu.Lock()
	if s.state != open || !right() {
		s.mu.Unlock()
		return
	}
	members := s.present()
	s.state, s.why, s.unsaid = closing, why, len(members)
	empty := len(members) == 0
	if empty {
		s.state = closed
		s.expiry.Stop()
	}
	s.mu.Unlock()
	if empty {
		s.over()
	}
	for _, m := range members {
		m.Conn.Wake()
	}
}

// farewell is a member's part in the quiet end.
func (s *session) farewell(m *member) {
	s.mu.Lock()
	if m.parted || s.state != closing {
		s.mu.Unlock()
		return
	}
	m.parted, m.why = true, string(s.why)
	members := s.present()
	if len(members) == 1 {
		m.put(msnp.Out{})
	}
	s.bye(m, true)
	s.unsaid--
	over := s.unsaid == 0
	if over {
		s.state = closed
	}
	s.mu.Unlock()
	if !over {
		return
	}
	s.over()
	for _, o := range members {
		o.CloseSoon()
	}
}

// idle is called when it is time to see whether anybody still speaks.
func (m *member) idle() {
	limit := m.srv.opts.Idle
	if left := m.session.quiet(limit); left > 0 {
		m.ring(alarmIdle, left)
		return
	}
	m.session.end(endIdle)
}

// quiet gives the time until the session is to end if nobody speaks. Only a
// conversation of two is ended: who is alone may call somebody, and a group
// does not come together again by itself.
func (s *session) quiet(limit time.Duration) time.Duration {
	if len(s.present()) != 2 {
		return limit
	}
	return limit - s.silence()
}

// silence is how long nobody has spoken.
func (s *session) silence() time.Duration { return s.srv.now() - time.Duration(s.active.Load()) }
