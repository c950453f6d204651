package notification

import (
	"fmt"

	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/referral"
	"github.com/papilio-im/papilio/internal/telemetry"
	"github.com/papilio-im/papilio/msnp"
)

// xfr tells the client where a server is that it asks for.
func (s *session) xfr(l *msnp.Line) error {
	m, err := msnp.ParseXFRRequest(l, s.version)
	if err != nil {
		return err
	}
	switch {
	case s.reset:
		return nil // it was on its way when the client was told to start again
	case s.phase == msnp.Greeting:
		return s.firstServer(m)
	case m.Type == msnp.ToNotification:
		return s.ownServer(m.TrID)
	case m.Type == msnp.ToSwitchboard:
		return s.transfer(m.TrID)
	}
	return front.Refuse(msnp.CodeParameter)
}

// firstServer answers a first line that is no VER. Only Beta 2 begins like this:
// it remembers a notification server, and asks it as it would ask the dispatch
// server. Where it belongs is seen when it has said who it is.
func (s *session) firstServer(m msnp.XFRRequest) error {
	if m.Type != msnp.ToNotification {
		return front.Drop("transfer before the sign-in")
	}
	s.version = msnp.Beta2
	target, err := s.srv.opts.Referrer.AnyNotificationServer(s.LocalAddr())
	if err != nil && !isHere(err) {
		return &front.Refusal{Code: msnp.CodeUnavailable, Close: true, Err: err}
	}
	return s.refer(m.TrID, target.HostPort, telemetry.ReferredAsked)
}

// ownServer answers a client that is signed in and asks for its notification
// server: it is on it. A client that goes there anew is as one that was moved.
func (s *session) ownServer(trid msnp.TrID) error {
	target, err := s.srv.opts.Referrer.NotificationServer(s.online.handle, s.LocalAddr())
	if err != nil && !isHere(err) {
		return fmt.Errorf("find the owner of %s: %w", s.online.handle, err)
	}
	line, err := s.referral(trid, target.HostPort)
	if err != nil {
		return err
	}
	s.online.principal.MayReturn()
	s.PutLine(line)
	s.role().Referral(s.version, telemetry.ReferredAsked)
	return nil
}

// transfer sends the client to a switchboard, where it opens a conversation.
func (s *session) transfer(trid msnp.TrID) error {
	o := s.online
	if !s.mayOpen() {
		return front.Refuse(msnp.CodeNotAllowedHidden)
	}
	if !s.srv.transfers.Allow(o.handle) {
		s.role().Limited("transfers")
		return front.Refuse(msnp.CodeTooRapid)
	}
	board, err := s.srv.opts.Referrer.Switchboard(s.LocalAddr())
	if err != nil {
		return &front.Refusal{Code: msnp.CodeTransferFailed, Err: err}
	}
	ctx, cancel := timeout()
	defer cancel()
	method, param, err := s.srv.admit(ctx, referral.Pass{
		Purpose: referral.ForTransfer,
		Session: referral.NewSession(),
		Handle:  o.handle,
		Version: s.version,
		Node:    board.Node,
	})
	if err != nil {
		return &front.Refusal{Code: msnp.CodeTransferFailed, Err: err}
	}
	line, err := msnp.Transfer{TrID: trid, Host: board.HostPort, Method: method, Param: param, Direct: !s.srv.opts.Indirect}.Append(nil, s.version)
	if err != nil {
		return err
	}
	s.PutLine(line)
	s.role().Transfer(s.version, method)
	return nil
}

// mayOpen reports whether the client may open conversations: after its first
// status, or with the one that it had when it was moved here, while it is not
// hidden and has not switched them off.
func (s *session) mayOpen() bool {
	o := s.online
	if !o.endpoint.Arrived() && o.carried.Status == "" || !o.endpoint.TakesCalls() {
		return false
	}
	if o.principal.Status().Open() {
		return true
	}
	return s.srv.opts.HiddenMayCall && s.version.Has(msnp.FeatureHiddenCalls)
}
