package notification

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/netio"
	"github.com/papilio-im/papilio/internal/presence"
	"github.com/papilio-im/papilio/internal/referral"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/internal/ticket"
	"github.com/papilio-im/papilio/msnp"
)

// signIn is what is known in the middle of a sign-in.
type signIn struct {
	method msnp.Method
	handle string // empty for Beta 2, which names itself last
	salt   string
	held   *held       // nil unless the challenge is held back
	auth   ticket.Text // what the client has shown, without its second half
}

// usr is a step of the sign-in.
func (s *session) usr(l *msnp.Line) error {
	m, err := msnp.ParseSignIn(l, s.version)
	if err != nil {
		return err
	}
	if m.Beta2() {
		s.version = msnp.Beta2
	}
	if m.Method == msnp.MethodCTP && !s.srv.opts.AllowCTP {
		return front.Drop("CTP is not allowed")
	}
	switch {
	case m.Stage == msnp.StageInitial && s.phase == msnp.Versioned:
		return s.initial(m)
	case m.Stage == msnp.StageSubsequent && s.phase == msnp.Authenticating && m.Method == s.signIn.method:
		return s.subsequent(m)
	}
	return front.RefuseAndClose(msnp.CodeNotExpected)
}

// initial is the first step: who it is. Whether there is such an account is
// not told before the last.
func (s *session) initial(m msnp.SignIn) error {
	if err := s.referIfElsewhere(m.TrID, m.Handle); err != nil {
		return err
	}
	if err := s.count(m.Handle); err != nil {
		return s.refuse(err)
	}
	s.signIn = &signIn{method: m.Method, handle: m.Handle}
	if m.Method == msnp.MethodTWN {
		s.phase = msnp.Authenticating
		s.holdBack(m.TrID)
		return nil
	}
	if err := s.admit(m.Handle); err != nil {
		return s.refuse(err)
	}
	s.phase = msnp.Authenticating
	if m.Method == msnp.MethodCTP && m.Secret != "" {
		return s.subsequent(m)
	}
	if m.Method == msnp.MethodMD5 {
		s.signIn.salt = referral.NewSalt()
	}
	s.put(msnp.Challenge{TrID: m.TrID, Method: m.Method, Salt: s.signIn.salt})
	s.place.await()
	return nil
}

// count counts one more sign-in from the client's address. Clients that were sent
// here are not counted: the users have not asked for it, and everybody of a large
// office may come at once.
func (s *session) count(handle string) error {
	if s.sentHere(handle) {
		return nil
	}
	if !s.srv.signIns.Allow(front.Subscriber(s.RemoteAddr().Addr()).String()) {
		s.role().Limited("sign_ins_by_address")
		return errTooOften
	}
	if s.srv.opts.Accounts.Busy() || s.srv.admission.full() {
		return errBusy
	}
	return nil
}

// sentHere reports whether this service has sent the client of an account here.
func (s *session) sentHere(handle string) bool {
	p := s.srv.opts.Hub.Find(handle)
	return p != nil && p.OnTheMove()
}

// admit waits until there is a place for one more sign-in. The client's earlier
// questions are answered meanwhile. Those who were sent here do not wait.
func (s *session) admit(handle string) error {
	if s.sentHere(handle) {
		s.place = s.srv.admission.enterFirst()
		return nil
	}
	s.Flush()
	var err error
	s.place, err = s.srv.admission.enter(s.srv.life)
	return err
}

// subsequent is the last step: the proof.
func (s *session) subsequent(m msnp.SignIn) error {
	if m.Method == msnp.MethodTWN {
		s.letGo() // it did not wait for that
		if err := s.admit(s.signIn.handle); err != nil {
			return s.refuse(err)
		}
	}
	s.place.resume()
	handle := s.signIn.handle
	if handle == "" {
		handle = m.Handle
		if err := s.referIfElsewhere(m.TrID, handle); err != nil {
			return err
		}
	}
	acct, err := s.check(handle, m)
	if err != nil {
		return s.refuse(err)
	}
	// Much can have happened since the first step: the account may be on its way
	// to another node, or this one may have lost the right to serve it.
	if err := s.referIfElsewhere(m.TrID, acct.Handle); err != nil {
		return err
	}
	return s.enter(m.TrID, acct)
}

