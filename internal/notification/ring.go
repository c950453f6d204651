package notification

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/presence"
	"github.com/papilio-im/papilio/internal/referral"
	"github.com/papilio-im/papilio/msnp"
)

// Times of an invitation.
const (
	ringTime   = 60 * time.Second // for a cookie out of RNG
	returnTime = 5 * time.Second  // for a callee that is being moved to come back
)

// invite has the callee of an invitation rung, where it is at home. A switchboard
// that was not told how it went asks again.
func (srv *Server) invite(ctx context.Context, i cluster.Invitation) (cluster.InvitationAnswer, error) {
	return atHome(ctx, srv, i.Callee, i.Hops,
		func(ctx context.Context) (cluster.InvitationAnswer, error) { return srv.inviteHere(ctx, i) },
		func(ctx context.Context, node string, hops uint8) (cluster.InvitationAnswer, error) {
			i.Hops = hops
			return srv.opts.Node.Invite(ctx, node, i)
		})
}

// inviteHere rings the callee. Whatever keeps the caller out, it is told the same:
// the callee is not online. A callee on the move is waited for, and if it moves on
// meanwhile the invitation does so, too.
func (srv *Server) inviteHere(ctx context.Context, i cluster.Invitation) (cluster.InvitationAnswer, error) {
	refused := cluster.InvitationAnswer{Code: msnp.CodeNotOnline}
	p := srv.opts.Hub.Find(i.Callee)
	if p == nil || !p.MayCall(i.Caller) {
		return refused, nil
	}
	waiting, cancel := context.WithTimeout(ctx, returnTime)
	defer cancel()
	e := srv.opts.Hub.Wait(waiting, i.Callee)
	if e == nil {
		return srv.inviteMoved(ctx, i)
	}
	if !e.TakesCalls() {
		return refused, nil
	}
	expires := time.Now().Add(ringTime).Truncate(time.Second)
	line, err := srv.ring(ctx, i, e, expires)
	if err != nil {
		srv.opts.Log.ErrorContext(ctx, "invitation failed", slog.Any("error", err))
		return cluster.InvitationAnswer{Code: msnp.CodeSwitchboardFailed}, nil
	}
	if !e.Put(line) {
		return srv.inviteMoved(ctx, i)
	}
	e.Session.Flush()
	return cluster.InvitationAnswer{Expires: expires}, nil
}

// inviteMoved passes an invitation on to where its callee has just been sent, if
// that is another node.
func (srv *Server) inviteMoved(ctx context.Context, i cluster.Invitation) (cluster.InvitationAnswer, error) {
	srv.moves.await(ctx, i.Callee)
	home := srv.opts.Hub.Home(i.Callee)
	if !home.Known {
		return cluster.InvitationAnswer{}, errNoHome
	}
	if home.Local || i.Hops >= cluster.MaxHops {
		return cluster.InvitationAnswer{Code: msnp.CodeNotOnline}, nil
	}
	i.Hops++
	return srv.opts.Node.Invite(ctx, home.Node, i)
}

// ring is the RNG for the callee's client.
func (srv *Server) ring(ctx context.Context, i cluster.Invitation, e *presence.Endpoint, expires time.Time) ([]byte, error) {
	board, err := srv.opts.Referrer.SwitchboardOf(i, e.Session.(*session).LocalAddr())
	if err != nil {
		return nil, fmt.Errorf("find the address of a switchboard: %w", err)
	}
	method, param, err := srv.admit(ctx, referral.Pass{
		Purpose: referral.ForRing,
		Session: i.Session,
		Handle:  i.Callee,
		Version: e.Version,
		Node:    i.SwitchboardNode,
		Expires: expires,
	})
	if err != nil {
		return nil, err
	}
	return msnp.Ring{
		Session:    i.Session,
		Host:       board.HostPort,
		Method:     method,
		Param:      param,
		Caller:     i.Caller,
		CallerName: i.CallerName,
		Direct:     !srv.opts.Indirect,
	}.Append(nil, e.Version)
}

// admit makes what a client enters a switchboard with: a cookie, or for those
// that know none a salt or nothing, and then the switchboard is told to expect
// the client before the client is told where to go.
func (srv *Server) admit(ctx context.Context, p referral.Pass) (msnp.Method, string, error) {
	if method := srv.method(p.Version); method != msnp.MethodCKI {
		salt, err := srv.expect(ctx, method, p)
		if !errors.Is(err, account.ErrCredentials) || !p.Version.SignsInBy(msnp.MethodTWN) {
			return method, salt, err
		}
		// It may have no password but that of the web, of which no hash can be made.
	}
	cookie, err := srv.opts.Keys.Mint(p)
	return msnp.MethodCKI, cookie, err
}

// expect announces to the switchboard what the client will prove itself with, and
// gives the salt, if there is one.
func (srv *Server) expect(ctx context.Context, method msnp.Method, p referral.Pass) (string, error) {
	salt := referral.NewSalt()
	hash, err := srv.opts.Accounts.LegacyDigest(ctx, p.Handle, salt)
	if err != nil {
		return "", fmt.Errorf("prepare the admission of %s: %w", p.Handle, err)
	}
	grant, err := referral.NewGrant(p, method, salt, hash.Reveal())
	if err != nil {
		return "", err
	}
	if err := srv.opts.Node.Expect(ctx, p.Node, cluster.Expectation{Grants: []cluster.Grant{grant}}); err != nil {
		return "", fmt.Errorf("announce %s to a switchboard: %w", p.Handle, err)
	}
	if method == msnp.MethodCTP {
		return "", nil
	}
	return salt, nil
}

// method is how clients of a version enter a switchboard.
func (srv *Server) method(v msnp.Version) msnp.Method {
	if wanted := srv.opts.SwitchboardAuth; v.TransfersBy(wanted) {
		return wanted
	}
	if v.TransfersBy(msnp.MethodCKI) {
		return msnp.MethodCKI
	}
	return msnp.MethodMD5
}

// lookup tells a switchboard what it shows of a member to the others. Who was
// signed out by the operator is so, even if their connection has yet to end:
// conversations that they opened now nobody would take them out of.
func (srv *Server) lookup(ctx context.Context, q cluster.Question) (cluster.Profile, error) {
	return atHome(ctx, srv, q.Handle, q.Hops,
		func(context.Context) (cluster.Profile, error) { return srv.lookupHere(q.Handle), nil },
		func(ctx context.Context, node string, hops uint8) (cluster.Profile, error) {
			return srv.opts.Node.Lookup(ctx, node, cluster.Question{Handle: q.Handle, Hops: hops})
		})
}

func (srv *Server) lookupHere(handle string) cluster.Profile {
	p := srv.opts.Hub.Find(handle)
	if p == nil {
		return cluster.Profile{}
	}
	if e := p.Endpoint(); e != nil && e.Session.(*session).dismissed.Load() != nil {
		return cluster.Profile{}
	}
	order := srv.opts.Hub.Next() // before the name is read, which may change just then
	return cluster.Profile{
		Name: p.Name(), Capabilities: p.Appearance().Capabilities, SignedIn: true, Since: p.Since(), Order: order,
	}
}
