package gateway

import (
	"bytes"
	"context"

	"github.com/papilio-im/papilio/msnp"
)

const (
	// maxGreeting bounds what is kept of a sign-in, most of which is a ticket.
	maxGreeting = 16 << 10
	// maxFollows bounds how often one sign-in is referred on.
	maxFollows = 4
)

// greeting is a sign-in at a notification server. A client may begin it at any of
// them, and is referred to the one that its account belongs to: since that is for
// the gateway to reach, the gateway goes there, and says again what the client has
// said. A sign-in by ticket can be said again at any time, so a client that has
// signed in with one does not notice either when it is moved later on.
type greeting struct {
	said    []byte // by the client, up to the proof of who it is. It is in memory alone
	heard   int    // commands that the client was answered with
	unheard int    // that the next server answers with, and the client has had
	salted  bool   // the client has a question that no other server has asked
	follows int
	done    bool // the client has signed in
	move    move
}

// say takes note of what the client says.
func (g *greeting) say(body []byte) {
	switch {
	case g.done:
	case len(g.said)+len(body) > maxGreeting:
		g.forget()
	default:
		g.said = append(g.said, body...)
	}
}

// forget ends the greeting without anything that could be said again.
func (g *greeting) forget() { *g = greeting{done: true} }

// passes reports whether a command of the server is for the client.
func (g *greeting) passes(ctx context.Context, s *session, l *msnp.Line, raw []byte) bool {
	switch {
	case g.move.underWay:
		s.moving(ctx, l)
		return false
	case g.unheard > 0 && !refers(l):
		g.unheard--
		return false
	case refers(l) && !g.done:
		if g.repeatable() && s.follow(ctx, address(l)) {
			g.unheard = g.heard
			return false
		}
	case refers(l) && unasked(l):
		if g.repeatable() && s.begin(ctx, l, raw) {
			return false
		}
	}
	g.answered(l)
	return true
}

// answered takes note of what the client gets.
func (g *greeting) answered(l *msnp.Line) {
	g.heard++
	if g.done || l.Name() != "USR" {
		return
	}
	switch string(l.Arg(1)) {
	case "OK":
		g.done, g.follows = true, 0
		g.said = upToProof(g.said)
		if g.salted {
			g.forget()
		}
	case string(msnp.MethodTWN):
	default:
		g.salted = true
	}
}

// upToProof leaves out what a client has said before it knew that it was let in.
func upToProof(said []byte) []byte {
	begin := bytes.LastIndex(said, []byte("\nUSR ")) + 1
	end := bytes.IndexByte(said[begin:], '\n')
	return bytes.Clone(said[:begin+end+1])
}

// repeatable reports whether another server can be told what this one was.
func (g *greeting) repeatable() bool { return len(g.said) > 0 && !g.salted && g.follows < maxFollows }

// refers reports whether a command refers the client to another notification
// server, whether it has asked for that or not.
func refers(l *msnp.Line) bool {
	return l.Name() == "XFR" && len(l.Args) >= 3 && string(l.Args[1]) == string(msnp.ToNotification) && address(l) != "0"
}

// address is where a referral leads.
func address(l *msnp.Line) string { return string(l.Arg(2)) }

func unasked(l *msnp.Line) bool {
	trid, ok := l.TrID()
	return ok && trid == 0
}
