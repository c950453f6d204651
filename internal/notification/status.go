package notification

import (
	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/msnp"
)

// chg changes the status that others are shown. The first one of a session is
// its arrival: it is answered with the contacts' states.
func (s *session) chg(l *msnp.Line) error {
	m, err := msnp.ParseChangeStatus(l, s.version)
	if err != nil {
		return err
	}
	o := s.online
	first := !o.statusSet
	if first {
		m.Status = s.firstStatus(m.Status)
	} else if !s.srv.statuses.Allow(o.handle) {
		s.role().Limited("status_changes")
		return front.Refuse(msnp.CodeTooRapid)
	}
	s.put(m)
	o.statusSet = true
	o.principal.SetStatus(o.endpoint, m.Status)
	if !first {
		return nil
	}
	s.place.resume()
	o.principal.Contacts(o.endpoint, m.TrID, false)
	s.put(s.mail())
	s.startChallenges()
	o.principal.Ready(o.endpoint)
	s.through()
	return nil
}

// through ends what is expensive about a sign-in.
func (s *session) through() {
	s.place.leave()
	s.place = nil
}
