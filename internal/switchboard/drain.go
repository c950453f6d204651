package switchboard

import (
	"context"
	"log/slog"
	"time"
)

// A switchboard that is draining is given no new conversation, which is for the
// notification servers to see to, but keeps what was promised: who has a cookie
// for it is let in. Conversations go on until they end. Those in which nobody
// speaks any more are ended the quiet way, so that the next message opens one
// elsewhere.

// Drain waits until no conversation is left. When that takes longer than a time,
// all of them are ended the quiet way; zero lets them take for ever. It reports
// whether none is left. If ctx ends before that, the switchboard goes on as if
// nothing had been.
func (srv *Server) Drain(ctx context.Context, within time.Duration) bool {
	var late <-chan time.Time
	if within > 0 {
		deadline := time.NewTimer(within)
		defer deadline.Stop()
		late = deadline.C
	}
	look := time.NewTicker(srv.times.look)
	defer look.Stop()
	promised := srv.now() + srv.times.promised
	overdue := false
	for {
		if overdue && srv.board.sessionCount() == 0 || srv.now() >= promised && srv.board.empty() {
			return true
		}
		for _, s := range srv.board.all() {
			s.endIf(endDrain, func() bool { return overdue || s.resting() })
		}
		select {
		case <-look.C:
		case <-late:
			// From now on those are ended, too, who come with a cookie that is still
			// good, and who only holds a connection open is not waited for.
			overdue = true
			srv.opts.Log.LogAttrs(ctx, slog.LevelInfo, "ending the conversations that are left",
				slog.Int("conversations", srv.board.sessionCount()))
		case <-ctx.Done():
			return false
		}
	}
}

// resting reports whether nobody would notice the quiet end: there are no more
// than two, nobody has spoken for a while, and nobody is on the way. A group is
// left together, since it does not come together again by itself. The lock is
// held.
func (s *session) resting() bool {
	return len(s.present()) <= 2 && s.silence() >= s.srv.times.quiet && !s.awaited()
}
