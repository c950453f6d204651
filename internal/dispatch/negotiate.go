package dispatch

import (
	"github.com/papilio-im/papilio/internal/netio"
	"github.com/papilio-im/papilio/msnp"
)

// speaks reports whether a client of version v can be referred: each can.
func speaks(v msnp.Version) bool { return v >= msnp.MSNP2 && v <= msnp.Last }

// ver agrees on a version.
func (s *session) ver(l *msnp.Line) error {
	v, err := s.Negotiate(l, speaks)
	if err != nil {
		return err
	}
	s.version, s.phase = v, msnp.Versioned
	s.ring(alarmGreeting, s.srv.times.signIn)
	return nil
}

// inf tells how to sign in.
func (s *session) inf(l *msnp.Line) error { return s.Methods(l, s.version) }

// cvr tells the client that it is as new as it should be, and remembers how
// often it says it was referred.
func (s *session) cvr(l *msnp.Line) error {
	info, err := s.Advise(l, s.version, s.srv.opts.Page(s.LocalAddr()))
	s.hop = info.Hop
	return err
}

// out ends the connection at the client's wish.
func (s *session) out(*msnp.Line) error { return netio.ErrClose }
