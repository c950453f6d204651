package notification

import "time"

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
