package gateway

import (
	"context"
	"errors"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/msnp"
)

// errNoSession answers a request for a session that there is not, or not any more.
var errNoSession = errors.New("there is no such session")

// session is one connection of one client.
type session struct {
	// Fixed when it is opened.
	srv    *Server
	id     string
	server msnp.Role
	hint   string         // the host that the client would reach
	remote netip.AddrPort // the client, without a port
	local  netip.AddrPort // by which it came in
	owner  netip.Addr     // what the client is counted by
	born   time.Time

	turn    chan struct{} // holds one while a request is dealt with
	queued  atomic.Int32  // requests that wait for their turn
	nudge   chan struct{} // holds one when a request that waits for the server should look
	expires *time.Timer

	// Owned by who has the turn.
	upstream   *cluster.Stream // nil before the first command to a switchboard is known
	first      []byte          // what there is of it
	in         []byte          // from the server, not looked at yet
	out        []byte          // whole commands for the client, not written yet
	over       bool            // nothing comes from the server any more
	until      time.Time       // when the client is taken for lost
	removed    bool            // nobody finds it any more
	expired    bool            // the client has not been heard of for too long
	greeting   greeting
	unanswered unanswered
}

// visit is what a request brings to a session.
type visit struct {
	body []byte
	wait time.Duration // for something to come, if nothing has
	host string        // where the client finds the gateway
}

// answer is what a request is answered with.
type answer struct {
	body   []byte
	closed bool // the session ends with it
	// finish says whether it was written. The answer must not be used after that.
	finish func(delivered bool)
}

// exchange deals with one request. A request that waits for something to come is
// released by the next.
func (s *session) exchange(ctx context.Context, v visit) (answer, error) {
	if err := s.enter(ctx); err != nil {
		return answer{}, err
	}
	if s.removed {
		<-s.turn
		return answer{}, errNoSession
	}
	s.expires.Stop()
	if s.upstream == nil && time.Since(s.born) > s.srv.times.greeting {
		s.hangUp("sign_in_timeout")
	}
	if len(v.body) > 0 {
		s.gather(ctx, v.host) // the server may have sent the client away
		s.send(ctx, v.body)
		v.wait = max(v.wait, s.srv.times.linger)
	}
	s.await(ctx, v)
	return answer{body: s.out, closed: s.ended(), finish: s.finish}, nil
}

// enter waits for the turn. The context ends if the client has gone.
func (s *session) enter(ctx context.Context) error {
	s.queued.Add(1)
	defer s.queued.Add(-1)
	s.poke()
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// poke has the request look that waits for the server.
func (s *session) poke() {
	select {
	case s.nudge <- struct{}{}:
	default:
	}
}

// await waits until there is something to answer with, or no reason to wait for
// it any more.
func (s *session) await(ctx context.Context, v visit) {
	s.gather(ctx, v.host)
	if len(s.out) > 0 || s.ended() || s.leaving() || v.wait == 0 {
		return
	}
	timer := time.NewTimer(v.wait)
	defer timer.Stop()
	for len(s.out) == 0 && !s.ended() && s.queued.Load() == 0 && !s.leaving() {
		var ready <-chan struct{} // none comes before there is a server
		if s.upstream != nil {
			ready = s.upstream.Ready()
		}
		select {
		case <-ready:
			s.gather(ctx, v.host)
		case <-s.nudge:
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// leaving reports whether the session is to end because the gateway does. What
// the server still has to say goes first.
func (s *session) leaving() bool {
	if !s.srv.closing.Load() {
		return false
	}
	if len(s.out) == 0 && !s.over {
		s.hangUp("shutdown")
	}
	return true
}

// ended reports whether the client has all that there will ever be, once it has
// what waits for it now.
func (s *session) ended() bool { return s.over && len(s.in) == 0 }

// finish ends the turn. What was not delivered is kept for the next request.
func (s *session) finish(delivered bool) {
	if delivered {
		s.out = nil
		if s.ended() {
			s.remove()
		}
	}
	if !s.removed {
		s.expireIn(s.srv.times.expiry)
	}
	<-s.turn
}

// hangUp ends the connection to the server. Whoever is there sees a lost one.
func (s *session) hangUp(why string) {
	if s.upstream != nil {
		_ = s.upstream.Close() // it may have ended
	}
	if !s.over {
		s.srv.ended(s, why)
	}
	s.over, s.in, s.first, s.unanswered = true, nil, nil, nil
	s.greeting.forget()
}

// remove makes the session one that there is not.
func (s *session) remove() {
	s.hangUp("done")
	s.removed, s.out = true, nil
	s.expires.Stop()
	s.srv.sessions.remove(s)
}

// leave ends the session, unless whoever has the turn keeps it until ctx ends: for
// a client that does not read, or a server that does not listen.
func (s *session) leave(ctx context.Context) {
	select {
	case s.turn <- struct{}{}:
		s.remove()
		<-s.turn
	case <-ctx.Done():
	}
}

// expireIn sets when expire is called.
func (s *session) expireIn(d time.Duration) {
	s.until = time.Now().Add(d)
	s.expires.Reset(d)
}

// expire is called when the client has not been heard of for long. To the server
// it is lost then. It is told so, should it come after all.
func (s *session) expire() {
	select {
	case s.turn <- struct{}{}:
	default:
		return // it has just come, and sets the time anew
	}
	defer func() { <-s.turn }()
	switch {
	case s.removed, time.Now().Before(s.until): // it has just come
	case s.expired:
		s.remove()
	default:
		s.expired = true
		s.hangUp("expired")
		s.out = nil
		s.expireIn(s.srv.times.tombstone)
	}
}
