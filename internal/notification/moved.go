package notification

import (
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// Times of a client that was moved here, both from USR OK on.
const (
	carriedTime  = 10 * time.Second        // its first CHG is answered with the status that it had
	noStatusTime = 1500 * time.Millisecond // until it is taken for one that sends no CHG
)

// carried is the status that a principal brings along when it is moved.
type carried struct {
	status msnp.Status // empty for a client that was not moved
	until  time.Time
}

// resume is called at the sign-in of a principal that was moved here. It has
// its status already, and its watchers are told nothing.
func (s *session) resume(status msnp.Status) {
	if status == "" {
		return
	}
	s.online.carried = carried{status: status, until: time.Now().Add(carriedTime)}
	s.ring(alarmNoStatus, noStatusTime)
}

// firstStatus gives the status that the first CHG sets. Clients that were moved
// ask for their own first status, whatever the user had set before; all of
// them show what the answer says.
func (s *session) firstStatus(asked msnp.Status) msnp.Status {
	c := s.online.carried
	s.online.carried = carried{}
	if c.status == "" || time.Now().After(c.until) {
		return asked
	}
	return c.status
}

// noStatus is called when a client that was moved has sent no CHG. Some send
// none at all; they are told of their contacts unasked and can be called.
func (s *session) noStatus() error {
	s.ring(alarmNone, 0)
	o := s.online
	if o == nil || o.statusSet {
		return nil
	}
	o.principal.Arrive(o.endpoint)
	o.principal.Contacts(o.endpoint, 0, true)
	s.startChallenges()
	o.principal.Ready(o.endpoint)
	s.through()
	return nil
}
