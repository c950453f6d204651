package notification

import (
	"context"
	"errors"
	"log/slog"

	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/netio"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/msnp"
)

// edit has the lists changed by a function, and turns what their rules refuse into
// what the client is told. Changes are counted, and refused if there are too many:
// each is written to disk, and told to those whom it is about.
func edit[T any](s *session, change func(context.Context) (T, error)) (T, error) {
	if !s.srv.edits.Allow(s.online.handle) {
		s.role().Limited("list_changes")
		var none T
		return none, front.Refuse(msnp.CodeTooRapid)
	}
	ctx, cancel := timeout()
	defer cancel()
	changed, err := change(ctx)
	if errors.Is(err, roster.ErrTooLate) || errors.Is(err, store.ErrUncertain) {
		return changed, netio.ErrClose // the lists are as they are read at the next sign-in
	}
	return changed, s.refusal(err)
}

// gtc sets whether the user is asked when somebody adds them.
func (s *session) gtc(l *msnp.Line) error {
	m, err := msnp.ParseChangeSetting(l, s.version)
	if err != nil {
		return err
	}
	version, err := edit(s, func(ctx context.Context) (uint32, error) {
		return s.roster().SetAskWhenAdded(ctx, s.online.handle, m.Value == msnp.PromptAsk)
	})
	if err != nil {
		return err
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
	version, err := edit(s, func(ctx context.Context) (uint32, error) {
		return s.roster().SetBlockUnlisted(ctx, s.online.handle, block)
	})
	if err != nil {
		return err
	}
	s.put(msnp.Setting{TrID: m.TrID, Version: version, Key: m.Key, Value: m.Value})
	s.online.principal.SetDefault(block)
	return nil
}

// prp sets one of the phones, of which contacts are told, or the friendly name.
func (s *session) prp(l *msnp.Line) error {
	m, err := msnp.ParseChangeSetting(l, s.version)
	if err != nil {
		return err
	}
	value, err := m.Value.Decode()
	if err != nil {
		return err
	}
	if m.Key == msnp.KeyName {
		return s.renameSelf(value, func(version uint32) front.Message {
			return msnp.Setting{TrID: m.TrID, Version: version, Key: m.Key, Value: m.Value}
		})
	}
	set, err := edit(s, func(ctx context.Context) (roster.Setting, error) {
		return s.roster().SetProperty(ctx, s.online.handle, string(m.Key), value)
	})
	if err != nil {
		return err
	}
	stored := m.Value
	if set.Value != value {
		stored = msnp.Encode(set.Value)
	}
	s.put(msnp.Setting{TrID: m.TrID, Version: set.Version, Key: m.Key, Value: stored})
	for watcher, version := range set.Watchers {
		s.srv.opts.Hub.Tell(watcher, msnp.ContactSetting{
			Version: version, Handle: s.online.handle, Key: m.Key, Value: stored,
		})
	}
	return nil
}

// tellPhones tells a contact the user's phones, when it may know them from now
// on. The command that let it is answered already, so a failure is only logged.
func (s *session) tellPhones(contact string, version uint32) {
	ctx, cancel := timeout()
	defer cancel()
	set, err := s.roster().Settings(ctx, s.online.handle)
	if err != nil {
		s.srv.opts.Log.WarnContext(ctx, "a contact was not told of phones", slog.Any("error", err))
		return
	}
	for _, p := range phoneSettings(set.Phones) {
		s.srv.opts.Hub.Tell(contact, msnp.ContactSetting{
			Version: version, Handle: s.online.handle, Key: p.key, Value: p.value,
		})
	}
}

// refusal turns what the rules of the lists refuse into what the client is
// told.
func (s *session) refusal(err error) error {
	var r roster.Refusal
	if !errors.As(err, &r) {
		return err
	}
	if r.Code == 0 {
		return front.Drop(r.Error())
	}
	if r.Code == msnp.CodeNoSuchAccount {
		r.Code = s.version.NoSuchAccount()
	}
	return front.Refuse(r.Code)
}
