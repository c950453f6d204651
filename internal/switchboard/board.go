package switchboard

import (
	"maps"
	"slices"
	"sync"
)

// board is what the connections of this switchboard have in common: which
// sessions there are, and who is where. Its lock is never held together with
// that of a session.
type board struct {
	load func(connections int) // is told how many there are

	mu       sync.Mutex
	closed   bool // nothing new comes
	members  map[*member]struct{}
	people   map[string][]*member // by handle
	sessions map[uint32]*session
}

func newBoard(load func(connections int)) *board {
	return &board{
		load:     load,
		members:  make(map[*member]struct{}),
		people:   make(map[string][]*member),
		sessions: make(map[uint32]*session),
	}
}

// connect takes a connection down. It reports false if the switchboard takes no
// more.
func (b *board) connect(m *member) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.members[m] = struct{}{}
	b.load(len(b.members))
	return !b.closed
}

// disconnect forgets a connection.
func (b *board) disconnect(m *member) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.members, m)
	b.load(len(b.members))
	if m.handle == "" {
		return
	}
	left := slices.DeleteFunc(slices.Clone(b.people[m.handle]), func(o *member) bool { return o == m })
	if len(left) == 0 {
		delete(b.people, m.handle)
	} else {
		b.people[m.handle] = left
	}
}

// identify notes whose connection it is. It reports false if that person has
// as many as are allowed.
func (b *board) identify(m *member, handle string, limit int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.people[handle]
	if limit > 0 && len(all) >= limit {
		return false
	}
	m.handle = handle
	b.people[handle] = append(slices.Clip(all), m)
	return true
}

// connectionsOf lists the connections of a person. The slice is not changed
// any more.
func (b *board) connectionsOf(handle string) []*member {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.people[handle]
}

// open adds a session. It reports false if there is one with its id already,
// or if the switchboard takes no more.
func (b *board) open(s *session) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, exists := b.sessions[s.id]; exists || b.closed {
		return false
	}
	b.sessions[s.id] = s
	return true
}

// drop forgets a session that has ended.
func (b *board) drop(s *session) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.sessions, s.id)
}

// session finds a session, nil if there is none.
func (b *board) session(id uint32) *session {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sessions[id]
}

// all lists the sessions, in no order.
func (b *board) all() []*session {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Collect(maps.Values(b.sessions))
}

// empty reports whether there is neither a session nor anybody connected.
func (b *board) empty() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.sessions) == 0 && len(b.members) == 0
}

func (b *board) sessionCount() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.sessions)
}

// close takes nothing new from here on, and lists what there is.
func (b *board) close() ([]*session, []*member) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return slices.Collect(maps.Values(b.sessions)), slices.Collect(maps.Keys(b.members))
}
