package load

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// event is what a client is told.
type event = client.Event

// session is one account's life: its client, and the next one if that is lost.
type session struct {
	r       *run
	number  int
	handle  string
	version msnp.Version
	dialer  *dialer
	ticket  string // that the account has before a sign-in, if any

	mu        sync.Mutex
	client    *client.Client // nil while it is not signed in
	arriving  bool           // a sign-in is under way
	dialled   []time.Time    // the connections of that sign-in
	gone      bool           // the session ended before its sign-in was noted
	leaving   bool           // we end it ourselves
	why       error          // that it ended with
	movedFrom time.Time      // when it was referred, zero if it is not on the move
	wasIn     bool           // it has been signed in before
}

func newSession(r *run, i int) *session {
	return &session{
		r: r, number: i, handle: r.plan.Accounts.Handle(i), version: r.plan.Versions[i%len(r.plan.Versions)],
		dialer: newDialer(&r.plan, r.plan.Accounts.From+i),
	}
}

// current gives the client, nil if it is not signed in, or about to leave.
func (s *session) current() *client.Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.leaving {
		return nil
	}
	return s.client
}

// server is the notification server that the client is on.
func (s *session) server() string {
	if c := s.current(); c != nil {
		return c.Server()
	}
	return ""
}

// signIn makes one attempt, which was due at a time, and reports whether it
// succeeded. What becomes of the session is not its business.
func (s *session) signIn(ctx context.Context, due time.Time) bool {
	bounded, cancel := context.WithTimeout(ctx, s.r.plan.Timeout)
	defer cancel()
	s.mu.Lock()
	s.arriving, s.gone, s.leaving, s.dialled = true, false, false, s.dialled[:0]
	s.mu.Unlock()
	c, err := client.SignIn(bounded, s.options())
	s.mu.Lock()
	s.arriving = false
	s.countReferrals()
	if err != nil {
		s.mu.Unlock()
		if ctx.Err() == nil {
			s.r.meter.fail("sign-in", err)
		}
		return false
	}
	s.r.meter.record(tookSignIn, time.Since(due))
	counted := signIns
	if s.wasIn {
		counted = returned
	}
	s.wasIn = true
	s.r.meter.count(counted)
	s.r.meter.signedIn(1)
	s.client = c
	gone, why := s.gone, s.why
	s.mu.Unlock()
	if gone {
		s.lost(why)
	}
	return true
}

func (s *session) options() client.Options {
	return client.Options{
		Dispatch: s.r.plan.Server, Handle: s.handle, Password: Password, Version: s.version, Plain: true,
		Passport: s.r.pages.passport(s.version, s.ticket), HTTP: s.r.pages.of(s.number),
		Status: msnp.StatusOnline, NoSync: s.r.plan.NoSync, SignInTimeout: s.r.plan.Timeout,
		Dial: s.dial, Filter: s.see, OnEvent: func(*client.Client, client.Event) {},
	}
}

// dial notes when each connection of a sign-in was begun: all but the first are
// to where the one before has referred the client.
func (s *session) dial(ctx context.Context, network, address string) (net.Conn, error) {
	s.mu.Lock()
	if s.arriving {
		s.dialled = append(s.dialled, time.Now())
	}
	s.mu.Unlock()
	return s.dialer.DialContext(ctx, network, address)
}

// countReferrals is called with the lock held.
func (s *session) countReferrals() {
	for i := range s.dialled {
		if i > 0 {
			s.r.meter.count(referrals)
			s.r.meter.record(tookReferral, s.dialled[i].Sub(s.dialled[i-1]))
		}
	}
}

// see is shown every event, on the goroutine that reads, and lets none of them
// be queued: that would cost more than it is worth here.
func (s *session) see(e client.Event) bool {
	switch e := e.(type) {
	case client.Referred:
		s.referred(e)
	case client.SignedIn:
		s.arrived(e)
	case client.SignedOut:
		s.signedOut(e.Err)
	default:
		s.r.work.see(s, e)
	}
	return false
}

func (s *session) referred(e client.Referred) {
	switch {
	case !e.Unasked:
	case e.Reset:
		s.r.meter.count(resets)
	default:
		s.mu.Lock()
		s.movedFrom = time.Now()
		s.mu.Unlock()
		s.r.meter.count(moves)
	}
}

func (s *session) arrived(e client.SignedIn) {
	if !e.Moved {
		return
	}
	s.mu.Lock()
	from := s.movedFrom
	s.movedFrom = time.Time{}
	s.mu.Unlock()
	if !from.IsZero() {
		s.r.meter.record(tookMove, time.Since(from))
	}
}

func (s *session) signedOut(why error) {
	s.mu.Lock()
	s.why = why
	if s.arriving {
		s.gone = true
	}
	if s.client == nil {
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()
	s.lost(why)
}

// lost is the end of a session, ours or not.
func (s *session) lost(why error) {
	s.mu.Lock()
	if s.client == nil {
		s.mu.Unlock()
		return
	}
	s.client = nil
	leaving := s.leaving
	s.mu.Unlock()
	s.r.meter.signedIn(-1)
	if leaving {
		return
	}
	s.r.meter.count(lost)
	s.r.meter.fail("session", orSignedOut(why))
	s.r.comeBack(s, time.Now())
}

// orSignedOut gives a session that ended without an error one.
func orSignedOut(err error) error {
	if err == nil {
		return client.ErrSignedOut
	}
	return err
}

// signOut leaves, and does not wait for longer than the plan allows.
func (s *session) signOut(ctx context.Context) {
	bounded, cancel := context.WithTimeout(ctx, s.r.plan.Timeout)
	defer cancel()
	s.mu.Lock()
	c := s.client
	s.leaving = true
	s.mu.Unlock()
	if c == nil {
		return
	}
	if err := c.SignOut(bounded); err != nil && ctx.Err() == nil {
		s.r.meter.fail("sign-out", err)
	}
}

// backoff is how long to wait before an attempt, counted from 0, give or take a
// half.
func (p *Plan) backoff(attempt int) time.Duration {
	usual := p.Backoff
	for range attempt {
		if usual >= p.MaxBackoff {
			break
		}
		usual *= 2
	}
	usual = min(usual, p.MaxBackoff)
	return usual/2 + time.Duration(rand.Int64N(int64(usual)+1)) //nolint:gosec // not a secret
}
