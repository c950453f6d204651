package notification

import (
	"context"
	"errors"
	"log/slog"

	"github.com/papilio-im/papilio/internal/cluster"
)

// serve lets this server answer what other roles and nodes ask about its
// accounts, and take in those that come from other nodes.
func (srv *Server) serve() error {
	node := srv.opts.Node
	return errors.Join(
		node.ServeInvitations(srv.invite),
		node.ServeLookups(srv.lookup),
		node.ServeOrders(srv.carryOut),
		node.ServeWhere(srv.where),
		node.ServeCarries(srv.takeIn),
		node.ServeSettled(srv.settled),
		node.ListenNexus(srv.noteVisit),
	)
}

// Why a message about an account is not dealt with.
var (
	errNoHome  = errors.New("no node serves the account now")
	errTooFar  = errors.New("the account is not where it should be: the nodes do not agree on it yet")
	errUnknown = errors.New("this node may not answer for its accounts: it is cut off from the others")
)

// homeOf tells which node a message about an account is for: "" is this one. Of the
// two nodes that a shard is moving between, each passes on to the other what is
// about somebody whom it does not have. So one that was passed on often enough is
// dealt with where it comes to, if the account can be here at all.
func (srv *Server) homeOf(ctx context.Context, handle string, hops uint8) (node string, err error) {
	srv.moves.await(ctx, handle)
	if !srv.serving() {
		return "", errUnknown
	}
	home := srv.opts.Hub.Home(handle)
	switch {
	case !home.Known:
		return "", errNoHome
	case home.Local || hops >= cluster.MaxHops && srv.mayHold(handle):
		return "", nil
	case hops >= cluster.MaxHops:
		return "", errTooFar
	}
	return home.Node, nil
}

// mayHold reports whether an account may be at home here.
func (srv *Server) mayHold(handle string) bool {
	owner, ok := srv.opts.Node.Owner(handle)
	return ok && (owner.Self || owner.Next == srv.opts.Node.ID())
}

// atHome has something done where an account is at home: here, or on another
// node. What is found here counts only if the node still serves the account then.
func atHome[A any](
	ctx context.Context, srv *Server, handle string, hops uint8,
	here func(context.Context) (A, error), there func(ctx context.Context, node string, hops uint8) (A, error),
) (A, error) {
	node, err := srv.homeOf(ctx, handle, hops)
	var answer A
	switch {
	case err != nil:
	case node != "":
		answer, err = there(ctx, node, hops+1)
	default:
		answer, err = here(ctx)
		if !srv.serving() {
			err = errUnknown
		}
	}
	return answer, err
}

// settle tells a node that somebody has arrived who was moved from there.
func (srv *Server) settle(node, handle string) {
	if err := srv.opts.Node.Settle(node, handle); err != nil {
		srv.opts.Log.Warn("a connection that was left behind stays open for a while", slog.Any("error", err))
	}
}
