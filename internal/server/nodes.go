package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/control"
	"github.com/papilio-im/papilio/internal/notification"
	"github.com/papilio-im/papilio/msnp"
)

// answerTime is how long a node may take to answer an operator. One that does not
// is left out of the answer, which says so.
const answerTime = 3 * time.Second

// takeOrders has this node answer the operators of others.
func (s *Server) takeOrders() error {
	return errors.Join(
		s.node.ServeReports(func(context.Context) cluster.Report { return s.report() }),
		s.node.ServeSessions(func(_ context.Context, q cluster.SessionQuery) []cluster.Session { return s.sessions(q) }),
		s.node.ServeDrains(func(_ context.Context, o cluster.DrainOrder) cluster.Outcome {
			return outcomeOf(s.startDrain(o)) //nolint:contextcheck // it outlives who asks for it
		}),
		s.node.ServeUndrains(func(context.Context) cluster.Outcome { return outcomeOf(s.endDrain()) }),
		s.node.ServeOperations(s.operation),
	)
}

// Blind implements [control.Service].
func (s *Server) Blind() error {
	switch {
	case s.node.Serving():
		return nil
	case s.stopping.Load():
		return errStopping
	}
	return fmt.Errorf("%s is cut off from NATS, and knows nothing of the other nodes: ask on another machine", s.node.ID())
}

// each asks all nodes something at once, and waits for those that answer in time.
func each[T any](ctx context.Context, members []cluster.Member, ask func(ctx context.Context, node string) (T, error)) ([]T, []error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	answers, errs := make([]T, len(members)), make([]error, len(members))
	var wg sync.WaitGroup
	for i, m := range members {
		wg.Go(func() { answers[i], errs[i] = ask(ctx, m.Node) })
	}
	wg.Wait()
	return answers, errs
}

// Nodes lists the nodes of the cluster, by name.
func (s *Server) Nodes(ctx context.Context) []control.Node {
	members := s.Members()
	reports, errs := each(ctx, members, s.node.Report)
	nodes := make([]control.Node, len(members))
	for i, m := range members {
		nodes[i] = describe(&m, &reports[i], errs[i])
	}
	return nodes
}

func describe(m *cluster.Member, r *cluster.Report, silent error) control.Node {
	n := control.Node{
		Node: m.Node, Self: m.Self, State: string(m.State), Software: m.Software, Started: m.Started,
		Shards: int(r.Owned), Clients: int(r.SignedIn), Connections: int(r.Connections),
		Conversations: int(r.Conversations), Drained: r.Drained, Late: r.Late,
		Addresses: make(map[string]string),
	}
	for _, role := range m.Roles {
		n.Roles = append(n.Roles, string(role))
	}
	for role, address := range m.Addresses {
		n.Addresses[string(role)] = address
	}
	if silent != nil {
		n.Silent = whySilent(silent)
	}
	return n
}

// whySilent puts the usual reasons in an operator's words.
func whySilent(err error) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "it does not answer"
	case errors.Is(err, cluster.ErrUnreachable):
		return "it is not reached"
	}
	return err.Error()
}

// sessions lists who is signed in here, by handle, as far as they are asked for.
func (s *Server) sessions(q cluster.SessionQuery) []cluster.Session {
	if s.roles.notification == nil {
		return nil
	}
	var found []cluster.Session
	for _, one := range s.roles.notification.Sessions() {
		if one.Handle > q.After {
			found = append(found, cluster.Session(one))
		}
		if len(found) == cluster.MaxSessions {
			break
		}
	}
	return found
}

// Sessions lists who is signed in, on every node.
func (s *Server) Sessions(ctx context.Context) control.Sessions {
	members := slices.DeleteFunc(s.Members(), func(m cluster.Member) bool { return !m.Has(cluster.RoleNotification) })
	found, errs := each(ctx, members, s.node.Sessions)
	all := control.Sessions{Sessions: []control.Session{}}
	for i, m := range members {
		if errs[i] != nil {
			all.Silent = append(all.Silent, control.Silence{Node: m.Node, Why: whySilent(errs[i])})
		}
		for _, one := range found[i] {
			all.Sessions = append(all.Sessions, control.Session{SessionInfo: notification.SessionInfo(one), Node: m.Node})
		}
	}
	slices.SortStableFunc(all.Sessions, func(a, b control.Session) int { return strings.Compare(a.Handle, b.Handle) })
	return all
}

