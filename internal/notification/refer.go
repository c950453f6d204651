package notification

import (
	"context"
	"errors"
	"log/slog"

	"github.com/papilio-im/papilio/internal/netio"
	"github.com/papilio-im/papilio/internal/presence"
	"github.com/papilio-im/papilio/internal/referral"
	"github.com/papilio-im/papilio/internal/telemetry"
	"github.com/papilio-im/papilio/msnp"
)

// isHere reports whether a client was not told where to go because it is there.
func isHere(err error) bool {
	var here *referral.SameEndpointError
	return errors.As(err, &here)
}

// refer sends the client to another notification server. After that the session
// says nothing more and listens to nothing: it only waits for the client to go,
// because some clients lose the referral if the close comes with it. The error
// that says so is errReferred.
func (s *session) refer(trid msnp.TrID, hostPort string, why telemetry.ReferralReason) error {
	line, err := s.referral(trid, hostPort)
	if err != nil {
		return err
	}
	if s.online != nil {
		s.online.principal.Move()
	}
	return s.depart(line, hostPort, why)
}

// depart says the last that the client hears from here.
func (s *session) depart(line []byte, hostPort string, why telemetry.ReferralReason) error {
	if s.online != nil {
		s.online.endpoint.Mute()
	}
	s.through()
	s.PutLine(line)
	s.referred, s.pulse = true, pulse{}
	s.ring(alarmReferred, s.srv.opts.Times.Referred)
	s.role().Referral(s.version, why)
	s.srv.opts.Log.LogAttrs(context.Background(), slog.LevelInfo, "referred",
		s.about(slog.String("to", hostPort), slog.String("why", string(why)))...)
	return errReferred
}

// referral is the line that sends the client to a notification server; without
// an address, the line that has it start again where it is.
func (s *session) referral(trid msnp.TrID, hostPort string) ([]byte, error) {
	return msnp.Referral{TrID: trid, Host: hostPort, Current: s.Here()}.Append(nil, s.version)
}

// moveTo sends a client that is signed in to another notification server, which
// may be this one under its full address. Its principal stays shown as it is
// until the client has signed in there, or the grace is over.
func moveTo(hostPort string) order {
	return func(s *session) error {
		if s.online == nil || s.referred {
			return nil
		}
		return s.refer(0, hostPort, telemetry.ReferredByOperator)
	}
}

// reset makes a client start again from VER on the connection that it has. No
// third-party client survives it unseen: it is an operator's tool.
func reset(s *session) error {
	if s.online == nil || s.referred {
		return nil
	}
	line, err := s.referral(0, "")
	if err != nil {
		return err
	}
	s.role().Referral(s.version, telemetry.ReferredReset)
	s.srv.opts.Log.LogAttrs(context.Background(), slog.LevelInfo, "soft reset", s.about()...)
	s.online.principal.Move()
	s.online.endpoint.Mute()
	s.through()
	s.leave("reset")
	s.PutLine(line)
	s.phase, s.version, s.signIn, s.quiz, s.pulse, s.reset = msnp.Greeting, 0, nil, quiz{}, pulse{}, true
	s.ring(alarmGreeting, s.srv.opts.Times.Greeting)
	return nil
}

// leave takes the session off its principal. A node that may not serve it any
// more has nothing to say of it to anybody: it may be on another by now.
func (s *session) leave(why string) {
	o := s.online
	s.online = nil
	if !s.srv.serving() {
		o.principal.Release()
	}
	gone := o.principal.Detach(o.endpoint)
	s.signedOut(o, gone, why)
}

// shutDown signs a client out because the service ends. One that is not signed in
// has nothing to hear.
func shutDown(s *session) error {
	if s.online != nil && !s.referred {
		s.put(msnp.Out{Reason: msnp.ReasonShutdown})
	}
	return hangUp(s)
}

// hangUp ends a connection without a word. One that was referred is leaving, and
// loses the referral if it is closed before it has read it.
func hangUp(s *session) error {
	if s.referred {
		return nil
	}
	s.why = "shutdown"
	return netio.ErrClose
}

// dismiss signs a client out at the operator's wish, wherever it was sent, and at
// once: it may have asked for much that is not done yet. It may be called from
// any goroutine.
func (s *session) dismiss(e *presence.Endpoint, why dismissal) {
	s.dismissed.CompareAndSwap(nil, &why)
	e.Put(msnp.Out{}.Append(nil, e.Version)) // not if it was referred
	e.Mute()
	s.CloseSoon()
}
