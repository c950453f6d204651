package notification

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/presence"
	"github.com/papilio-im/papilio/internal/telemetry"
	"github.com/papilio-im/papilio/msnp"
)

// carryTime is how long a node may take to take somebody in. It reads their lists.
const carryTime = 10 * time.Second

// errAgain says that somebody could not be moved because they had something else
// to do just now.
var errAgain = errors.New("not just now")

// errNotThere says that the account is not to be moved there, or not any more.
var errNotThere = errors.New("the node is not to own the account")

// destination is where principals are moved to.
type destination struct {
	node     string
	hostPort string
	why      telemetry.ReferralReason
}

// move moves a principal to another node: what it is shown as first, then its
// client, if it has one. If that cannot be done, all is as before.
func (srv *Server) move(ctx context.Context, p *presence.Principal, to destination) error {
	e := p.Endpoint()
	if e == nil {
		return srv.carry(ctx, p, to, nil)
	}
	// What the client has asked before is answered first.
	done := make(chan error, 1)
	given := e.Session.(*session).give(func(s *session) error {
		done <- s.moveAway(ctx, p, to)
		return nil
	})
	if !given {
		return errAgain // its connection is at its end
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// moveAway is move for the session's own goroutine.
func (s *session) moveAway(ctx context.Context, p *presence.Principal, to destination) error {
	if s.online == nil || s.online.principal != p {
		return errAgain // it has left meanwhile, or another has its place
	}
	return s.srv.carry(ctx, p, to, s)
}

// carry gives a principal to another node, and then refers the client of its
// session, which is nil if it has none. Watchers are told nothing, here or there.
func (srv *Server) carry(ctx context.Context, p *presence.Principal, to destination, s *session) error {
	switch { // much can have happened since this was asked for
	case ctx.Err() != nil:
		return ctx.Err()
	case !srv.leavesFor(cluster.ShardOf(p.Handle), to.node):
		return errNotThere
	}
	end := srv.moves.begin(p.Handle)
	if end == nil {
		return errAgain
	}
	defer end()
	state, ok := p.Leave()
	if !ok {
		return nil // it is gone
	}
	var mine *presence.Endpoint
	if s != nil {
		mine = s.online.endpoint
	}
	if p.Endpoint() != mine {
		p.Stay("") // a client has just come, or its place was taken
		return errAgain
	}
	ctx, cancel := context.WithTimeout(ctx, carryTime)
	defer cancel()
	if err := srv.opts.Node.Carry(ctx, to.node, state); err != nil {
		p.Stay(to.node)
		return err
	}
	srv.moves.note(state, s)
	if s != nil {
		s.goTo(to) //nolint:contextcheck // the session does it, and nobody waits any more
	}
	p.Release()
	if s != nil {
		s.movedAs = p.Handle
		s.leave("moved") //nolint:contextcheck // likewise
	}
	return nil
}

// goTo sends a client that is signed in to the node that its principal is on by
// now. What it is sent then is the last that it hears from here. A client that
// was referred already is on its way, and will be told where to go when it has
// arrived somewhere.
func (s *session) goTo(to destination) {
	if s.referred {
		return
	}
	line, err := s.referral(0, to.hostPort)
	if err != nil {
		s.srv.opts.Log.LogAttrs(context.Background(), slog.LevelError, "cannot refer", s.about(slog.Any("error", err))...)
		s.CloseSoon()
		return
	}
	_ = s.depart(line, to.hostPort, to.why) // it says that the client was referred
}

// settled is called when the client of somebody who was moved away has signed in
// where it was moved to. Its old connection ends without a word.
func (srv *Server) settled(handle string) {
	if s := srv.moves.leftBehind(handle); s != nil {
		s.CloseSoon()
	}
}

// takeIn takes in somebody whom another node gives to this one, which owns the
// account or is to own it.
func (srv *Server) takeIn(ctx context.Context, state cluster.Carried) error {
	handle, err := msnp.ParseHandle(state.Handle)
	if err != nil {
		return err
	}
	state.Handle = handle
	owner, ok := srv.opts.Node.Owner(handle)
	if !srv.serving() || !ok || !owner.Self && owner.Next != srv.opts.Node.ID() {
		return errors.New("nobody of that shard is expected")
	}
	return srv.opts.Hub.Carry(ctx, state)
}
