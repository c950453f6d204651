package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/config"
)

const (
	// shutdownTime is how long clients have to take their last lines.
	shutdownTime = 5 * time.Second
	// referredTime is how long those have who were referred: some clients leave
	// their old connection open until long after they have moved, and some lose
	// the referral if the close comes with it.
	referredTime = 20 * time.Second
	// joinTime is how long a node that is joining just now is waited for: whoever
	// replaces a process by another stops the first as soon as the second is ready,
	// and the news of that may still be on its way.
	joinTime = 10 * time.Second
	// leaveTime is how long the cluster may take to hear that this node is gone.
	leaveTime = 5 * time.Second
	// lookEvery is how often a process that ends looks whether it is empty, and
	// tellEvery how often it says how far it is.
	lookEvery = 100 * time.Millisecond
	tellEvery = 5 * time.Second
)

// leave ends this node's part in the service. Where there is another notification
// server, nobody is told that anything ends: clients are referred to it, and
// conversations go on, for as long as the configuration allows. Otherwise clients
// are told at once, and what they were is kept for the next start.
func (s *Server) leave(ctx context.Context) error {
	s.stopping.Store(true)
	s.stopDrain()
	patience := shutdownTime
	end := time.Now().Add(s.opts.Config.Shutdown.Deadline)
	if s.awaitReplacement(ctx, end) {
		s.referAway(ctx, end)
		patience = max(min(referredTime, time.Until(end)), shutdownTime)
	}
	if !s.others(config.RoleNotification, cluster.StateActive) {
		s.save(ctx)
	}
	err := s.roles.shutdown(ctx, patience)
	ctx, cancel := context.WithTimeout(ctx, leaveTime)
	defer cancel()
	if gone := s.node.Leave(ctx); gone != nil {
		s.opts.Log.WarnContext(ctx, "the cluster could not be told that this node is gone", slog.Any("error", gone))
	}
	s.end()
	s.background.Wait()
	return err
}

// awaitReplacement is replaced, and waits for a node that is joining. It reports
// false if there is no time to refer clients in.
func (s *Server) awaitReplacement(ctx context.Context, end time.Time) bool {
	if time.Until(end) <= 0 {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, min(joinTime, time.Until(end)))
	defer cancel()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		switch {
		case s.replaced():
			return true
		case !s.replacedBy(cluster.StateJoining):
			return false
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return false
		}
	}
}

// replaced reports whether others can take over what this node does.
func (s *Server) replaced() bool { return s.replacedBy(cluster.StateActive) }

// replacedBy reports whether there is another node in a state that does what this
// one does: what its notification server does if it has one, and else what its
// switchboard does.
func (s *Server) replacedBy(state cluster.State) bool {
	switch {
	case s.roles.notification != nil:
		return s.others(config.RoleNotification, state)
	case s.roles.switchboard != nil:
		return s.others(config.RoleSwitchboard, state)
	}
	return false
}

// referAway refers every client and lets conversations end, at most until a
// moment.
func (s *Server) referAway(ctx context.Context, end time.Time) {
	if err := s.node.Drain(float64(s.opts.Config.Shutdown.Rate)); err != nil {
		s.opts.Log.WarnContext(ctx, "cannot refer clients elsewhere", slog.Any("error", err))
		return
	}
	talking, stop := context.WithCancel(ctx)
	talked := make(chan struct{})
	if s.others(config.RoleSwitchboard, cluster.StateActive) {
		talked = s.endConversations(talking, 0)
	} else {
		close(talked) // they cannot go on elsewhere
	}
	draining, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	s.awaitEmpty(draining, talked)
	stop()
	<-talked
}

// awaitEmpty waits until nobody is left who would notice the end, and says now
// and then how many are.
func (s *Server) awaitEmpty(ctx context.Context, talked <-chan struct{}) {
	look, tell := time.NewTicker(lookEvery), time.NewTicker(tellEvery)
	defer look.Stop()
	defer tell.Stop()
	log := s.opts.Log
	log.LogAttrs(ctx, slog.LevelInfo, "draining", s.left()...)
	for !s.moved() || !isClosed(talked) {
		if !s.replaced() {
			log.LogAttrs(ctx, slog.LevelWarn, "no other node is left to refer clients to: closing", s.left()...)
			return
		}
		select {
		case <-look.C:
		case <-tell.C:
			log.LogAttrs(ctx, slog.LevelInfo, "draining", s.left()...)
		case <-ctx.Done():
			log.LogAttrs(ctx, slog.LevelWarn, "shutdown.deadline has passed: closing", s.left()...)
			return
		}
	}
	log.LogAttrs(ctx, slog.LevelInfo, "drained", s.left()...)
}

// left is what is logged of how far this node is from empty.
func (s *Server) left() []slog.Attr {
	return []slog.Attr{
		slog.Int("clients_left", s.signedIn()), slog.Int("conversations_left", s.conversations()),
		slog.Int("shards_left", s.node.Stats().Owned),
	}
}
