package notification

import (
	"time"

	"github.com/papilio-im/papilio/internal/netio"
)

// alarm names what is due when the deadline passes.
type alarm uint8

const (
	alarmNone      alarm = iota
	alarmGreeting        // no VER yet, or no sign-in
	alarmHeld            // the challenge was held back long enough
	alarmReferred        // was referred and has not left
	alarmNoStatus        // was moved here and has set no status
	alarmChallenge       // time for a CHL
	alarmUnproven        // time for the answer to it
)

// ring sets when something is due, and what. What was due before is not any more.
func (s *session) ring(a alarm, in time.Duration) {
	s.alarm, s.due = a, time.Time{}
	if a != alarmNone {
		s.due = time.Now().Add(in)
	}
	s.setDeadline()
}

// setDeadline has the session called at the next time at which there is something
// to do.
func (s *session) setDeadline() {
	next := s.due
	if silent := s.pulse.until; next.IsZero() || !silent.IsZero() && silent.Before(next) {
		next = silent
	}
	s.SetDeadline(next)
}

// Timeout is called when the deadline has passed.
func (s *session) Timeout() error {
	now := time.Now()
	if s.pulse.gone(now) {
		s.why = "silent"
		return netio.ErrClose
	}
	defer s.setDeadline()
	if s.due.IsZero() || now.Before(s.due) {
		return nil
	}
	s.due = time.Time{}
	return s.alarmed()
}

// alarmed does what is due.
func (s *session) alarmed() error {
	switch s.alarm {
	case alarmHeld:
		s.letGo()
		return nil
	case alarmNoStatus:
		return s.noStatus()
	case alarmChallenge:
		s.challenge()
		return nil
	case alarmUnproven:
		return s.unproven()
	case alarmGreeting:
		s.why = "sign_in_timeout"
		s.role().SignIn(s.version, "timeout")
	case alarmReferred:
		s.why = "referred"
	case alarmNone:
		return nil
	}
	return netio.ErrClose
}

// habit is how many pings, one after the other, are taken for a habit.
const habit = 3

// pulse tells clients that are gone from those that have nothing to say. From
// MSNP9 on a client is told when to ping next; one that does so, and then is silent
// for more than twice that time, has lost its connection, and its friends are not
// shown somebody who is not there. Those that never ping, or when they please, may
// be silent for ever.
type pulse struct {
	pings int       // in a row that came when they were due, up to habit
	last  time.Time // when the last one came
	until time.Time // when the client is taken for gone; zero for never
}

func (p *pulse) gone(now time.Time) bool { return !p.until.IsZero() && !now.Before(p.until) }

// pinged counts a ping of a client that was told when the next is due.
func (s *session) pinged() {
	p, now := &s.pulse, time.Now()
	if now.Sub(p.last) >= s.srv.opts.Times.Silence { // the first one, or one that is late
		*p = pulse{}
		s.setDeadline()
	}
	p.last = now
	if p.pings < habit {
		p.pings++
	}
	s.heard()
}

// heard notes that the client lives.
func (s *session) heard() {
	if s.pulse.pings < habit {
		return
	}
	s.pulse.until = time.Now().Add(s.srv.opts.Times.Silence)
	s.setDeadline()
}
