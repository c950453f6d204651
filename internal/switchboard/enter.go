package switchboard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/referral"
	"github.com/papilio-im/papilio/msnp"
)

// Why somebody who has proved an identity is not let in all the same.
var (
	errNotSignedIn = errors.New("the account is not signed in")
	errSessions    = errors.New("the account is in too many conversations")
	errTaken       = errors.New("there is a conversation of that number, or the switchboard takes no more")
	errNoSession   = errors.New("there is no such conversation any more")
	errNoRing      = errors.New("the conversation does not ring this account, or with another cookie")
)

// inf names the way to come in that does not need a cookie. The description of
// 1999 has it; no client is known to ask.
func (m *member) inf(l *msnp.Line) error {
	inf, err := msnp.ParseInf(l, 0)
	if err != nil {
		return err
	}
	m.put(msnp.Methods{TrID: inf.TrID, Methods: []msnp.Method{msnp.MethodMD5}})
	return nil
}

// usr opens the session that the client was transferred for.
func (m *member) usr(l *msnp.Line) error {
	enter, err := msnp.ParseEnter(l, 0)
	if err != nil {
		return err
	}
	pass, err := m.admit(enter.Identity, referral.Claim{Purpose: referral.ForTransfer})
	if err != nil {
		return err
	}
	s := newSession(m.srv, pass.Session, m)
	if !m.srv.board.open(s) {
		return m.refused("refused", errTaken)
	}
	m.srv.metrics.Conversations(1)
	m.stay(s)
	m.put(msnp.Entered{TrID: enter.TrID, Handle: enter.Written, Name: m.called()})
	return nil
}

// ans joins the session that the client was rung for.
func (m *member) ans(l *msnp.Line) error {
	answer, err := msnp.ParseAnswer(l, 0)
	if err != nil {
		return err
	}
	pass, err := m.admit(answer.Identity, referral.Claim{Purpose: referral.ForRing, Session: answer.Session})
	if err != nil {
		return err
	}
	s := m.srv.board.session(pass.Session)
	if s == nil {
		return m.refused("refused", errNoSession)
	}
	if err := s.join(m, answer.TrID, pass.Expires); err != nil {
		return m.refused("refused", err)
	}
	m.stay(s)
	return nil
}

// stay makes the member one of a session.
func (m *member) stay(s *session) {
	m.session = s
	m.srv.metrics.SignIn(m.version, "ok")
	m.ring(alarmIdle, m.srv.opts.Idle)
	m.srv.opts.Log.LogAttrs(context.Background(), slog.LevelInfo, "entered a conversation", m.about()...)
}

// admit finds out who is coming, and what they are called.
func (m *member) admit(who msnp.Identity, c referral.Claim) (referral.Pass, error) {
	c.Handle, c.Endpoint, c.Node = who.Handle, who.Endpoint, m.srv.opts.Node.ID()
	pass, err := m.srv.check(who, c)
	switch {
	case errors.Is(err, referral.ErrSession):
		m.srv.metrics.SignIn(0, "refused")
		return pass, front.Drop("cookie of another conversation")
	case err != nil:
		return pass, m.refused("refused", err)
	}
	m.version = pass.Version
	if !m.srv.board.identify(m, pass.Handle, m.srv.opts.Limits.SessionsPerUser) {
		return pass, m.refused("limited", errSessions)
	}
	return pass, m.introduce()
}

// check compares what a client shows with what it should have: a cookie, or
// where the client knows none a hash or a password that was announced.
func (srv *Server) check(who msnp.Identity, c referral.Claim) (referral.Pass, error) {
	if who.Method == "" {
		pass, err := srv.opts.Keys.Check(who.Secret, c)
		if err == nil {
			return pass, srv.used.Take(pass)
		}
		if !errors.Is(err, referral.ErrCookie) {
			return pass, err
		}
	}
	return srv.grants.Take(who.Secret, c)
}

// introduce asks the account's notification server for its name, and for what its
// client can do. What is heard of the name meanwhile may be from before or after.
func (m *member) introduce() error {
	ctx, cancel := m.srv.request()
	defer cancel()
	var profile cluster.Profile
	err := m.srv.atOwner(ctx, m.handle, func(ctx context.Context, owner string) (err error) {
		profile, err = m.srv.opts.Node.Lookup(ctx, owner, cluster.Question{Handle: m.handle})
		return err
	})
	if err != nil {
		m.srv.metrics.SignIn(m.version, "error")
		return fmt.Errorf("look a member up: %w", err)
	}
	if !profile.SignedIn || !m.signedIn(profile.Since) {
		return m.refused("refused", errNotSignedIn)
	}
	m.rename(profile.Name, profile.Order)
	m.capabilities = profile.Capabilities
	return nil
}

// refused answers an attempt to come in. Clients know one answer to it.
func (m *member) refused(result string, why error) error {
	m.srv.metrics.SignIn(m.version, result)
	return &front.Refusal{Code: msnp.CodeAuthFailed, Close: true, Err: why}
}
