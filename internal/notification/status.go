package notification

import (
	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/presence"
	"github.com/papilio-im/papilio/msnp"
)

// chg changes the status that others are shown, with the capabilities and the display
// picture of the client. The first one of a session is its arrival: it is answered
// with the contacts' states.
func (s *session) chg(l *msnp.Line) error {
	m, err := msnp.ParseChangeStatus(l, s.version)
	if err != nil {
		return err
	}
	o := s.online
	first := !o.statusSet
	look := appearance(m)
	if first {
		look = s.firstStatus(m, look)
		m.Status = look.Status
	} else if !s.srv.statuses.Allow(o.handle) {
		s.role().Limited("status_changes")
		return front.Refuse(msnp.CodeTooRapid)
	}
	s.put(m)
	o.statusSet = true
	o.principal.SetStatus(o.endpoint, look)
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

// appearance is what a status is kept as.
func appearance(m msnp.ChangeStatus) presence.Appearance {
	return presence.Appearance{Status: m.Status, Object: m.Picture(), Capabilities: m.Capabilities}
}

// uux changes what is shown below the name. Clients tell it anew at each sign-in, and
// some whenever anything else has changed; what changes nothing is told to nobody.
func (s *session) uux(l *msnp.Line) error {
	m, err := msnp.ParseChangePersonal(l, s.version)
	if err != nil {
		return err
	}
	o := s.online
	if before := o.principal.Personal(); m.To(before) != before && !s.srv.statuses.Allow(o.handle) {
		s.role().Limited("status_changes")
		return front.Refuse(msnp.CodeTooRapid)
	}
	s.put(msnp.PersonalChanged{TrID: m.TrID})
	o.principal.SetPersonal(o.endpoint, m)
	return nil
}

// through ends what is expensive about a sign-in.
func (s *session) through() {
	s.place.leave()
	s.place = nil
}