// check compares the proof with the account's password.
func (s *session) check(handle string, m msnp.SignIn) (account.Account, error) {
	if handle == "" {
		return account.Account{}, account.ErrCredentials
	}
	if m.Method == msnp.MethodTWN {
		return s.checkTicket(handle, m.Secret)
	}
	if s.srv.failures.Spent(handle) {
		s.role().Limited("sign_ins_by_account")
		return account.Account{}, errTooOften
	}
	ctx, cancel := timeout()
	defer cancel()
	var acct account.Account
	var err error
	if m.Method == msnp.MethodCTP {
		acct, err = s.srv.opts.Accounts.CheckLegacy(ctx, handle, account.Secret(m.Secret))
	} else {
		acct, err = s.srv.opts.Accounts.CheckLegacyMD5(ctx, handle, s.signIn.salt, m.Secret)
	}
	if errors.Is(err, account.ErrCredentials) {
		s.srv.failures.Allow(handle)
	}
	return acct, err
}

var errTooOften = errors.New("too many sign-ins")

// errBusy puts a sign-in off before anything was done for it.
var errBusy = errors.New("too many sign-ins are under way")

// refuse answers a sign-in that failed.
func (s *session) refuse(err error) error {
	s.place.leave()
	role := s.role()
	var about []slog.Attr
	if more := new(account.CheckError); errors.As(err, &more) && more.Account != 0 {
		about = []slog.Attr{slog.Int64("account", more.Account)}
	}
	if more := new(ticket.CheckError); errors.As(err, &more) && more.Account != 0 {
		about = []slog.Attr{slog.Int64("account", more.Account)}
	}
	switch {
	case errors.Is(err, account.ErrCredentials), wrongTicket(err):
		role.SignIn(s.version, "refused")
		return &front.Refusal{Code: msnp.CodeAuthFailed, Close: true, Err: err, About: about}
	case errors.Is(err, account.ErrBanned):
		role.SignIn(s.version, "banned")
		return &front.Refusal{Code: msnp.CodeAuthFailed, Close: true, Err: err, About: about}
	case errors.Is(err, errBusy):
		role.Limited("sign_ins_under_way")
		role.SignIn(s.version, "busy")
		return &front.Refusal{Code: msnp.CodeTooBusy, Close: true, Err: err}
	case errors.Is(err, errTooOften):
		role.SignIn(s.version, "limited")
		return &front.Refusal{Code: msnp.CodeTooBusy, Close: true, Err: err}
	}
	role.SignIn(s.version, "error")
	return err
}

// enter makes the session the endpoint of its principal. From here on there is
// one session of the account: the one before, if there was one, ends now.
func (s *session) enter(trid msnp.TrID, acct account.Account) error {
	s.SetGate(s.serving)
	e := &presence.Endpoint{Version: s.version, Session: s, Since: time.Now()}
	name := msnp.Encode(acct.Name)
	p, arrival, err := s.attach(trid, acct.Handle, name, e)
	if err != nil {
		return err
	}
	s.online = &online{account: acct.ID, handle: acct.Handle, principal: p, endpoint: e}
	s.role().SignedIn(1)
	if arrival.Old != nil {
		s.srv.replace(arrival, acct.Handle, e)
	}
	if err := s.takeUp(p, e); err != nil {
		s.notYet(arrival, err)
		return s.refuse(err)
	}
	if p.Endpoint() != e {
		return netio.ErrClose // another has signed in meanwhile, and this one has been told
	}
	auth := s.signIn.auth
	s.signIn, s.phase = nil, msnp.SignedIn
	s.welcome(msnp.Welcome{TrID: trid, Handle: acct.Handle, Name: name, Verified: acct.Verified}, s.profile(acct, auth))
	s.ring(alarmNone, 0)
	s.role().SignIn(s.version, "ok")
	s.srv.opts.Log.LogAttrs(context.Background(), slog.LevelInfo, "signed in",
		s.about(slog.String("handle", acct.Handle), slog.Bool("moved", arrival.Moved))...)
	if arrival.Moved && !arrival.Unset {
		s.resume(p.Appearance())
	}
	if arrival.From != "" {
		s.srv.settle(arrival.From, acct.Handle)
	}
	s.place.await()
	return nil
}

