package notification

import (
	"time"

	"github.com/papilio-im/papilio/internal/presence"
	"github.com/papilio-im/papilio/msnp"
)

// Times of a client that was moved here, both from USR OK on.
const (
	carriedTime  = 10 * time.Second        // its first CHG is answered with the status that it had
	noStatusTime = 1500 * time.Millisecond // until it is taken for one that sends no CHG
)

// carried is what a principal looks like that was moved. The status is empty for one
// that was not.
type carried struct {
	presence.Appearance
	until time.Time
}

// resume is called at the sign-in of a principal that was moved here. It has
// its status already, and its watchers are told nothing.
func (s *session) resume(look presence.Appearance) {
	if look.Status == "" {
		return
	}
	s.online.carried = carried{look, time.Now().Add(carriedTime)}
	s.ring(alarmNoStatus, noStatusTime)
}

// firstStatus gives what the first CHG sets. Clients that were moved ask for their
// own first status, whatever the user had set before; all of them show what the
// answer says. What such a client can do and its picture are as before, too, unless
// it says otherwise.
func (s *session) firstStatus(m msnp.ChangeStatus, asked presence.Appearance) presence.Appearance {
	c := s.online.carried
	s.online.carried = carried{}
	if c.Status == "" || time.Now().After(c.until) {
		return asked
	}
	asked.Status = c.Status
	if s.version.Has(msnp.FeatureCapabilities) && !m.HasCapabilities() {
		asked.Capabilities = c.Capabilities
	}
	if s.version.Has(msnp.FeatureObjects) && m.Object == "" {
		asked.Object = c.Object
	}
	return asked
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
