package notification

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/papilio-im/papilio/internal/cluster"
)

// moves are the principals that this node gives to others.
type moves struct {
	mu sync.Mutex
	// leaving are those that are being carried right now. The channel is closed
	// when it is known where they are.
	leaving map[string]chan struct{}
	// carried are those that were, by shard, until its hand-over is complete.
	carried map[int]map[string]cluster.Carried
	// away are the connections that were left behind, until the client has signed
	// in on its new node.
	away map[string]*session
}

func newMoves() moves {
	return moves{
		leaving: make(map[string]chan struct{}),
		carried: make(map[int]map[string]cluster.Carried),
		away:    make(map[string]*session),
	}
}

// begin notes that somebody is about to be carried. The function that it gives
// ends that. It gives nil if somebody else carries it already.
func (m *moves) begin(handle string) (end func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.leaving[handle] != nil {
		return nil
	}
	done := make(chan struct{})
	m.leaving[handle] = done
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.leaving, handle)
		close(done)
	}
}

// await waits for somebody who is being carried, at most until ctx ends. It
// reports false if nobody was.
func (m *moves) await(ctx context.Context, handle string) bool {
	m.mu.Lock()
	done := m.leaving[handle]
	m.mu.Unlock()
	if done == nil {
		return false
	}
	select {
	case <-done:
	case <-ctx.Done():
	}
	return true
}

// note remembers what somebody took along, and the connection that was left
// behind, if there is one.
func (m *moves) note(state cluster.Carried, s *session) {
	shard := cluster.ShardOf(state.Handle)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.carried[shard] == nil {
		m.carried[shard] = make(map[string]cluster.Carried)
	}
	m.carried[shard][state.Handle] = state
	if s != nil {
		m.away[state.Handle] = s
	}
}

// over ends a hand-over, and gives what those took along who were carried.
func (m *moves) over(shard int) []cluster.Carried {
	m.mu.Lock()
	defer m.mu.Unlock()
	carried := m.carried[shard]
	delete(m.carried, shard)
	return slices.Collect(maps.Values(carried))
}

// leftBehind gives the connection that somebody has left behind, and nil the next
// time.
func (m *moves) leftBehind(handle string) *session {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.away[handle]
	delete(m.away, handle)
	return s
}

// closed is called when a connection that was left behind has ended.
func (m *moves) closed(handle string, s *session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away[handle] == s {
		delete(m.away, handle)
	}
}

// forget drops everything: nothing of it is this node's business any more.
func (m *moves) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.carried)
	clear(m.away)
}
