package switchboard

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// session is a conversation: a number, and those who are in it.
//
// Who changes anything holds the lock, also while the lines about the change
// are put into the queues of the members, so that all of them see the changes
// in one order. A queue's own lock is the only one taken meanwhile; nothing is
// written to a socket. Messages are passed on without the lock.
type session struct {
	id  uint32
	srv *Server

	members atomic.Pointer[[]*member] // never changed, but replaced, under mu
	active  atomic.Int64              // when somebody last spoke or joined: Server.now

	mu     sync.Mutex
	state  state
	rings  map[string]*ring // by the handle of who is rung
	unsaid int              // members that have not said good-bye, while ending
	why    ending
	expiry *time.Timer // while it is empty and rings somebody
}

// state is where a session stands.
type state uint8

const (
	open    state = iota
	closing       // members say good-bye; nobody is let in
	closed        // nobody is there
)

// ending is why a session was ended from this side, as metrics call it.
type ending string

const (
	endIdle     ending = "idle"
	endDrain    ending = "drain"
	endShutdown ending = "shutdown"
)

func newSession(srv *Server, id uint32, first *member) *session {
	s := &session{id: id, srv: srv}
	s.replace([]*member{first})
	s.touch()
	return s
}

// present lists the members. The slice is never changed.
func (s *session) present() []*member { return *s.members.Load() }

// replace changes the members. The lock is held.
func (s *session) replace(members []*member) { s.members.Store(&members) }

// touch notes that somebody speaks.
func (s *session) touch() { s.active.Store(int64(s.srv.now())) }

// join lets a member in that was rung with a pass of that expiry. While its
// caller still waits for the notification server to answer, so does join: the
// caller hears that it rings before it hears who has come.
func (s *session) join(m *member, trid msnp.TrID, expires time.Time) error {
	ctx, cancel := s.srv.request() // the caller waits no longer either
	defer cancel()
	for {
		calling, err := s.tryJoin(m, trid, expires)
		if calling == nil {
			return err
		}
		select {
		case <-calling:
		case <-ctx.Done():
			return errNoRing
		}
	}
}

// tryJoin is join. If it has to wait, it gives what to wait for.
func (s *session) tryJoin(m *member, trid msnp.TrID, expires time.Time) (<-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != open {
		return nil, errNoSession
	}
	r := s.rings[m.handle]
	switch {
	case r == nil:
		return nil, errNoRing
	case r.calling != nil:
		return r.calling, nil
	case !r.expires.Equal(expires):
		return nil, errNoRing
	}
	delete(s.rings, m.handle)
	if s.expiry != nil {
		s.expiry.Stop()
		s.expiry = nil
	}
	s.admit(m, trid)
	return nil, nil //nolint:nilnil // there is nothing to wait for, and nothing is wrong
}

// admit tells a new member who is there, and them of it. The lock is held.
func (s *session) admit(m *member, trid msnp.TrID) {
	others := s.present()
	for i, o := range others {
		m.put(msnp.RosterEntry{
			TrID: trid, Index: i + 1, Total: len(others), Handle: o.handle, Name: o.called(), Capabilities: o.capabilities,
		})
	}
	m.put(msnp.Answered{TrID: trid})
	s.touch()
	s.replace(append(slices.Clip(others), m))
	for _, o := range others {
		o.put(msnp.Joined{Handle: m.handle, Name: m.called(), Capabilities: m.capabilities})
		m.others.Add(o.Conn.Conn)
	}
}

// part takes a member out whose connection ends.
func (s *session) part(m *member) {
	s.mu.Lock()
	if m.parted {
		s.mu.Unlock()
		return
	}
	if s.state == closing {
		s.mu.Unlock()
		s.farewell(m)
		return
	}
	m.parted = true
	s.bye(m, false)
	left := slices.DeleteFunc(slices.Clone(s.present()), func(o *member) bool { return o == m })
	s.replace(left)
	if len(left) == 0 {
		s.emptied()
	}
	over := s.state == closed
	s.mu.Unlock()
	if over {
		s.over()
	}
}

// bye tells the others that a member leaves. The lock is held.
func (s *session) bye(m *member, idle bool) {
	for _, o := range s.present() {
		if o != m {
			o.put(msnp.Left{Handle: m.handle, Idle: idle})
			m.others.Add(o.Conn.Conn)
		}
	}
}

// emptied is called when the last member has left. Those who are rung just now
// find the session for a while. The lock is held.
func (s *session) emptied() {
	if s.awaited() {
		s.expiry = time.AfterFunc(s.srv.times.emptied, s.expire)
		return
	}
	s.state = closed
}

// expire ends a session that nobody has come to.
func (s *session) expire() {
	s.mu.Lock()
	over := s.state == open && len(s.present()) == 0
	if over {
		s.state = closed
	}
	s.mu.Unlock()
	if over {
		s.over()
	}
}

// over is called once, when the session is closed.
func (s *session) over() {
	s.srv.board.drop(s)
	s.srv.metrics.Conversations(-1)
}
