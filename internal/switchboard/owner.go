package switchboard

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
)

// Why the node that serves an account could not be asked.
var (
	errNoOwner = errors.New("no node serves the account")
	errDied    = errors.New("the node has died before it answered")
)

// atOwner asks the node that serves an account. If that one is not reached, or
// dies, it asks the one that takes its place, until ctx ends: what a dead node
// has begun has died with it, so that nothing is done twice.
func (srv *Server) atOwner(ctx context.Context, handle string, ask func(ctx context.Context, node string) error) error {
	for {
		owner, ok := srv.opts.Node.AwaitOwner(ctx, handle)
		if !ok {
			return errNoOwner
		}
		err := srv.whileAlive(ctx, owner.Node, ask)
		if !errors.Is(err, cluster.ErrUnreachable) && !errors.Is(err, errDied) {
			return err
		}
		select {
		case <-time.After(srv.times.owner):
		case <-ctx.Done():
			return err
		}
	}
}

// whileAlive asks a node, and gives up when that is no member any more. One that
// was none before is asked all the same.
func (srv *Server) whileAlive(ctx context.Context, node string, ask func(ctx context.Context, node string) error) error {
	if node == srv.opts.Node.ID() || !srv.alive(node) {
		return ask(ctx, node)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	var watch sync.WaitGroup
	watch.Go(func() {
		look := time.NewTicker(srv.times.owner)
		defer look.Stop()
		for srv.alive(node) {
			select {
			case <-look.C:
			case <-ctx.Done():
				return
			}
		}
		cancel(errDied)
	})
	err := ask(ctx, node)
	cancel(nil)
	watch.Wait()
	if err != nil && errors.Is(context.Cause(ctx), errDied) {
		return errDied
	}
	return err
}

func (srv *Server) alive(node string) bool {
	return slices.ContainsFunc(srv.opts.Node.Members(), func(m cluster.Member) bool { return m.Node == node })
}
