package gateway

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/referral"
	"github.com/papilio-im/papilio/msnp"
)

const (
	// window is how much of what a server says may wait for the client: what a
	// fast file transfer brings between two polls. What is more waits in the
	// server's own queue, which has a bound.
	window = 512 << 10
	// maxFirst bounds what comes before the first command to a switchboard is whole.
	maxFirst = msnp.MaxSwitchboardLine + 64
)

var (
	errNoServer = errors.New("there is no such server in the cluster")
	errNobody   = errors.New("no server takes the client")
)

// dial opens a stream to a server for a session.
func (srv *Server) dial(ctx context.Context, s *session, node string, role cluster.Role) (*cluster.Stream, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), srv.times.dial)
	defer cancel()
	return srv.opts.Node.Dial(ctx, node, role, cluster.StreamOptions{Remote: s.remote, Local: s.local, Window: window})
}

// dialAny opens a stream to some notification server: of this node if it may be,
// since then nothing goes over the network.
func (srv *Server) dialAny(ctx context.Context, s *session) (*cluster.Stream, error) {
	errs := []error{errNobody}
	for _, m := range choice(srv.opts.Node.Members()) {
		stream, err := srv.dial(ctx, s, m.Node, cluster.RoleNotification)
		if err == nil {
			return stream, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// maxTries is how many servers are tried for one client.
const maxTries = 3

// choice gives the notification servers to try, in this order.
func choice(members []cluster.Member) []cluster.Member {
	members = slices.DeleteFunc(members, func(m cluster.Member) bool { return !m.Has(cluster.RoleNotification) })
	//nolint:gosec // nobody gains from guessing it
	rand.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	rank := func(m cluster.Member) int {
		switch {
		case m.State != cluster.StateActive:
			return 2
		case !m.Self:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(members, func(a, b cluster.Member) int { return rank(a) - rank(b) })
	return members[:min(len(members), maxTries)]
}

// dialAdvertised opens a stream to the notification server that advertises an
// address. What is not the address of a member is not dialled.
func (srv *Server) dialAdvertised(ctx context.Context, s *session, address string) (*cluster.Stream, error) {
	for _, m := range srv.opts.Node.Members() {
		if m.Has(cluster.RoleNotification) && m.Addresses[cluster.RoleNotification] == address {
			return srv.dial(ctx, s, m.Node, cluster.RoleNotification)
		}
	}
	return nil, errNoServer
}

// send brings the client's commands to the server.
func (s *session) send(ctx context.Context, body []byte) {
	switch {
	case s.over:
		return
	case s.upstream == nil:
		s.enterBoard(ctx, body)
		return
	case s.greeting.move.underWay:
		s.later(body)
		return
	case s.server == msnp.Notification:
		s.greeting.say(body)
		s.unanswered.say(body)
	}
	s.write(body)
}

// write brings octets to the server. One that takes nothing for long is given up;
// what one has said that takes nothing any more is still to be read.
func (s *session) write(p []byte) {
	_ = s.upstream.SetWriteDeadline(time.Now().Add(s.srv.times.write)) // fails only if it is closed
	if _, err := s.upstream.Write(p); errors.Is(err, os.ErrDeadlineExceeded) {
		s.hangUp("stuck")
	}
}

// enterBoard finds the switchboard of a client, which its first command tells.
func (s *session) enterBoard(ctx context.Context, body []byte) {
	s.first = append(s.first, body...)
	line := lines.Get().(*msnp.Line)
	defer lines.Put(line)
	_, err := line.Parse(s.first, msnp.TableOf(msnp.Switchboard, msnp.FromClient), msnp.MaxSwitchboardLine)
	if errors.Is(err, msnp.ErrShort) && len(s.first) <= maxFirst {
		return
	}
	if err != nil {
		s.hangUp("malformed")
		return
	}
	node := s.srv.boardOf(line, s.hint)
	if node == "" {
		s.refused(line)
		return
	}
	if s.upstream, err = s.srv.dial(ctx, s, node, cluster.RoleSwitchboard); err != nil {
		s.srv.opts.Log.WarnContext(ctx, "a switchboard does not take a client", slog.String("node", node), slog.Any("error", err))
		s.refused(line)
		return
	}
	first := s.first
	s.first = nil
	s.write(first)
}

// refused answers as a switchboard does that does not know the client's cookie.
func (s *session) refused(l *msnp.Line) {
	if trid, ok := l.TrID(); ok {
		s.out = msnp.Error{Code: msnp.CodeAuthFailed, TrID: trid}.Append(s.out, 0)
	}
	s.hangUp("refused")
}

// boardOf finds the switchboard that a client's first command is for: the one
// that its cookie was made for. Who has no cookie goes to the one whose address
// it names, or to the only one there is.
func (srv *Server) boardOf(l *msnp.Line, hint string) string {
	boards := srv.opts.Node.Switchboards()
	if who, claim, ok := claimOf(l); ok && who.Method == "" {
		for _, b := range boards {
			claim.Node = b.Node
			if _, err := srv.opts.Keys.Check(who.Secret, claim); !errors.Is(err, referral.ErrCookie) {
				return b.Node // it will say what is wrong, if something is
			}
		}
	}
	for _, b := range boards {
		if host, _, err := net.SplitHostPort(b.Addresses[cluster.RoleSwitchboard]); err == nil && host == hint {
			return b.Node
		}
	}
	if len(boards) == 1 {
		return boards[0].Node
	}
	return ""
}

// claimOf is what the first command to a switchboard says.
func claimOf(l *msnp.Line) (msnp.Identity, referral.Claim, bool) {
	switch l.Name() {
	case "USR":
		m, err := msnp.ParseEnter(l, 0)
		return m.Identity, referral.Claim{Purpose: referral.ForTransfer, Handle: m.Handle, Endpoint: m.Endpoint}, err == nil
	case "ANS":
		m, err := msnp.ParseAnswer(l, 0)
		return m.Identity, referral.Claim{Purpose: referral.ForRing, Handle: m.Handle, Endpoint: m.Endpoint, Session: m.Session}, err == nil
	}
	return msnp.Identity{}, referral.Claim{}, false
}
