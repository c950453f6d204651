package cluster

import (
	"fmt"
	"net"
	"strconv"
)

// Role is a part of the service that a node can run.
type Role string

// The roles that there are.
const (
	RoleDispatch     Role = "dispatch"
	RoleNotification Role = "notification"
	RoleSwitchboard  Role = "switchboard"
	RoleWeb          Role = "web"
	RoleGateway      Role = "gateway"
)

// Roles lists every role.
func Roles() []Role {
	return []Role{RoleDispatch, RoleNotification, RoleSwitchboard, RoleWeb, RoleGateway}
}

func (r Role) valid() bool {
	switch r {
	case RoleDispatch, RoleNotification, RoleSwitchboard, RoleWeb, RoleGateway:
		return true
	}
	return false
}

// checkAddress refuses what could not stand in a referral: it must be
// host:port, with a port that a client can dial.
func checkAddress(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("port %q is not a number from 1 to 65535", port)
	}
	for _, c := range []byte(host) {
		if c <= ' ' || c >= 0x7f {
			return fmt.Errorf("host %q has characters that no client reads", host)
		}
	}
	if host == "" {
		return fmt.Errorf("%q names no host", address)
	}
	return nil
}
