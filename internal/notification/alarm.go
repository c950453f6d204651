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
