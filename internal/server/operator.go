package server

import (
	"context"
	"errors"
	"slices"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/cluster"
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

// problems are the errors of such an operation that a caller acts on.
var problems = map[string]error{
	"no-account":    account.ErrNotFound,
	"not-signed-in": notification.ErrNotSignedIn,
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
	switch known := problems[outcome.Problem]; {
	case err != nil:
		return err
	case known != nil:
		return known
	case outcome.Problem != "":
		return errors.New(outcome.Text)
	}
	return nil
}

// operation does what a node without accounts is asked for.
func (s *Server) operation(ctx context.Context, o cluster.Operation) cluster.Outcome {
	err := errNoNotification
	if s.accounts != nil {
		switch o.What {
		case operationBan, operationUnban:
			err = s.SetBanned(ctx, o.Handle, o.What == operationBan)
		case operationRemove:
			err = s.Remove(ctx, o.Handle)
		default:
			err = errors.New("this node is of a release that does not know how to do that")
		}
	}
	if err == nil {
		return cluster.Outcome{}
	}
	for word, known := range problems {
		if errors.Is(err, known) {
			return cluster.Outcome{Problem: word, Text: err.Error()}
		}
	}
	return cluster.Outcome{Problem: "failed", Text: err.Error()}
}
