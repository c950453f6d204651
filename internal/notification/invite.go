package notification

import (
	"context"
	"log/slog"

	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/msnp"
)

// snd asks to invite somebody by mail. There is no mail here: it is noted in
// the log, so that the operator can invite them.
func (s *session) snd(l *msnp.Line) error {
	m, err := msnp.ParseInvite(l, s.version)
	if err != nil {
		return err
	}
	return s.invited(m.TrID, false)
}

// sdc is snd with a text.
func (s *session) sdc(l *msnp.Line) error {
	m, err := msnp.ParseInviteText(l, s.version)
	if err != nil {
		return err
	}
	return s.invited(m.TrID, true)
}

func (s *session) invited(trid msnp.TrID, text bool) error {
	if !s.srv.mails.Allow(s.online.handle) {
		s.role().Limited("invitations")
		return front.Refuse(msnp.CodeTooRapid)
	}
	s.srv.opts.Log.LogAttrs(context.Background(), slog.LevelInfo, "asked to invite somebody by mail", s.about()...)
	s.put(msnp.Invited{TrID: trid, Text: text})
	return nil
}

// fnd searches the directory, which the original service closed in 2003 and
// this one never opened: its accounts are nobody else's business.
func (s *session) fnd(l *msnp.Line) error {
	if _, err := msnp.ParseFind(l, s.version); err != nil {
		return err
	}
	return front.Refuse(msnp.CodeDisabled)
}

// ims switches conversations off, for set-top boxes that have only a screen.
func (s *session) ims(l *msnp.Line) error {
	m, err := msnp.ParseSetMessaging(l, s.version)
	if err != nil {
		return err
	}
	s.online.endpoint.SetCalls(m.On)
	s.put(msnp.MessagingSet(m))
	return nil
}
