package gateway

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// move is a client's way from one notification server to another, after it has
// signed in. The gateway signs in again for it, with what it has said itself, and
// keeps the answers to that from it. It sets no status: the new server has that,
// and shows the client its contacts when it hears of none.
type move struct {
	underWay bool
	welcomed bool   // the new server has let the client in
	referral []byte // for the client, should it have to go by itself
	waiting  []byte // what the client has said meanwhile
}

// maxWaiting bounds what a client says while it is moved.
const maxWaiting = 2 * maxBody

// follow goes on at the notification server that advertises an address. It
// reports false if there is none in the cluster; then the client is told.
func (s *session) follow(ctx context.Context, address string) bool {
	next, err := s.srv.dialAdvertised(ctx, s, address)
	if err == nil {
		_ = next.SetWriteDeadline(time.Now().Add(s.srv.times.write)) // it is open
		if _, err = next.Write(s.greeting.said); err != nil {
			err = errors.Join(err, next.Close())
		}
	}
	if err != nil {
		s.srv.opts.Log.WarnContext(ctx, "cannot follow a referral", slog.String("to", address), slog.Any("error", err))
		return false
	}
	_ = s.upstream.Close() // it waits for that
	s.upstream, s.in = next, nil
	s.greeting.follows++
	s.srv.opts.Metrics.Followed.Inc()
	return true
}

// begin moves a client that is referred without having asked. What it has had no
// answer to is said again: the old server listened to nothing any more.
func (s *session) begin(ctx context.Context, l *msnp.Line, raw []byte) bool {
	referral := bytes.Clone(raw)
	if !s.follow(ctx, address(l)) {
		return false
	}
	s.greeting.move = move{underWay: true, referral: referral, waiting: s.unanswered}
	s.unanswered = nil
	return true
}

// moving hears what the new server says, up to the end of its welcome. If it lets
// the client not in, the client goes by itself.
func (s *session) moving(ctx context.Context, l *msnp.Line) {
	m := &s.greeting.move
	switch {
	case refers(l) && s.greeting.repeatable() && s.follow(ctx, address(l)):
		m.welcomed = false
	case refers(l), l.Code != 0:
		s.srv.opts.Log.WarnContext(ctx, "a client that is moved is not let in", slog.String("says", l.Name()))
		s.giveUp()
	case l.Name() == "USR" && string(l.Arg(1)) == "OK":
		m.welcomed = true
	case l.Name() == "MSG" && m.welcomed:
		waiting := m.waiting
		*m, s.greeting.follows = move{}, 0
		if len(waiting) > 0 {
			s.unanswered.say(waiting)
			s.write(waiting)
		}
	}
}

// giveUp lets the client see the referral, and the end.
func (s *session) giveUp() {
	s.out = append(s.out, s.greeting.move.referral...)
	s.hangUp("not_moved")
}

// later keeps what the client says until it has been moved.
func (s *session) later(body []byte) {
	m := &s.greeting.move
	if len(m.waiting)+len(body) > maxWaiting {
		s.giveUp()
		return
	}
	m.waiting = append(m.waiting, body...)
}