// Shards lists who serves each shard, by number.
func (s *Server) Shards() []control.Shard {
	var all []control.Shard
	for _, i := range s.node.Shards() {
		all = append(all, control.Shard{
			Shard: i.Shard, Owner: i.Owner, Next: i.Next, Target: i.Target, Since: i.Since, How: string(i.How),
		})
	}
	return all
}

// Where tells where an account is signed in, or would be.
func (s *Server) Where(ctx context.Context, handle string) (control.Place, error) {
	handle, err := msnp.ParseHandle(handle)
	if err != nil {
		return control.Place{}, err
	}
	place := control.Place{Handle: handle, Shard: cluster.ShardOf(handle), Sessions: []control.Session{}}
	owner, ok := s.node.Owner(handle)
	if !ok {
		return place, nil
	}
	place.Node, place.Address, place.Next = owner.Node, owner.Address, owner.Next
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	w, err := s.node.Where(ctx, owner.Node, cluster.Question{Handle: handle})
	if err != nil {
		place.Silent = whySilent(err)
		return place, nil
	}
	if w.Node != "" && w.Node != place.Node { // it has been handed over already
		place.Node, place.Address, place.Next = w.Node, "", ""
	}
	place.SignedIn, place.Moving, place.Since = w.SignedIn, w.Moving, w.Since
	for _, one := range w.Sessions {
		place.Sessions = append(place.Sessions, control.Session{SessionInfo: notification.SessionInfo(one), Node: place.Node})
	}
	return place, nil
}

// Drain has a node take nothing new and hand over what it has. One whose work no
// other can take over is not drained unless that is forced.
func (s *Server) Drain(ctx context.Context, d control.Drain) error {
	m, err := s.member(d.Node)
	if err != nil {
		return err
	}
	switch {
	case m.Draining():
		return fmt.Errorf("%s: %w", d.Node, control.ErrDraining)
	case !d.Force:
		if err := s.replaceable(m); err != nil {
			return err
		}
	}
	return s.order(ctx, d.Node, true, func(ctx context.Context) (cluster.Outcome, error) {
		return s.node.OrderDrain(ctx, d.Node, cluster.DrainOrder{Rate: count(d.Rate), Within: d.Deadline})
	})
}

// Undrain takes Drain back.
func (s *Server) Undrain(ctx context.Context, node string) error {
	if _, err := s.member(node); err != nil {
		return err
	}
	return s.order(ctx, node, false, func(ctx context.Context) (cluster.Outcome, error) {
		return s.node.OrderUndrain(ctx, node)
	})
}

// order tells a node to drain or no longer, and waits until that is known here.
func (s *Server) order(ctx context.Context, node string, draining bool, tell func(context.Context) (cluster.Outcome, error)) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	outcome, err := tell(ctx)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s: %s; it may still do it when it comes to itself: ask again for the list of the nodes", node, whySilent(err))
	case err != nil:
		return fmt.Errorf("%s: %s", node, whySilent(err))
	}
	if err := errorOf(outcome); err != nil {
		return fmt.Errorf("%s: %w", node, err)
	}
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		if m, err := s.member(node); err != nil || m.Draining() == draining {
			return err
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return nil // it was told; the others hear of it when they can
		}
	}
}

// member finds a node, and says which there are if it is none of them.
func (s *Server) member(node string) (cluster.Member, error) {
	var names []string
	for _, m := range s.Members() {
		if m.Node == node {
			return m, nil
		}
		names = append(names, m.Node)
	}
	return cluster.Member{}, fmt.Errorf("there is no node %q; there are: %s", node, strings.Join(names, ", "))
}

// replaceable refuses to do without the last active node of a role that clients
// are sent to: there would be nowhere to refer them.
func (s *Server) replaceable(m cluster.Member) error {
	for _, role := range []config.Role{config.RoleNotification, config.RoleSwitchboard} {
		if m.Has(cluster.Role(role)) && !s.anotherThan(m.Node, role) {
			return fmt.Errorf("%s is the only active node with the role %s: %w", m.Node, role, control.ErrNowhere)
		}
	}
	return nil
}

// anotherThan reports whether there is an active node with a role beside one.
func (s *Server) anotherThan(node string, role config.Role) bool {
	return slices.ContainsFunc(s.node.Members(), func(m cluster.Member) bool {
		return m.Node != node && m.State == cluster.StateActive && m.Has(cluster.Role(role))
	})
}
