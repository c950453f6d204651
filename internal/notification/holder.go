package notification

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/telemetry"
)

// A notification server is the [cluster.Holder] of its node: it holds the shards
// whose accounts it serves.
var _ cluster.Holder = (*Server)(nil)

const (
	// movers is how many of one shard are on their way at once.
	movers = 32
	// trials is how often the rest of a shard is tried to be moved while nobody of
	// it can be, and trialPause the pause between two times.
	trials     = 10
	trialPause = 500 * time.Millisecond
	// giveUpTime is how long those have who do not belong here any more.
	giveUpTime = 20 * time.Second
)

// Took lets the accounts of a shard sign in.
func (srv *Server) Took(shard int, how cluster.How) {
	srv.moves.over(shard) // somebody may have been carried when a fence had ended that
	if how == cluster.HowLost {
		srv.opts.Hub.Inherit(shard)
	}
	srv.opts.Hub.Open(shard)
}

// HandOver moves everybody in a shard to another node. Nobody is let in
// meanwhile who is not in it already, but referred there.
func (srv *Server) HandOver(ctx context.Context, shard int, to cluster.Member) error {
	srv.opts.Hub.Close(shard)
	return srv.empty(ctx, shard, cluster.Owner{Node: to.Node, Address: to.Addresses[cluster.RoleNotification]})
}

// empty moves everybody in a shard to its new owner, at the pace of this node. It
// returns when nobody is left, or nobody can be moved.
func (srv *Server) empty(ctx context.Context, shard int, owner cluster.Owner) error {
	target, err := srv.opts.Referrer.Home(owner, netip.AddrPort{})
	if err != nil {
		return fmt.Errorf("refer clients to node %s: %w", owner.Node, err)
	}
	to := destination{node: owner.Node, hostPort: target.HostPort, why: srv.whyMoved()}
	for vain := 0; vain < trials; vain++ {
		if !srv.leavesFor(shard, owner.Node) {
			return errNotThere
		}
		left := len(srv.opts.Hub.InShard(shard))
		if left == 0 {
			return nil
		}
		if err = srv.moveShard(ctx, shard, to); ctx.Err() != nil {
			return ctx.Err()
		}
		if now := len(srv.opts.Hub.InShard(shard)); now < left {
			vain = 0
		}
		if err != nil && !pause(ctx, trialPause) {
			return ctx.Err()
		}
	}
	return fmt.Errorf("move accounts to node %s: %w", owner.Node, cmp.Or(err, errAgain))
}

// leavesFor reports whether the accounts of a shard are to leave this node, if they
// are here, for another. What is known of that can change while they are moved.
func (srv *Server) leavesFor(shard int, node string) bool {
	owner, ok := srv.opts.Node.ShardOwner(shard)
	switch {
	case !ok:
		return false
	case owner.Self:
		return owner.Next == node
	}
	return owner.Node == node && owner.Next != srv.opts.Node.ID()
}

// moveShard moves those that are in a shard now. The error is that of one who
// could not be moved.
func (srv *Server) moveShard(ctx context.Context, shard int, to destination) error {
	var g errgroup.Group
	g.SetLimit(movers)
	for _, p := range srv.opts.Hub.InShard(shard) {
		if err := srv.opts.Node.DrainRate().Wait(ctx, 1); err != nil {
			_ = g.Wait() // they end with ctx, too
			return err
		}
		g.Go(func() error { return srv.move(ctx, p, to) })
	}
	return g.Wait()
}

// whyMoved is why clients are referred to the node that their account moves to.
func (srv *Server) whyMoved() telemetry.ReferralReason {
	for _, m := range srv.opts.Node.Members() {
		if m.Self && m.Draining() {
			return telemetry.ReferredByDrain
		}
	}
	return telemetry.ReferredByRebalance
}

// Handed ends a hand-over. The shard stays closed.
func (srv *Server) Handed(shard int, _ cluster.Member) { srv.moves.over(shard) }

// Kept takes a hand-over back. Those who were moved already come back: their
// clients, when they find nobody on the other node, and what they were shown as
// at once.
func (srv *Server) Kept(shard int) {
	carried := srv.moves.over(shard)
	srv.opts.Hub.Open(shard)
	if len(carried) > 0 {
		srv.job(func(ctx context.Context) { srv.takeBack(ctx, carried) })
	}
}

func (srv *Server) takeBack(ctx context.Context, carried []cluster.Carried) {
	for _, state := range carried {
		state.Grace, state.From = 0, ""
		if err := srv.takeIn(ctx, state); err != nil && ctx.Err() == nil {
			srv.opts.Log.WarnContext(ctx, "somebody who was moved in vain is shown as signed out", slog.Any("error", err))
		}
	}
}

// Lost sends everybody in a shard to the node that has it now.
func (srv *Server) Lost(shard int) {
	srv.moves.over(shard)
	srv.opts.Hub.Close(shard)
	if len(srv.opts.Hub.InShard(shard)) > 0 {
		srv.job(func(ctx context.Context) { srv.giveUp(ctx, shard) })
	}
}

// giveUp moves everybody in a shard to its owner, and cuts off whom it does not
// take.
func (srv *Server) giveUp(ctx context.Context, shard int) {
	moving, cancel := context.WithTimeout(ctx, giveUpTime)
	defer cancel()
	if owner, ok := srv.opts.Node.ShardOwner(shard); ok && srv.empty(moving, shard, owner) == nil {
		return
	}
	for _, p := range srv.opts.Hub.InShard(shard) {
		if srv.mayHold(p.Handle) {
			return // it has come back meanwhile, or is about to
		}
		e := p.Endpoint()
		p.Release()
		if e != nil {
			e.Session.(*session).cutOff()
		}
	}
}

// Fence cuts everybody off, because others may be serving them by now.
func (srv *Server) Fence() {
	srv.opts.Hub.Abandon()
	for shard := range cluster.Shards {
		srv.opts.Hub.Inherit(shard) // what this node had told may not have arrived
	}
	srv.moves.forget()
	for _, s := range srv.all() {
		s.cutOff()
	}
}

// cutOff ends the connection without a word: what is queued is not sent, and what
// is being done for its client comes to nothing. It may be called from any
// goroutine.
func (s *session) cutOff() {
	s.cut.Store(true)
	why := fenced
	s.dismissed.CompareAndSwap(nil, &why)
	s.Conn.Close()
}

// ShardsLost has those looked at again who were on a node that died.
func (srv *Server) ShardsLost(shards []int) { srv.opts.Hub.Refresh(shards) }

// BusGap makes up for what was not heard.
func (srv *Server) BusGap(d time.Duration) { srv.opts.Hub.Repeat(d) }

// job does something beside serving clients, unless the server is going down.
func (srv *Server) job(do func(context.Context)) {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	if !srv.closed {
		srv.jobs.Go(func() { do(srv.life) })
	}
}
