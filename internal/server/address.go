package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/config"
)

// advertised gives the address of each role that clients are sent to. One that
// is not configured is left out where every client comes in to this machine,
// and can use the address that it came in by. In a cluster clients are sent here
// from other machines, so there it is found out.
func (s *Server) advertised(ctx context.Context) (map[cluster.Role]string, error) {
	c := &s.opts.Config
	given := map[config.Role]string{
		config.RoleNotification: c.Notification.Advertise,
		config.RoleSwitchboard:  c.Switchboard.Advertise,
	}
	all := make(map[cluster.Role]string)
	for role, address := range given {
		if address == "" && c.Cluster.NATSURL != "" && c.Has(role) {
			var err error
			if address, err = s.derive(ctx, role); err != nil {
				return nil, err
			}
		}
		if address != "" {
			all[cluster.Role(role)] = address
		}
	}
	return all, nil
}

// derive finds out what address of this machine the others can reach a role by:
// the one that it listens on, or the one by which it reaches NATS itself.
func (s *Server) derive(ctx context.Context, role config.Role) (string, error) {
	key := string(role) + ".advertise"
	ln := s.listeners[role]
	addr := listenAddr(ln)
	why := "it listens there"
	if addr.IsUnspecified() {
		var err error
		if addr, err = towards(ctx, s.opts.Config.Cluster.NATSURL); err != nil {
			return "", fmt.Errorf("%s is needed: the address by which this machine reaches NATS, which would do for it, cannot be found out: %w", key, err)
		}
		why = "this machine reaches NATS by it"
	}
	if !addr.Is4() {
		return "", fmt.Errorf("%s is needed: clients cannot be sent to %s, which is an IPv6 address", key, addr)
	}
	address := netip.AddrPortFrom(addr, port(ln)).String()
	if addr.IsLoopback() {
		s.opts.Log.WarnContext(ctx, "clients are sent to an address that only this machine can reach: set another",
			slog.String("key", key), slog.String("address", address), slog.String("because", why))
	} else {
		s.opts.Log.InfoContext(ctx, "clients are sent to an address that was found out",
			slog.String("key", key), slog.String("address", address), slog.String("because", why))
	}
	return address, nil
}

// listenAddr is the address that a listener has, without a port.
func listenAddr(ln net.Listener) netip.Addr {
	if a, ok := ln.Addr().(*net.TCPAddr); ok {
		return a.AddrPort().Addr().Unmap()
	}
	return netip.IPv4Unspecified()
}

// natsPorts are where NATS listens if its address does not say.
var natsPorts = map[string]string{"nats": "4222", "tls": "4222", "ws": "80", "wss": "443"}

// towards is the IPv4 address that this machine has towards the first of some
// NATS servers that it knows a way to. Nothing is sent.
func towards(ctx context.Context, servers string) (netip.Addr, error) {
	var errs []error
	for one := range strings.SplitSeq(servers, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil {
			errs = append(errs, errors.New("its address cannot be read")) // there may be a password in it
			continue
		}
		at := u.Port()
		if at == "" {
			at = natsPorts[u.Scheme]
		}
		var d net.Dialer
		conn, err := d.DialContext(ctx, "udp4", net.JoinHostPort(u.Hostname(), at))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		local := conn.LocalAddr()
		_ = conn.Close() // nothing was sent
		if a, ok := local.(*net.UDPAddr); ok {
			return a.AddrPort().Addr().Unmap(), nil
		}
	}
	return netip.Addr{}, errors.Join(errs...)
}
