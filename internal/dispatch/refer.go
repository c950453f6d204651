package dispatch

import (
	"context"
	"errors"
	"log/slog"

	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/referral"
	"github.com/papilio-im/papilio/internal/telemetry"
	"github.com/papilio-im/papilio/msnp"
)

// usr is the first step of a sign-in: the client says who it is, and is told
// where to go. CTP sends a password along, which is nobody's business here.
func (s *session) usr(l *msnp.Line) error {
	m, err := msnp.ParseSignIn(l, s.version)
	if err != nil {
		return err
	}
	if m.Stage != msnp.StageInitial {
		return front.RefuseAndClose(msnp.CodeNotExpected)
	}
	if m.Handle == "" { // Beta 2 says last who it is
		target, err := s.srv.opts.Referrer.AnyNotificationServer(s.LocalAddr())
		return s.refer(m.TrID, target, err)
	}
	target, err := s.srv.opts.Referrer.NotificationServer(m.Handle, s.LocalAddr())
	if errors.Is(err, referral.ErrNoOwner) {
		target, err = s.await(m.Handle)
	}
	return s.refer(m.TrID, target, err)
}

// await waits until a node has taken the place of the one that served the
// account. What the client has asked before is answered meanwhile.
func (s *session) await(handle string) (referral.Target, error) {
	s.Flush()
	ctx, cancel := s.srv.patience()
	defer cancel()
	return s.srv.opts.Referrer.AwaitNotificationServer(ctx, handle, s.LocalAddr())
}

// xfr is the first line of Beta 2, and of nobody else: it wants a notification
// server, and will say there who it is.
func (s *session) xfr(l *msnp.Line) error {
	m, err := msnp.ParseXFRRequest(l, s.version)
	if err != nil {
		return err
	}
	if m.Type != msnp.ToNotification {
		return front.Drop("transfer before the sign-in")
	}
	s.version = msnp.Beta2
	target, err := s.srv.opts.Referrer.AnyNotificationServer(s.LocalAddr())
	return s.refer(m.TrID, target, err)
}

// refer sends the client to a notification server. After that the session says
// nothing more and listens to nothing: it waits for the client to go, because
// some clients lose the referral if the close comes with it.
func (s *session) refer(trid msnp.TrID, target referral.Target, err error) error {
	if err != nil {
		s.noTarget(err)
		return &front.Refusal{Code: msnp.CodeUnavailable, Close: true, Err: err}
	}
	m := msnp.Referral{TrID: trid, Host: target.HostPort, Current: s.Here(), Hop: s.hop + 1}
	line, err := m.Append(nil, s.version)
	if err != nil {
		return err
	}
	s.PutLine(line)
	s.referred = true
	s.ring(alarmReferred, s.srv.times.referred)
	s.srv.metrics.Referral(s.version, telemetry.ReferredByDispatch)
	s.srv.opts.Log.LogAttrs(context.Background(), slog.LevelInfo, "referred", s.about(slog.String("to", target.HostPort))...)
	return errReferred
}

// noTarget tells the operator why nobody can sign in.
func (s *session) noTarget(err error) {
	ctx, log := context.Background(), s.srv.opts.Log
	var here *referral.SameEndpointError
	switch {
	case errors.As(err, &here):
		log.LogAttrs(ctx, slog.LevelError, "clients would be referred to the dispatch server itself: "+
			"notification.port or notification.advertise must differ from the address with dispatch.port",
			s.about(slog.String("address", here.HostPort))...)
	case errors.Is(err, referral.ErrNoAddress):
		log.LogAttrs(ctx, slog.LevelError, "no address of the notification server is known: set notification.advertise", s.about()...)
	default:
		log.LogAttrs(ctx, slog.LevelWarn, "cannot refer", s.about(slog.Any("error", err))...)
	}
}
