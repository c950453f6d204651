package notification

import (
	"github.com/papilio-im/papilio/internal/netio"
	"github.com/papilio-im/papilio/msnp"
)

// Latest is the newest version that this server speaks: what VER is answered with
// depends on it, and nothing else decides which versions are offered.
const Latest = msnp.MSNP12

// Speaks reports whether a client of version v can sign in here.
func Speaks(v msnp.Version) bool { return v >= msnp.MSNP2 && v <= Latest }

// ver agrees on a version.
func (s *session) ver(l *msnp.Line) error {
	v, err := s.Negotiate(l, Speaks)
	if err != nil {
		return err
	}
	s.version, s.phase, s.reset = v, msnp.Versioned, false
	s.ring(alarmGreeting, s.srv.opts.Times.SignIn)
	return nil
}

// inf tells how to sign in.
func (s *session) inf(l *msnp.Line) error { return s.Methods(l, s.version) }

// cvr tells the client that it is as new as it should be.
func (s *session) cvr(l *msnp.Line) error {
	_, err := s.Advise(l, s.version, s.page())
	return err
}

// out ends the session at the client's wish.
func (s *session) out(*msnp.Line) error { return netio.ErrClose }

// png answers the client's question whether we are there.
func (s *session) png(*msnp.Line) error {
	s.put(msnp.Pong{Seconds: nextPing})
	if s.version.Has(msnp.FeaturePingSchedule) {
		s.pinged()
	}
	return nil
}

// nextPing is when a client that can be told should ask again, in seconds.
const nextPing = 50

// page is the address of the service's page for this client.
func (s *session) page() string { return s.srv.opts.Page(s.LocalAddr()) }
