package notification

import (
	"context"
	"errors"
	"log/slog"

	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// mayEdit counts a change of the lists, and refuses it if there were too many: each
// is written to disk, and told to those whom it is about.
func (s *session) mayEdit() error {
	if s.srv.edits.Allow(s.online.handle) {
		return nil
	}
	s.role().Limited("list_changes")
	return front.Refuse(msnp.CodeTooRapid)
}

// gtc sets whether the user is asked when somebody adds them.
func (s *session) gtc(l *msnp.Line) error {
	m, err := msnp.ParseChangeSetting(l, s.version)
	if err != nil {
		return err
	}
	if err := s.mayEdit(); err != nil {
		return err
	}
	ctx, cancel := timeout()
	defer cancel()
	version, err := s.srv.opts.Roster.SetAskWhenAdded(ctx, s.online.handle, m.Value == msnp.PromptAsk)
	if err != nil {
		return refusal(err)
	}
	s.put(msnp.Setting{TrID: m.TrID, Version: version, Key: m.Key, Value: m.Value})
	return nil
}

// blp sets whether those on no list may see and call the user, which makes
// the user come or go for those of them who watch.
func (s *session) blp(l *msnp.Line) error {
	m, err := msnp.ParseChangeSetting(l, s.version)
	if err != nil {
		return err
	}
	block := m.Value == msnp.DefaultBL
	if err := s.mayEdit(); err != nil {
		return err
	}
	ctx, cancel := timeout()
	defer cancel()
	version, err := s.srv.opts.Roster.SetBlockUnlisted(ctx, s.online.handle, block)
	if err != nil {
		return refusal(err)
	}
	s.put(msnp.Setting{TrID: m.TrID, Version: version, Key: m.Key, Value: m.Value})
	s.online.principal.SetDefault(block)
	return nil
}

// prp sets one of the phones, of which contacts are told.
func (s *session) prp(l *msnp.Line) error {
	m, err := msnp.ParseChangeSetting(l, s.version)
	if err != nil {
		return err
	}
	value, err := m.Value.Decode()
	if err != nil {
		return err
	}
	if err := s.mayEdit(); err != nil {
		return err
	}
	ctx, cancel := timeout()
	defer cancel()
	set, err := s.srv.opts.Roster.SetProperty(ctx, s.online.handle, string(m.Key), value)
	if err != nil {
		return refusal(err)
	}
	stored := m.Value
	if set.Value != value {
		stored = msnp.Encode(set.Value)
	}
	s.put(msnp.Setting{TrID: m.TrID, Version: set.Version, Key: m.Key, Value: stored})
	for watcher, version := range set.Watchers {
		s.srv.opts.Hub.Tell(watcher, msnp.ContactSetting{
			Version: version, Handle: s.online.handle, Key: m.Key, Value: stored,
		}, hasProperties)
	}
	return nil
}

func hasProperties(v msnp.Version) bool { return v.Has(msnp.FeatureProperties) }

// tellPhones tells a contact the user's phones, when it may know them from now
// on. The command that let it is answered already, so a failure is only logged.
func (s *session) tellPhones(ctx context.Context, contact string, version uint32) {
	set, err := s.srv.opts.Roster.Settings(ctx, s.online.handle)
	if err != nil {
		s.srv.opts.Log.WarnContext(ctx, "a contact was not told of phones", slog.Any("error", err))
		return
	}
	for _, p := range phoneSettings(set.Phones) {
		s.srv.opts.Hub.Tell(contact, msnp.ContactSetting{
			Version: version, Handle: s.online.handle, Key: p.key, Value: p.value,
		}, hasProperties)
	}
}

// refusal turns what the rules of the lists refuse into what the client is
// told.
func refusal(err error) error {
	var r roster.Refusal
	if !errors.As(err, &r) {
		return err
	}
	if r.Code == 0 {
		return front.Drop(r.Error())
	}
	return front.Refuse(r.Code)
}
