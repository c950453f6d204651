package server

import (
	"context"
	"errors"
	"slices"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/control"
	"github.com/papilio-im/papilio/internal/notification"
	"github.com/papilio-im/papilio/msnp"
)

// errNoNotification answers an operator when nobody could do it.
var errNoNotification = errors.New("no node with a notification server is active")

// SignOut ends a session and its conversations.
func (s *Server) SignOut(ctx context.Context, handle string) error {
	return s.onSession(ctx, cluster.Order{Action: cluster.ActSignOut, Handle: handle},
		func(n *notification.Server) error { return n.SignOut(ctx, handle) })
}

// Reset sends a soft reset.
func (s *Server) Reset(ctx context.Context, handle string) error {
	return s.onSession(ctx, cluster.Order{Action: cluster.ActReset, Handle: handle},
		func(n *notification.Server) error { return n.Reset(ctx, handle) })
}

// Refer sends a client to another notification server.
func (s *Server) Refer(ctx context.Context, handle, hostPort string) error {
	return s.onSession(ctx, cluster.Order{Action: cluster.ActRefer, Handle: handle, Text: hostPort},
		func(n *notification.Server) error { return n.Refer(ctx, handle, hostPort) })
}

// Alert shows a text to a user.
func (s *Server) Alert(ctx context.Context, handle, text string) error {
	return s.onSession(ctx, cluster.Order{Action: cluster.ActAlert, Handle: handle, Text: text},
		func(n *notification.Server) error { return n.Alert(ctx, handle, text) })
}

// onSession has something done to a session: by the notification server of this
// process, which knows where it is, or without one by the node that it is on.
func (s *Server) onSession(ctx context.Context, o cluster.Order, do func(*notification.Server) error) error {
	if s.roles.notification != nil {
		return do(s.roles.notification)
	}
	handle, err := msnp.ParseHandle(o.Handle)
	if err != nil {
		return err
	}
	o.Handle = handle
	owner, ok := s.node.Owner(handle)
	if !ok {
		return errNoNotification
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	done, err := s.node.Order(ctx, owner.Node, o)
	if err == nil && !done {
		return notification.ErrNotSignedIn
	}
	return err
}

// What is done to accounts by another node. The words go over the bus.
const (
	operationBan    = "ban"
	operationUnban  = "unban"
	operationRemove = "remove"
)

// problems are the errors that a caller on another node acts on. The words go
// over the bus.
var problems = map[string]error{
	"no-account":    account.ErrNotFound,
	"not-signed-in": notification.ErrNotSignedIn,
	"draining":      control.ErrDraining,
}

// outcomeOf puts an error into what goes over the bus.
func outcomeOf(err error) cluster.Outcome {
	if err == nil {
		return cluster.Outcome{}
	}
	for word, known := range problems {
		if errors.Is(err, known) {
			return cluster.Outcome{Problem: word, Text: err.Error()}
		}
	}
	return cluster.Outcome{Problem: "other", Text: err.Error()}
}

// errorOf takes it out again.
func errorOf(o cluster.Outcome) error {
	switch known := problems[o.Problem]; {
	case known != nil:
		return known
	case o.Problem != "":
		return errors.New(o.Text)
	}
	return nil
}

// SetBanned bans an account and signs it out at once, or lifts the ban.
func (s *Server) SetBanned(ctx context.Context, handle string, banned bool) error {
	if s.accounts == nil {
		what := operationUnban
		if banned {
			what = operationBan
		}
		return s.elsewhere(ctx, cluster.Operation{What: what, Handle: handle})
	}
	if err := s.accounts.SetBanned(ctx, handle, banned); err != nil {
		return err
	}
	if !banned {
		return nil
	}
	if err := s.roles.notification.Banned(ctx, handle); !errors.Is(err, notification.ErrNotSignedIn) {
		return err
	}
	return nil
}

// Remove removes an account and tells those who had it on their lists.
func (s *Server) Remove(ctx context.Context, handle string) error {
	if s.accounts == nil {
		return s.elsewhere(ctx, cluster.Operation{What: operationRemove, Handle: handle})
	}
	affected, err := s.accounts.Remove(ctx, handle)
	if err != nil {
		return err
	}
	return s.roles.notification.Removed(ctx, handle, affected)
}

// elsewhere has something done by a node that has the accounts.
func (s *Server) elsewhere(ctx context.Context, o cluster.Operation) error {
	all := s.node.Members()
	i := slices.IndexFunc(all, func(m cluster.Member) bool {
		return m.Has(cluster.RoleNotification) && m.State == cluster.StateActive
	})
	if i < 0 {
		return errNoNotification
	}
	outcome, err := s.node.Operate(ctx, all[i].Node, o)
	if err != nil {
		return err
	}
	return errorOf(outcome)
}

// operation does what a node without accounts is asked for.
func (s *Server) operation(ctx context.Context, o cluster.Operation) cluster.Outcome {
	switch {
	case s.accounts == nil:
		return outcomeOf(errNoNotification)
	case o.What == operationBan, o.What == operationUnban:
		return outcomeOf(s.SetBanned(ctx, o.Handle, o.What == operationBan))
	case o.What == operationRemove:
		return outcomeOf(s.Remove(ctx, o.Handle))
	}
	return outcomeOf(errors.New("the node is of a release that does not know how to do that"))
}
