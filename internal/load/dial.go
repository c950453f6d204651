package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// maxSources bounds the addresses that connections come from.
const maxSources = 250

// dialer makes connections from one address, to those that may be loaded.
type dialer struct {
	net.Dialer
	anywhere bool
}

// newDialer makes the dialer of the nth client.
func newDialer(p *Plan, n int) *dialer {
	d := &dialer{anywhere: p.Anywhere}
	if p.Sources > 0 {
		source := netip.AddrFrom4([4]byte{127, 0, 0, byte(1 + n%p.Sources)})
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(source, 0))
		d.Control = pickPortLate
	}
	if !p.Anywhere {
		d.ControlContext = d.refuseStrangers
	}
	return d
}

// refuseStrangers is asked when an address is known and nothing was sent to it.
func (d *dialer) refuseStrangers(_ context.Context, network, address string, c syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !near(to.Addr()) {
		return errStranger
	}
	if d.Control != nil {
		return d.Control(network, address, c)
	}
	return nil
}

// near reports whether an address is of this machine or of a private network.
func near(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast()
}

// ErrStranger says that load was to be sent to somebody who may not have asked
// for it.
var ErrStranger = errors.New("that is neither this machine nor a private network")

// CheckTarget refuses a server that is neither on this machine nor in a private
// network: whoever has that many strangers' clients at the door has an attack. A
// name counts as what it resolves to.
func CheckTarget(ctx context.Context, server string) error {
	host, _, err := net.SplitHostPort(server)
	if err != nil {
		return fmt.Errorf("%q is not HOST:PORT", server)
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return err
	}
	for _, a := range addrs {
		if !near(a) {
			return fmt.Errorf("%s is %s: %w", host, a.Unmap(), ErrStranger)
		}
	}
	return nil
}
