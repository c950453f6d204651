package gateway

import (
	"net/netip"
	"sync"
)

// table are the sessions that this node has.
type table struct {
	most, perAddress int // 0 for no bound

	mu     sync.Mutex
	all    map[string]*session
	counts map[netip.Addr]int
	empty  chan struct{} // made by who waits for the last to go
}

func newTable(most, perAddress int) *table {
	return &table{most: most, perAddress: perAddress, all: make(map[string]*session), counts: make(map[netip.Addr]int)}
}

// add takes a session in. It reports false if that would be one too many.
func (t *table) add(s *session) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.most > 0 && len(t.all) >= t.most || t.perAddress > 0 && t.counts[s.owner] >= t.perAddress {
		return false
	}
	t.all[s.id] = s
	t.counts[s.owner]++
	return true
}

func (t *table) find(id string) *session {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all[id]
}

func (t *table) remove(s *session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all[s.id] != s {
		return
	}
	delete(t.all, s.id)
	if t.counts[s.owner]--; t.counts[s.owner] == 0 {
		delete(t.counts, s.owner)
	}
	if len(t.all) == 0 && t.empty != nil {
		close(t.empty)
		t.empty = nil
	}
}

// list gives the sessions that there are, and a channel that is closed when there
// is none any more.
func (t *table) list() (all []*session, empty <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.all {
		all = append(all, s)
	}
	if t.empty == nil {
		t.empty = make(chan struct{})
	}
	empty = t.empty
	if len(t.all) == 0 {
		close(t.empty)
		t.empty = nil
	}
	return all, empty
}
