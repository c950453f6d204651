package notification

import (
	"errors"
	"log/slog"
	"time"

	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/netio"
	"github.com/papilio-im/papilio/internal/referral"
	"github.com/papilio-im/papilio/internal/telemetry"
	"github.com/papilio-im/papilio/msnp"
)

// referredTime is how long a client that was sent elsewhere has to leave.
// Some leave their old connection open for 16 seconds.
const referredTime = 20 * time.Second

// referIfElsewhere sends a client that is signing in to the node that owns its
// account, if that is not this one, and reports whether it did.
func (s *session) referIfElsewhere(trid msnp.TrID, handle string) (bool, error) {
	if handle == "" {
		return false, nil // Beta 2 has not said yet
	}
	target, err := s.srv.opts.Referrer.NotificationServer(handle, s.LocalAddr())
	switch {
	case isHere(err) || err == nil && target.Self:
		return false, nil
	case err != nil:
		s.role().SignIn(s.version, "error")
		return true, &front.Refusal{Code: msnp.CodeUnavailable, Close: true, Err: err}
	}
	s.role().SignIn(s.version, "referred")
	return true, s.refer(trid, target.HostPort, telemetry.ReferredShard)
}

// isHere reports whether a client was not told where to go because it is there.
func isHere(err error) bool {
	var here *referral.SameEndpointError
	return errors.As(err, &here)
}

// refer sends the client to another notification server. After that the session
// says nothing more and listens to nothing: it only waits for the client to go,
// because some clients lose the referral if the close comes with it.
func (s *session) refer(trid msnp.TrID, hostPort string, why telemetry.ReferralReason) error {
	line, err := msnp.Referral{TrID: trid, Host: hostPort, Current: s.LocalAddr().String()}.Append(nil, s.version)
	if err != nil {
		return err
	}
	s.PutLine(line)
	s.referred = true
	s.ring(alarmReferred, referredTime)
	s.role().Referral(s.version, why)
	s.info("referred", slog.String("to", hostPort), slog.String("why", string(why)))
	return nil
}

// moveTo sends a client that is signed in to another notification server, which
// may be this one under its full address. Its principal stays shown as it is
// until the client has signed in there, or the grace is over.
func moveTo(hostPort string) order {
	return func(s *session) error {
		if s.online == nil || s.referred {
			return nil
		}
		s.online.principal.Move()
		return s.refer(0, hostPort, telemetry.ReferredByOperator)
	}
}

// reset makes a client start again from VER on the connection that it has. No
// third-party client survives it unseen: it is an operator's tool.
func reset(s *session) error {
	if s.online == nil || s.referred {
		return nil
	}
	line, err := msnp.Referral{}.Append(nil, s.version)
	if err != nil {
		return err
	}
	s.PutLine(line)
	s.role().Referral(s.version, telemetry.ReferredReset)
	s.info("soft reset", slog.String("handle", s.online.handle))
	s.online.principal.Move()
	s.leave(nil)
	s.phase, s.version, s.signIn, s.quiz = msnp.Greeting, 0, nil, nil
	s.ring(alarmGreeting, greetingTime)
	return nil
}

// leave takes the session off its principal.
func (s *session) leave(err error) {
	o := s.online
	s.online = nil
	gone := o.principal.Detach(o.endpoint)
	s.signedOut(o, gone, err)
}

// end signs a client out from this side.
func end(reason msnp.Reason) order {
	return func(s *session) error {
		if s.referred {
			return nil // it is leaving, and hears nothing more
		}
		s.put(msnp.Out{Reason: reason})
		return netio.ErrClose
	}
}
