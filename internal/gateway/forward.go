package gateway

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
)

// forward has a request answered by the node that has the session. What that
// answers with is lost only when it has been written here.
func (srv *Server) forward(ctx context.Context, id string, v visit) (answer, error) {
	number, ok := holderOf(id)
	if !ok {
		return answer{}, errNoSession
	}
	for _, m := range srv.opts.Node.Members() {
		if m.Self || !m.Has(cluster.RoleGateway) || numberOf(m.Node) != number {
			continue
		}
		a, err := srv.ask(ctx, m.Node, id, v)
		if err != errNoSession { //nolint:errorlint // it is ask's own, never wrapped
			return a, err
		}
	}
	return answer{}, errNoSession
}

// ask asks one node.
func (srv *Server) ask(ctx context.Context, node, id string, v visit) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, v.wait+srv.times.forward)
	defer cancel()
	visit := cluster.GatewayVisit{Session: id, Number: newNumber(), Body: v.body, Wait: v.wait, Host: v.host}
	done := func(delivered bool) {
		// If that is lost, the other keeps the answer and gives it again.
		_ = srv.opts.Node.FinishGateway(node, cluster.GatewayDone{Number: visit.Number, Delivered: delivered})
	}
	a, err := srv.opts.Node.VisitGateway(ctx, node, visit)
	switch {
	case err != nil && ctx.Err() != nil:
		done(false)
		return answer{}, ctx.Err()
	case err != nil:
		srv.opts.Log.WarnContext(ctx, "the node of a gateway session does not answer", slog.String("node", node), slog.Any("error", err))
		done(false)
		return answer{}, errNoSession
	case !a.Known:
		return answer{}, errNoSession
	}
	return answer{body: a.Body, closed: a.Closed, finish: done}, nil
}

func newNumber() uint64 {
	var p [8]byte
	_, _ = rand.Read(p[:]) // never fails
	return binary.BigEndian.Uint64(p[:])
}

// guests are the requests that came in by other nodes.
type guests struct {
	mu  sync.Mutex
	all map[uint64]*guest
}

// guest is one of them.
type guest struct {
	cancel context.CancelFunc   // nil if it was given up before it came
	finish func(delivered bool) // once it is answered
	timer  *time.Timer
}

// host deals with a request that came in by another node.
func (srv *Server) host(ctx context.Context, v cluster.GatewayVisit) (*cluster.GatewayAnswer, error) {
	s := srv.sessions.find(v.Session)
	if s == nil {
		return &cluster.GatewayAnswer{}, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	srv.guests.enter(v.Number, cancel)
	a, err := s.exchange(ctx, visit{body: v.Body, wait: min(v.Wait, maxLifespan), host: v.Host})
	if err != nil {
		srv.guests.leave(v.Number)
		if err == errNoSession { //nolint:errorlint // it is exchange's own, never wrapped
			return &cluster.GatewayAnswer{}, nil
		}
		return nil, err
	}
	told := &cluster.GatewayAnswer{Known: true, Body: a.body, Closed: a.closed}
	if !srv.guests.answered(v.Number, a.finish, srv.times.delivery) {
		a.finish(false)
		return nil, context.Canceled
	}
	return told, nil
}

func (g *guests) enter(number uint64, cancel context.CancelFunc) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if early := g.all[number]; early != nil {
		early.timer.Stop()
		delete(g.all, number)
		cancel()
		return
	}
	g.all[number] = &guest{cancel: cancel}
}

// leave takes a request off the list.
func (g *guests) leave(number uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.all, number)
}

// answered waits, for so long, to be told whether the answer was written. It
// reports false if it is not wanted any more.
func (g *guests) answered(number uint64, finish func(bool), patience time.Duration) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	one := g.all[number]
	if one == nil {
		return false
	}
	one.finish = finish
	one.timer = time.AfterFunc(patience, func() { g.finish(number, false, patience) })
	return true
}

// giveUp waits for no other node any more.
func (g *guests) giveUp() {
	g.mu.Lock()
	numbers := slices.Collect(maps.Keys(g.all))
	g.mu.Unlock()
	for _, number := range numbers {
		g.finish(number, false, 0)
	}
}

// done hears how a request has gone at the node that it came in by.
func (srv *Server) done(_ context.Context, d cluster.GatewayDone) {
	srv.guests.finish(d.Number, d.Delivered, srv.times.delivery)
}

// finish ends a request. That one is given up which is still on its way is kept in
// mind for a while.
func (g *guests) finish(number uint64, delivered bool, patience time.Duration) {
	g.mu.Lock()
	one := g.all[number]
	delete(g.all, number)
	if one == nil && !delivered {
		g.all[number] = &guest{timer: time.AfterFunc(patience, func() { g.leave(number) })}
	}
	g.mu.Unlock()
	switch {
	case one == nil:
	case one.cancel == nil:
		one.timer.Stop() // it does not come any more
	case one.finish == nil:
		one.cancel() // it is being dealt with
	default:
		one.timer.Stop()
		one.finish(delivered)
	}
}
