package notification

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

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

// serve lets this server answer what other roles ask about its accounts.
func (srv *Server) serve() error {
	return errors.Join(
		srv.opts.Node.ServeInvitations(srv.invite),
		srv.opts.Node.ServeLookups(srv.lookup),
	)
}

// invite rings the callee of an invitation. Whatever keeps the caller out, it
// is told the same: the callee is not online.
func (srv *Server) invite(ctx context.Context, i cluster.Invitation) cluster.InvitationAnswer {
	refused := cluster.InvitationAnswer{Code: msnp.CodeNotOnline}
	p := srv.opts.Hub.Find(i.Callee)
	if p == nil || !p.MayCall(i.Caller) {
		return refused
	}
	ctx, cancel := context.WithTimeout(ctx, returnTime)
	defer cancel()
	e := srv.opts.Hub.Wait(ctx, i.Callee)
	if e == nil || !e.TakesCalls() {
		return refused
	}
	expires := time.Now().Add(ringTime).Truncate(time.Second)
	line, err := srv.ring(ctx, i, e, expires)
	if err != nil {
		srv.opts.Log.ErrorContext(ctx, "invitation failed", slog.Any("error", err))
		return cluster.InvitationAnswer{Code: msnp.CodeSwitchboardFailed}
	}
	if !e.Put(line) {
		return refused // it has just been sent elsewhere
	}
	e.Session.Flush()
	return cluster.InvitationAnswer{Expires: expires}
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
		Direct:     true,
	}.Append(nil, e.Version)
}

// admit makes what a client enters a switchboard with: a cookie, or for those
// that know none a salt or nothing, and then the switchboard is told to expect
// the client before the client is told where to go.
func (srv *Server) admit(ctx context.Context, p referral.Pass) (msnp.Method, string, error) {
	method := srv.method(p.Version)
	if method == msnp.MethodCKI {
		cookie, err := srv.opts.Keys.Mint(p)
		return method, cookie, err
	}
	salt := referral.NewSalt()
	hash, err := srv.opts.Accounts.LegacyDigest(ctx, p.Handle, salt)
	if err != nil {
		return "", "", fmt.Errorf("prepare the admission of %s: %w", p.Handle, err)
	}
	grant, err := referral.NewGrant(p, method, salt, hash.Reveal())
	if err != nil {
		return "", "", err
	}
	if err := srv.opts.Node.Expect(ctx, p.Node, cluster.Expectation{Grants: []cluster.Grant{grant}}); err != nil {
		return "", "", fmt.Errorf("announce %s to a switchboard: %w", p.Handle, err)
	}
	if method == msnp.MethodCTP {
		return method, "", nil
	}
	return method, salt, nil
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
func (srv *Server) lookup(_ context.Context, q cluster.Question) (cluster.Profile, error) {
	p := srv.opts.Hub.Find(q.Handle)
	if p == nil {
		return cluster.Profile{}, nil
	}
	if e := p.Endpoint(); e != nil && e.Session.(*session).dismissed.Load() != nil {
		return cluster.Profile{}, nil
	}
	return cluster.Profile{Name: p.Name(), SignedIn: true}, nil
}
