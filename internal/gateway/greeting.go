package gateway

import (
	"context"
	"errors"
	"log/slog"

	"github.com/papilio-im/papilio/msnp"
)

const (
	// maxGreeting bounds what is kept of a sign-in, most of which is a ticket.
	maxGreeting = 16 << 10
	// maxFollows bounds how often a sign-in is referred on.
	maxFollows = 4
)

// greeting is a sign-in at a notification server, until it is through. A client
// may begin it at any of them, and is referred to the one that its account
// belongs to: since that is for the gateway to reach, the gateway goes there, and
// says again what the client has said.
type greeting struct {
	said    []byte // by the client
	heard   int    // commands that the client was answered with
	unheard int    // that the next server answers with, and the client has had
	salted  bool   // the client has a question that no other server has asked
	follows int
	through bool
}

// say takes note of what the client says.
func (g *greeting) say(body []byte) {
	switch {
	case g.through:
	case len(g.said)+len(body) > maxGreeting:
		g.forget()
	default:
		g.said = append(g.said, body...)
	}
}

// forget ends the greeting.
func (g *greeting) forget() { *g = greeting{through: true} }

// passes reports whether a command of the server is for the client.
func (g *greeting) passes(ctx context.Context, s *session, l *msnp.Line) bool {
	if g.unheard > 0 {
		g.unheard--
		return false
	}
	if g.through {
		return true
	}
	if refers(l) && !g.salted && g.follows < maxFollows && s.follow(ctx, string(l.Args[2])) {
		return false
	}
	g.heard++
	if l.Name() == "USR" {
		g.salted = g.salted || string(l.Arg(1)) == string(msnp.MethodMD5)
		if string(l.Arg(1)) == "OK" {
			g.forget()
		}
	}
	return true
}

// refers reports whether a command refers the client to another notification
// server.
func refers(l *msnp.Line) bool {
	return l.Name() == "XFR" && len(l.Args) >= 3 && string(l.Args[1]) == string(msnp.ToNotification) && string(l.Args[2]) != "0"
}

// follow goes on at the notification server that advertises an address. It
// reports false if there is none in the cluster; then the client is told.
func (s *session) follow(ctx context.Context, address string) bool {
	next, err := s.srv.dialAdvertised(ctx, s, address)
	if err == nil {
		_, err = next.Write(s.greeting.said)
		if err != nil {
			err = errors.Join(err, next.Close())
		}
	}
	if err != nil {
		s.srv.opts.Log.WarnContext(ctx, "cannot follow a referral", slog.String("to", address), slog.Any("error", err))
		return false
	}
	_ = s.upstream.Close() // it waits for that
	s.upstream, s.in = next, nil
	s.greeting.unheard = s.greeting.heard
	s.greeting.follows++
	s.srv.opts.Metrics.Followed.Inc()
	return true
}
