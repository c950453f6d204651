package server

import (
	"context"
	"errors"

	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/notification"
)

// errNoSessions answers an operator of a process without a notification server.
var errNoSessions = errors.New("this process runs no notification server, so it has no sessions: ask one that does")

// Sessions lists who is signed in.
func (s *Server) Sessions() []notification.SessionInfo {
	if s.roles.notification == nil {
		return nil
	}
	return s.roles.notification.Sessions()
}

// onSessions does something to sessions, if this process has any.
func (s *Server) onSessions(do func(*notification.Server) error) error {
	if !s.opts.Config.Has(config.RoleNotification) {
		return errNoSessions
	}
	return do(s.roles.notification)
}

// SignOut ends a session and its conversations.
func (s *Server) SignOut(handle string) error {
	return s.onSessions(func(n *notification.Server) error { return n.SignOut(handle) })
}

// Reset sends a soft reset.
func (s *Server) Reset(handle string) error {
	return s.onSessions(func(n *notification.Server) error { return n.Reset(handle) })
}

// Refer sends a client to another notification server.
func (s *Server) Refer(handle, hostPort string) error {
	return s.onSessions(func(n *notification.Server) error { return n.Refer(handle, hostPort) })
}

// Alert shows a text to a user.
func (s *Server) Alert(handle, text string) error {
	return s.onSessions(func(n *notification.Server) error { return n.Alert(handle, text) })
}

// SetBanned bans an account and signs it out at once, or lifts the ban.
func (s *Server) SetBanned(ctx context.Context, handle string, banned bool) error {
	if err := s.accounts.SetBanned(ctx, handle, banned); err != nil {
		return err
	}
	if !banned {
		return nil
	}
	err := s.onSessions(func(n *notification.Server) error { return n.Banned(handle) })
	if errors.Is(err, notification.ErrNotSignedIn) {
		return nil
	}
	return err
}

// Remove removes an account and tells those who had it on their lists.
func (s *Server) Remove(ctx context.Context, handle string) error {
	affected, err := s.accounts.Remove(ctx, handle)
	if err != nil {
		return err
	}
	return s.onSessions(func(n *notification.Server) error { return n.Removed(handle, affected) })
}
