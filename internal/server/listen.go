package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"github.com/papilio-im/papilio/internal/config"
)

// PortError says that a role cannot listen where it should.
type PortError struct {
	Role    config.Role
	Key     string // of the port; that of the role if empty
	Address string
	Err     error
}

// Error says what to do about it.
func (e *PortError) Error() string {
	key := cmp.Or(e.Key, string(e.Role)+".port")
	env := "PAPILIO_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
	if errors.Is(e.Err, syscall.EADDRINUSE) {
		return fmt.Sprintf("%s is taken by another program: stop that, or choose another port with %s in the configuration or %s in the environment",
			e.Address, key, env)
	}
	if errors.Is(e.Err, syscall.EACCES) {
		return fmt.Sprintf("%s needs a privilege that this process has not: on Linux, sysctl net.ipv4.ip_unprivileged_port_start tells from which port on none is needed; or choose another port with %s in the configuration or %s in the environment",
			e.Address, key, env)
	}
	return fmt.Sprintf("cannot listen on %s for %s (key %s, variable %s): %v", e.Address, e.Role, key, env, e.Err)
}

// Unwrap gives the reason.
func (e *PortError) Unwrap() error { return e.Err }

// bind opens the ports of all roles, or none.
func bind(ctx context.Context, c *config.Config) (map[config.Role]net.Listener, error) {
	bound := make(map[config.Role]net.Listener)
	var lc net.ListenConfig
	for _, role := range config.Roles() {
		if !c.Listens(role) {
			continue
		}
		ln, err := lc.Listen(ctx, "tcp", c.Listen(role))
		if err != nil {
			closeAll(bound)
			return nil, &PortError{Role: role, Address: c.Listen(role), Err: err}
		}
		bound[role] = ln
	}
	return bound, nil
}

func closeAll(listeners map[config.Role]net.Listener) {
	for _, ln := range listeners {
		_ = ln.Close() // nothing was accepted yet
	}
}

// port is the port that a listener has, 0 for none.
func port(ln net.Listener) uint16 {
	if ln == nil {
		return 0
	}
	if a, ok := ln.Addr().(*net.TCPAddr); ok {
		return uint16(a.Port)
	}
	return 0
}
