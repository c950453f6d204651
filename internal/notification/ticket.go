package notification

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/netip"
	"time"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/ticket"
	"github.com/papilio-im/papilio/msnp"
)

// Some clients keep the first challenge of a sign-in by ticket for good if it
// overtakes what the nexus answers, and their next sign-in fails. They cannot be
// told from others. So the challenge is held back until the client's address has
// been at the nexus; the many that never go there wait for it in vain.

const (
	// visitLife is how long a visit counts for the one who comes after it. Another
	// client may have made it: it says little about one that comes much later.
	visitLife = 5 * time.Second
	// visitMargin is what the answer of the nexus has to be ahead.
	visitMargin = 100 * time.Millisecond
)

// held is a challenge that is held back.
type held struct {
	trid msnp.TrID
	stop func() // waiting for the visit; it may be called more than once
}

// holdBack sends the challenge of a sign-in by ticket when it is time for it.
// Nothing waits for that but the client itself: it has no place yet in the line of
// those who sign in, and may say or do what it likes.
func (s *session) holdBack(trid msnp.TrID) {
	longest := s.srv.opts.Times.Nexus
	if longest <= 0 {
		s.challengeTicket(trid)
		return
	}
	stop := s.srv.visits.Await(front.Subscriber(s.RemoteAddr().Addr()), func() { s.give(visited) })
	if stop == nil {
		s.challengeTicket(trid)
		return
	}
	s.signIn.held = &held{trid: trid, stop: stop}
	s.ring(alarmHeld, longest)
}

// visited lets the challenge go soon.
func visited(s *session) error {
	if s.signIn != nil && s.signIn.held != nil {
		s.ring(alarmHeld, visitMargin)
	}
	return nil
}

// letGo sends the challenge, if it is held back.
func (s *session) letGo() {
	if s.signIn.held == nil {
		return
	}
	trid := s.signIn.held.trid
	s.stopHolding()
	s.ring(alarmGreeting, s.srv.opts.Times.SignIn)
	s.challengeTicket(trid)
}

// stopHolding forgets the challenge that is held back, if there is one.
func (s *session) stopHolding() {
	if s.signIn == nil || s.signIn.held == nil {
		return
	}
	s.signIn.held.stop()
	s.signIn.held = nil
}

// challengeTicket asks the client for a ticket.
func (s *session) challengeTicket(trid msnp.TrID) {
	s.put(msnp.Challenge{TrID: trid, Method: msnp.MethodTWN, Salt: msnp.PassportParams(time.Now(), newDigits())})
}

// newDigits makes 32 hexadecimal digits, which clients hand on to the login server
// and nobody there looks at.
func newDigits() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// noteVisit is told of visits at the nexus, on whatever node. By IPv6 a client may
// go to each server from another address of its network.
func (srv *Server) noteVisit(_ context.Context, v cluster.NexusVisit) {
	if a, err := netip.ParseAddr(v.Address); err == nil {
		srv.visits.Note(front.Subscriber(a.Unmap()))
	}
}

// checkTicket gives the account of a ticket, if it is the one that is signing in. A
// true ticket cannot be guessed, so it is good however many others were shown for
// the account: nobody is kept out by what others do. Those who try are told no
// more than that it is too often.
func (s *session) checkTicket(handle, shown string) (account.Account, error) {
	ctx, cancel := timeout()
	defer cancel()
	acct, err := s.srv.opts.Tickets.Check(ctx, shown, ticket.ForSignIn)
	if err == nil && acct.Handle != handle {
		err = &ticket.CheckError{Account: acct.ID, Reason: "a ticket of another account", Err: ticket.ErrTicket}
	}
	if err == nil {
		s.signIn.auth = ticket.FirstHalf(shown)
		return acct, nil
	}
	if !wrongTicket(err) {
		return account.Account{}, err
	}
	if s.srv.failures.Spent(handle) {
		s.role().Limited("sign_ins_by_account")
		return account.Account{}, errTooOften
	}
	s.srv.failures.Allow(handle)
	return account.Account{}, err
}

// wrongTicket reports whether a check has failed because of the ticket.
func wrongTicket(err error) bool {
	return errors.Is(err, ticket.ErrTicket) || errors.Is(err, ticket.ErrExpired)
}