// attach makes e the endpoint of the principal. An account that has begun to move
// to another node since that was last looked at has its client referred there;
// one that has just come here, and is not let in yet, is waited for.
func (s *session) attach(trid msnp.TrID, handle string, name msnp.Encoded, e *presence.Endpoint) (
	*presence.Principal, presence.Arrival, error,
) {
	for deadline := time.Now().Add(s.srv.opts.Times.Home); ; {
		if !s.serving() {
			return nil, presence.Arrival{}, s.unavailable(errFenced)
		}
		p, arrival, err := s.srv.opts.Hub.SignIn(handle, name, e)
		if err == nil {
			return p, arrival, nil
		}
		if time.Now().After(deadline) || !pause(s.srv.life, between) {
			return nil, arrival, s.unavailable(err)
		}
		if err := s.referIfElsewhere(trid, handle); err != nil {
			return nil, arrival, err
		}
	}
}

// notYet has a client waited for that was moved here, and could not be let in for
// a reason of ours: it will try again.
func (s *session) notYet(arrival presence.Arrival, why error) {
	if arrival.Moved && !errors.Is(why, account.ErrCredentials) && !errors.Is(why, account.ErrBanned) {
		s.online.principal.Move()
	}
}

// takeUp reads what the principal's presence depends on, and whether there is a
// ban, now that one finds the session: one that came since the password was
// checked would else be missed by both.
func (s *session) takeUp(p *presence.Principal, e *presence.Endpoint) error {
	ctx, cancel := timeout()
	defer cancel()
	lists, banned, err := s.roster().Enter(ctx, p.Handle)
	switch {
	case errors.Is(err, roster.ErrNoAccount):
		return account.ErrCredentials // it was removed just now
	case err != nil:
		return fmt.Errorf("load the lists of %s: %w", p.Handle, err)
	case banned:
		return account.ErrBanned
	}
	p.Load(e, lists)
	return nil
}

// replace ends the session whose place another has taken. If it was moved, the
// client has its new place from us, its end is silent, and its conversations go
// on.
func (srv *Server) replace(arrival presence.Arrival, handle string, by *presence.Endpoint) {
	if !arrival.Moved {
		arrival.Old.Put(msnp.Out{Reason: msnp.ReasonElse}.Append(nil, arrival.Old.Version))
		srv.announceSignOut(cluster.SignedOut{Handle: handle, Forced: true, At: by.Since})
	}
	arrival.Old.Mute()
	arrival.Old.Session.CloseSoon()
}

// announceSignOut tells the switchboards that somebody has left, or is to leave.
// Nobody is kept waiting, or signed in, because they cannot be told.
func (srv *Server) announceSignOut(s cluster.SignedOut) {
	if err := srv.opts.Node.AnnounceSignOut(s); err != nil {
		srv.opts.Log.Warn("switchboards were not told of a sign-out", slog.Any("error", err))
	}
}

// signedOut notes the end of a session.
func (s *session) signedOut(o *online, gone bool, why string) {
	s.role().SignedIn(-1)
	if gone {
		// Conversations go on while their connections live; nothing is forced.
		s.srv.announceSignOut(cluster.SignedOut{Handle: o.handle})
	}
	s.srv.opts.Log.LogAttrs(context.Background(), slog.LevelInfo, "signed out",
		s.about(slog.Int64("account", o.account), slog.String("handle", o.handle), slog.Bool("gone", gone),
			slog.Duration("after", time.Since(o.endpoint.Since).Round(time.Second)), slog.String("why", why))...)
}
