package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/papilio-im/papilio/internal/config"
)

const (
	// shutdownTime is how long clients have to take their last lines.
	shutdownTime = 5 * time.Second
	// referredTime is how long those have who were referred: some clients leave
	// their old connection open until long after they have moved, and some lose
	// the referral if the close comes with it.
	referredTime = 20 * time.Second
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
	deadline := s.opts.Config.Shutdown.Deadline
	var err error
	if deadline > 0 && s.replaced() {
		err = s.referAway(ctx, deadline)
	} else {
		if !s.others(config.RoleNotification) {
			s.save(ctx)
		}
		err = s.roles.shutdown(ctx, shutdownTime)
	}
	ctx, cancel := context.WithTimeout(ctx, leaveTime)
	defer cancel()
	if gone := s.node.Leave(ctx); gone != nil {
		s.opts.Log.WarnContext(ctx, "the cluster could not be told that this node is gone", slog.Any("error", gone))
	}
	s.end()
	s.background.Wait()
	return err
}

// replaced reports whether others can take over what this node does: what its
// notification server does if it has one, and else what its switchboard does.
func (s *Server) replaced() bool {
	switch {
	case s.roles.notification != nil:
		return s.others(config.RoleNotification)
	case s.roles.switchboard != nil:
		return s.others(config.RoleSwitchboard)
	}
	return false
}

// referAway refers every client and lets conversations end, and then closes what
// is left. All of it takes no longer than a time, and a few seconds for those who
// do not read.
func (s *Server) referAway(ctx context.Context, within time.Duration) error {
	end := time.Now().Add(within)
	draining, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	if err := s.node.Drain(float64(s.opts.Config.Shutdown.Rate)); err != nil {
		s.opts.Log.WarnContext(ctx, "cannot refer clients elsewhere", slog.Any("error", err))
	} else {
		talking, stop := context.WithCancel(ctx)
		var talked <-chan struct{}
		if s.others(config.RoleSwitchboard) {
			talked = s.endConversations(talking, within)
		}
		s.awaitEmpty(draining, talked)
		stop()
		if talked != nil {
			<-talked
		}
	}
	return s.roles.shutdown(ctx, max(min(referredTime, time.Until(end)), shutdownTime))
}

// awaitEmpty waits until nobody is left who would notice the end, and says now
// and then how many are. Conversations are not waited for if talked is nil: they
// cannot go on elsewhere.
func (s *Server) awaitEmpty(ctx context.Context, talked <-chan struct{}) {
	look, tell := time.NewTicker(lookEvery), time.NewTicker(tellEvery)
	defer look.Stop()
	defer tell.Stop()
	s.tellLeft(ctx, "draining")
	for !s.moved() || talked != nil && !isClosed(talked) {
		select {
		case <-look.C:
		case <-tell.C:
			s.tellLeft(ctx, "draining")
		case <-ctx.Done():
			s.tellLeft(ctx, "closing what is left: shutdown.deadline has passed")
			return
		}
	}
	s.tellLeft(ctx, "drained")
}

// tellLeft logs how far this node is from empty.
func (s *Server) tellLeft(ctx context.Context, what string) {
	s.opts.Log.InfoContext(ctx, what, slog.Int("clients", s.signedIn()), slog.Int("conversations", s.conversations()),
		slog.Int("shards", s.node.Stats().Owned))
}
