package gateway

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"

	"github.com/papilio-im/papilio/msnp"
)

const (
	// maxAnswer is how much an answer may have for one more command to be put
	// into it.
	maxAnswer = 32 << 10
	// readSize is how much is taken from a stream at once.
	readSize = 16 << 10
)

// lines are parsed lines, which are large.
var lines = sync.Pool{New: func() any { return new(msnp.Line) }}

// gather takes what the server has said, in whole commands, as long as there is
// room in the answer. It does not wait.
func (s *session) gather(ctx context.Context, host string) {
	line := lines.Get().(*msnp.Line)
	defer lines.Put(line)
	for len(s.out) < maxAnswer {
		n, err := line.Parse(s.in, msnp.TableOf(s.server, msnp.FromServer), msnp.MaxLine)
		switch {
		case err == nil:
			raw := s.in[:n:n]
			s.in = s.in[n:]
			s.pass(ctx, line, raw, host)
		case errors.Is(err, msnp.ErrShort):
			if !s.read() {
				return
			}
		default: // a server of ours has said what no server says
			s.srv.opts.Log.ErrorContext(ctx, "cannot follow a server", slog.Any("error", err))
			s.hangUp("unreadable")
			return
		}
	}
}

// read takes more from the server. It reports false if there is no more for now.
func (s *session) read() bool {
	if s.over || s.upstream == nil {
		return false
	}
	if len(s.in) == 0 {
		s.in = nil // its front has been eaten away
	}
	held, most := len(s.in), min(s.upstream.Buffered(), readSize)
	s.in = slices.Grow(s.in, most)
	n, err := s.upstream.TryRead(s.in[held : held+most])
	s.in = s.in[:held+n]
	switch {
	case err == nil:
	case s.greeting.move.underWay:
		s.giveUp()
	default:
		s.hangUp("done")
	}
	return n > 0
}

// pass hands a command of the server on to the client, or does with it what is to
// be done instead.
func (s *session) pass(ctx context.Context, l *msnp.Line, raw []byte, host string) {
	if s.server == msnp.Notification && !s.greeting.passes(ctx, s, l, raw) {
		return
	}
	if s.srv.opts.Indirect {
		raw = indirect(l, raw, host)
	}
	s.unanswered.hear(l)
	s.out = append(s.out, raw...)
}
