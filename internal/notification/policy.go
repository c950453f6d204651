package notification

import (
	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/msnp"
)

// gcf sends the policy file, by which the original service could forbid clients
// something. This one forbids nothing. Clients ask for it once they have their
// lists.
func (s *session) gcf(l *msnp.Line) error {
	m, err := msnp.ParsePolicyRequest(l, s.version)
	if err != nil {
		return err
	}
	switch {
	case !s.online.endpoint.Synced():
		return front.Refuse(msnp.CodeNotExpected)
	case m.File != msnp.PolicyShields:
		return front.Refuse(msnp.CodeParameter)
	}
	s.put(msnp.Policy{TrID: m.TrID, File: m.File, Payload: []byte(msnp.NoShields)})
	return nil
}

// gsb tells again what the user pays for: nothing.
func (s *session) gsb(l *msnp.Line) error {
	m, err := msnp.ParseSubscriptionRequest(l, s.version)
	if err != nil {
		return err
	}
	s.put(msnp.Subscription{TrID: m.TrID})
	return nil
}

// lkp refuses a command of which nothing but the name is known.
func (s *session) lkp(*msnp.Line) error { return front.Refuse(msnp.CodeNotExpected) }
