package server

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/control"
)

// Why a node is not told to drain, or no longer to, beside [control.ErrDraining].
var (
	errNotDraining = errors.New("it is not draining")
	errStopping    = errors.New("it is about to end")
)

// drain is what this node does to be empty, at an operator's wish.
type drain struct {
	mu   sync.Mutex
	undo context.CancelFunc // nil if it does not drain
	done chan struct{}      // closed when no conversation is left, or the drain undone
	late time.Time          // when conversations are ended
}

// startDrain has this node take nothing new. Its clients are referred as the
// cluster hands its shards over; its conversations come to an end.
func (s *Server) startDrain(o cluster.DrainOrder) error {
	s.drain.mu.Lock()
	defer s.drain.mu.Unlock()
	switch {
	case s.stopping.Load():
		return errStopping
	case s.drain.undo != nil:
		return control.ErrDraining
	}
	if err := s.node.Drain(float64(o.Rate)); err != nil {
		return err
	}
	ctx, undo := context.WithCancel(s.life)
	s.drain.undo, s.drain.late = undo, time.Time{}
	if o.Within > 0 {
		s.drain.late = time.Now().Add(o.Within)
	}
	s.drain.done = s.endConversations(ctx, o.Within)
	return nil
}

// endDrain takes startDrain back. Those who were referred elsewhere come back
// with the shards, when the cluster gives this node its share again.
func (s *Server) endDrain() error {
	if s.stopping.Load() {
		return errStopping
	}
	if !s.stopDrain() {
		return errNotDraining
	}
	return s.node.Undrain()
}

// stopDrain lets conversations go on as they like. It reports whether this node
// was draining.
func (s *Server) stopDrain() bool {
	s.drain.mu.Lock()
	defer s.drain.mu.Unlock()
	if s.drain.undo == nil {
		return false
	}
	s.drain.undo()
	<-s.drain.done
	s.drain.undo, s.drain.done, s.drain.late = nil, nil, time.Time{}
	return true
}

// endConversations lets conversations come to their end, within a time. The
// channel is closed when none is left, or ctx has ended.
func (s *Server) endConversations(ctx context.Context, within time.Duration) chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if s.roles.switchboard != nil {
			s.roles.switchboard.Drain(ctx, within)
		}
	}()
	return done
}

// report tells how this node is.
func (s *Server) report() cluster.Report {
	r := cluster.Report{
		Owned:         count(s.node.Stats().Owned),
		SignedIn:      count(s.signedIn()),
		Connections:   count(s.connections()),
		Conversations: count(s.conversations()),
	}
	s.drain.mu.Lock()
	r.Late = s.drain.late
	talked := s.drain.done
	s.drain.mu.Unlock()
	r.Drained = talked != nil && isClosed(talked) && s.conversations() == 0 && s.moved()
	return r
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func count(n int) uint32 { return uint32(max(n, 0)) }

// moved reports whether every account of this node is another's by now.
func (s *Server) moved() bool { return s.node.Drained() && s.signedIn() == 0 }

// signedIn counts the principals, those on the move among them.
func (s *Server) signedIn() int {
	if s.roles.hub == nil {
		return 0
	}
	return s.roles.hub.Len()
}

func (s *Server) conversations() int {
	if s.roles.switchboard == nil {
		return 0
	}
	return s.roles.switchboard.Sessions()
}

// connections counts those of clients to all servers of this node.
func (s *Server) connections() int {
	n := 0
	if s.roles.dispatch != nil {
		n += s.roles.dispatch.Connections()
	}
	if s.roles.notification != nil {
		n += s.roles.notification.Connections()
	}
	if s.roles.switchboard != nil {
		n += s.roles.switchboard.Connections()
	}
	return n
}

// others reports whether there is another node in a state that has a role.
func (s *Server) others(role config.Role, state cluster.State) bool {
	return slices.ContainsFunc(s.node.Members(), func(m cluster.Member) bool {
		return !m.Self && m.State == state && m.Has(cluster.Role(role))
	})
}
