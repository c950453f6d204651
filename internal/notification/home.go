package notification

import (
	"context"
	"errors"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/presence"
	"github.com/papilio-im/papilio/internal/referral"
	"github.com/papilio-im/papilio/internal/telemetry"
	"github.com/papilio-im/papilio/msnp"
)

// Why a client cannot sign in anywhere just now. It is told that the server is
// unavailable.
var (
	errFenced   = errors.New("this node may serve nobody: it is cut off from the others")
	errNoPlace  = errors.New("the node that the account is moving to does not take it")
	errInCircle = errors.New("the account is on another node, which has the address of this one")
)

// between is the pause before a node is asked again, which has not taken
// somebody, or does not know yet what we know. It grows while that goes on.
const (
	between    = 50 * time.Millisecond
	maxBetween = time.Second
)

// referIfElsewhere sends a client that is signing in to the node that its account
// is at home on, if that is not this one. Then the error is errReferred.
func (s *session) referIfElsewhere(trid msnp.TrID, handle string) error {
	if handle == "" {
		return nil // Beta 2 has not said yet
	}
	home, err := s.findHome(handle)
	if err == nil && home.Local {
		return nil
	}
	var target referral.Target
	if err == nil {
		target, err = s.srv.opts.Referrer.Home(cluster.Owner{Node: home.Node, Address: home.Address}, s.LocalAddr())
		if isHere(err) {
			err = errInCircle
		}
	}
	if err != nil {
		return s.unavailable(err)
	}
	s.role().SignIn(s.version, "referred")
	return s.refer(trid, target.HostPort, telemetry.ReferredShard)
}

// unavailable answers a sign-in that no node can take.
func (s *session) unavailable(why error) error {
	s.role().SignIn(s.version, "error")
	return &front.Refusal{Code: msnp.CodeUnavailable, Close: true, Err: why}
}

// findHome finds the node that an account is to sign in on, which lets it in
// when the client comes. While there is none it waits: until another node has
// taken the place of one that died, or a hand-over that is under way is settled
// for this account. The client's earlier questions are answered meanwhile.
func (s *session) findHome(handle string) (presence.Home, error) {
	ctx, cancel := s.srv.patience()
	defer cancel()
	for wait := between; ; wait = min(2*wait, maxBetween) {
		if !s.serving() {
			return presence.Home{}, errFenced
		}
		home := s.srv.opts.Hub.Home(handle)
		if home.Local {
			return home, nil
		}
		s.Flush()
		switch {
		case !home.Known:
			if _, ok := s.srv.opts.Node.AwaitOwner(ctx, handle); !ok {
				return home, referral.ErrNoOwner
			}
		case s.srv.makePlace(ctx, handle, home):
			return home, nil
		}
		if !pause(ctx, wait) {
			return home, errNoPlace
		}
	}
}

// makePlace sees to it that a node lets somebody in who is sent there. One that
// owns the account does. One that is to own it, when this node has handed
// everybody over, takes only whom it has been told of. It reports false if the
// account's home may be another by now.
func (srv *Server) makePlace(ctx context.Context, handle string, home presence.Home) bool {
	owner, ok := srv.opts.Node.Owner(handle)
	switch {
	case !ok:
		return false
	case !owner.Self:
		return owner.Node == home.Node
	case srv.moves.await(ctx, handle):
		return false // it was just being carried: look where it is
	}
	ctx, cancel := context.WithTimeout(ctx, carryTime)
	defer cancel()
	return srv.opts.Node.Carry(ctx, home.Node, cluster.Carried{Handle: handle, Place: true}) == nil
}

// patience bounds how long a client that signs in waits for its account to have a
// home.
func (srv *Server) patience() (context.Context, context.CancelFunc) {
	return context.WithTimeout(srv.life, srv.opts.Times.Home)
}

// pause waits. It reports false if the context has ended.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
