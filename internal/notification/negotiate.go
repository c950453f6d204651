package notification

import (
	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/netio"
	"github.com/papilio-im/papilio/msnp"
)

// Latest is the newest version that this server speaks.
const Latest = msnp.MSNP7

// Speaks reports whether a client of version v can sign in here.
func Speaks(v msnp.Version) bool { return v >= msnp.MSNP2 && v <= Latest }

// ver agrees on a version.
func (s *session) ver(l *msnp.Line) error {
	hello, err := msnp.ParseHello(l, 0)
	if err != nil {
		return err
	}
	agreed := front.Agree(hello, Speaks)
	s.put(agreed)
	if agreed.Version == 0 || agreed.Version == msnp.CVR0 {
		s.NoVersion(l)
	}
	if agreed.Version == 0 {
		return netio.ErrClose
	}
	s.version, s.phase, s.reset = agreed.Version, msnp.Versioned, false
	s.ring(alarmGreeting, s.srv.opts.Times.SignIn)
	return nil
}

// inf names the one way to sign in that every client which asks knows.
func (s *session) inf(l *msnp.Line) error {
	inf, err := msnp.ParseInf(l, s.version)
	if err != nil {
		return err
	}
	s.put(msnp.Methods{TrID: inf.TrID, Methods: []msnp.Method{msnp.MethodMD5}})
	return nil
}

// cvr tells the client that it is as new as it should be. With nothing but CVR0
// agreed on it is Beta 2 that asks like this, and there is nothing more to say.
func (s *session) cvr(l *msnp.Line) error {
	if s.version != msnp.CVR0 {
		return s.advise(l)
	}
	s.version = msnp.Beta2
	return s.cvq(l)
}

// cvq is cvr for all others with which nothing but CVR0 was agreed on.
func (s *session) cvq(l *msnp.Line) error {
	if err := s.advise(l); err != nil {
		return err
	}
	return netio.ErrClose
}

// advise answers either.
func (s *session) advise(l *msnp.Line) error {
	info, err := msnp.ParseClientInfo(l, s.version)
	if err != nil {
		return err
	}
	s.put(front.Advise(info, s.page()))
	return nil
}

// out ends the session at the client's wish.
func (s *session) out(*msnp.Line) error { return netio.ErrClose }

// png answers the client's question whether we are there.
func (s *session) png(*msnp.Line) error {
	s.put(msnp.Pong{Seconds: nextPing})
	return nil
}

// nextPing is when a client that can be told should ask again, in seconds.
const nextPing = 50

// page is the address of the service's page for this client.
func (s *session) page() string { return s.srv.opts.Page(s.LocalAddr()) }
