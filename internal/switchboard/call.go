package switchboard

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/msnp"
)

// cal invites somebody. What is wrong is told in the order of the original
// servers: no handle, too many calls, there already, not to be had.
func (m *member) cal(l *msnp.Line) error {
	call, err := msnp.ParseCall(l, m.version)
	if err != nil {
		return err
	}
	who := m.key()
	if m.srv.calls.Spent(who) || m.srv.failures.Spent(who) {
		m.srv.metrics.Limited("calls")
		return front.Refuse(msnp.CodeTooActive)
	}
	before, err := m.session.call(call.Handle)
	if err != nil {
		return err
	}
	expires, err := m.invite(call.Handle)
	if err != nil {
		m.session.uncall(call.Handle, before)
		m.srv.failures.Allow(who)
		return err
	}
	m.srv.calls.Allow(who)
	m.session.rung(m, call, expires)
	return nil
}

// key is what the member's calls are counted by. Its address would not do: clients that
// come by the gateway can have the same one.
func (m *member) key() string { return strconv.FormatUint(uint64(m.session.id), 10) + " " + m.handle }

// invite has the callee rung by its notification server, and gives the expiry
// of the pass that it was rung with. A callee that cannot be reached is to the
// caller as one that is not there.
func (m *member) invite(callee string) (time.Time, error) {
	node := m.srv.opts.Node
	invitation := cluster.Invitation{
		Session:         m.session.id,
		Switchboard:     node.Address(cluster.RoleSwitchboard),
		SwitchboardNode: node.ID(),
		Caller:          m.handle,
		CallerName:      m.called(),
		Callee:          callee,
	}
	ctx, cancel := m.srv.request()
	defer cancel()
	var answer cluster.InvitationAnswer
	err := m.srv.atOwner(ctx, callee, func(ctx context.Context, owner string) (err error) {
		answer, err = node.Invite(ctx, owner, invitation)
		return err
	})
	switch {
	case err != nil:
		m.unreachable(err.Error())
		return time.Time{}, front.Refuse(msnp.CodeNotOnline)
	case answer.Code == msnp.CodeNotOnList:
		// It would tell the caller that it is not wanted.
		return time.Time{}, front.Refuse(msnp.CodeNotOnline)
	case answer.Code != 0:
		return time.Time{}, front.Refuse(answer.Code)
	}
	return answer.Expires, nil
}

func (m *member) unreachable(why string) {
	m.srv.opts.Log.LogAttrs(context.Background(), slog.LevelWarn, "cannot invite",
		slog.Uint64("conversation", uint64(m.session.id)), slog.String("reason", why))
}
