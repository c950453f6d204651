package referral

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"

	"github.com/papilio-im/papilio/internal/cluster"
)

// Directory is what a Referrer asks; a cluster.Node is one.
type Directory interface {
	ID() string
	Owner(handle string) (cluster.Owner, bool)
	AwaitOwner(ctx context.Context, handle string) (cluster.Owner, bool)
	Members() []cluster.Member
	Switchboards() []cluster.Member
}

// Options is what a Referrer is made of. The ports are those of this machine, for
// clients that are to use the address that they came in by; 0 if the server runs
// elsewhere.
type Options struct {
	Cluster          Directory // required
	NotificationPort uint16
	SwitchboardPort  uint16
}

// Referrer answers where a client is to go. The address local that its methods
// take is the one by which the client reached this machine.
type Referrer struct{ o Options }

// New makes a Referrer.
func New(o Options) (*Referrer, error) {
	if o.Cluster == nil {
		return nil, errors.New("referral: the cluster is required")
	}
	return &Referrer{o}, nil
}

// Target is a server that a client can be sent to.
type Target struct {
	HostPort string // as it stands in XFR and RNG
	Node     string
	Self     bool // it is a server of this node
}

// NotificationServer gives the notification server of an account. If that is
// the endpoint that the client is on, the error is a [SameEndpointError] and
// the target is given all the same, for answers that are not referrals. Other
// errors are ErrNoOwner and ErrNoAddress.
func (r *Referrer) NotificationServer(handle string, local netip.AddrPort) (Target, error) {
	owner, ok := r.o.Cluster.Owner(handle)
	if !ok {
		return Target{}, ErrNoOwner
	}
	return r.Home(owner, local)
}

// AwaitNotificationServer is NotificationServer for who can wait: while no node
// serves the account because the one that did has died, it waits until another
// has taken its place, or the context ends.
func (r *Referrer) AwaitNotificationServer(ctx context.Context, handle string, local netip.AddrPort) (Target, error) {
	owner, ok := r.o.Cluster.AwaitOwner(ctx, handle)
	if !ok {
		return Target{}, ErrNoOwner
	}
	return r.Home(owner, local)
}

// AnyNotificationServer gives a notification server to a client that has not
// said who it is: any will do, since each refers it when it has. One that the
// client is on already is taken if it may be; otherwise it is as with
// NotificationServer.
func (r *Referrer) AnyNotificationServer(local netip.AddrPort) (Target, error) {
	open := slices.DeleteFunc(r.o.Cluster.Members(), func(m cluster.Member) bool {
		return !m.Has(cluster.RoleNotification) || m.State != cluster.StateActive ||
			!m.Self && m.Addresses[cluster.RoleNotification] == ""
	})
	if len(open) == 0 {
		return r.NotificationServer("", local) // nobody is better off there, or worse
	}
	chosen := open[rand.IntN(len(open))] //nolint:gosec // nobody gains from guessing it
	for _, m := range open {
		if m.Self && local.Port() == r.o.NotificationPort {
			chosen = m
		}
	}
	return r.Home(cluster.Owner{Node: chosen.Node, Self: chosen.Self, Address: chosen.Addresses[cluster.RoleNotification]}, local)
}

// Home gives the notification server of a node that owns an account, as
// NotificationServer does.
func (r *Referrer) Home(owner cluster.Owner, local netip.AddrPort) (Target, error) {
	t, err := target(owner.Node, owner.Address, owner.Self, local, r.o.NotificationPort)
	if err != nil {
		return Target{}, err
	}
	here := owner.Self && local.Port() == r.o.NotificationPort
	if here || SameEndpoint(t.HostPort, local) {
		return t, &SameEndpointError{HostPort: t.HostPort}
	}
	return t, nil
}

// Switchboard chooses a switchboard for a new session: of two taken at random
// the one with less to do, which spreads sessions evenly although the loads
// that are known are some seconds old. The error is ErrNoSwitchboard or
// ErrNoAddress.
func (r *Referrer) Switchboard(local netip.AddrPort) (Target, error) {
	open := r.o.Cluster.Switchboards()
	n := 0
	for _, m := range open {
		if !m.Draining() && (m.Self || m.Addresses[cluster.RoleSwitchboard] != "") {
			open[n] = m
			n++
		}
	}
	if n == 0 {
		return Target{}, ErrNoSwitchboard
	}
	m := lighter(open[:n])
	return target(m.Node, m.Addresses[cluster.RoleSwitchboard], m.Self, local, r.o.SwitchboardPort)
}

// lighter is the choice between two.
func lighter(members []cluster.Member) cluster.Member {
	if len(members) == 1 {
		return members[0]
	}
	i := rand.IntN(len(members))     //nolint:gosec // nobody gains from guessing it
	j := rand.IntN(len(members) - 1) //nolint:gosec // as above
	if j >= i {
		j++
	}
	if members[j].Load < members[i].Load {
		return members[j]
	}
	return members[i]
}

// SwitchboardOf gives the switchboard that an invitation calls to, for a client
// that came in by local. The error is ErrNoAddress.
func (r *Referrer) SwitchboardOf(i cluster.Invitation, local netip.AddrPort) (Target, error) {
	self := i.SwitchboardNode == r.o.Cluster.ID()
	return target(i.SwitchboardNode, i.Switchboard, self, local, r.o.SwitchboardPort)
}

// target is a server at the address that it advertises or, where it advertises
// none and is on this machine, at the one that the client came in by.
func target(node, advertised string, self bool, local netip.AddrPort, port uint16) (Target, error) {
	if advertised != "" {
		return Target{HostPort: advertised, Node: node, Self: self}, nil
	}
	if !self || port == 0 || !local.IsValid() || local.Addr().IsUnspecified() {
		return Target{}, ErrNoAddress
	}
	// A zone names an interface of this machine and means nothing elsewhere.
	addr := local.Addr().Unmap().WithZone("")
	return Target{HostPort: netip.AddrPortFrom(addr, port).String(), Node: node, Self: true}, nil
}

// SameEndpoint reports whether host:port is, as far as can be seen without
// asking DNS, the address that the client came in by.
func SameEndpoint(hostPort string, local netip.AddrPort) bool {
	there, err := netip.ParseAddrPort(hostPort)
	if err != nil {
		return false
	}
	return there.Port() == local.Port() &&
		there.Addr().Unmap().WithZone("") == local.Addr().Unmap().WithZone("")
}
