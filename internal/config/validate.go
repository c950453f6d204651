package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// Validate checks a configuration that was not made by [Load], which checks by
// itself. It reports everything that is wrong at once.
func (c *Config) Validate() error {
	var wrong []error
	for _, k := range keys() {
		v := k.of(c)
		if err := v.check(); err != nil {
			wrong = append(wrong, fmt.Errorf("%s is %s: %w", k.name, v.toml(), err))
		}
	}
	if len(wrong) == 0 {
		wrong = c.conflicts()
	}
	return errors.Join(wrong...)
}

// conflicts finds keys that are each right but do not go together.
func (c *Config) conflicts() []error {
	var wrong []error
	for _, rule := range []func(*Config) error{
		samePort, wayBack, sameAdvertise, ctpAllowed, wholeService, certificateThere,
	} {
		if err := rule(c); err != nil {
			wrong = append(wrong, err)
		}
	}
	return wrong
}

func portName(r Role) string { return string(r) + ".port" }

// samePort refuses two roles of this process on one port.
func samePort(c *Config) error {
	taken := make(map[int]string)
	for _, p := range c.ports() {
		if p.port == 0 {
			continue
		}
		if other, ok := taken[p.port]; ok {
			return fmt.Errorf("%s and %s are both %d: each role needs a port of its own", other, p.key, p.port)
		}
		taken[p.port] = p.key
	}
	return nil
}

type portOf struct {
	key  string
	port int
}

// ports are the ports that this process listens on.
func (c *Config) ports() []portOf {
	var all []portOf
	for _, r := range Roles() {
		if c.Listens(r) {
			all = append(all, portOf{portName(r), c.Port(r)})
		}
	}
	if c.Has(RoleWeb) && c.Web.TLS != TLSOff {
		all = append(all, portOf{"web.tls_port", c.Web.TLSPort}, portOf{"web.old_tls_port", c.Web.OldTLSPort})
	}
	return all
}

// advertised are the roles that clients are sent to, with the keys that say
// where.
func (c *Config) advertised() []advert {
	return []advert{
		{RoleNotification, "notification.advertise", c.Notification.Advertise},
		{RoleSwitchboard, "switchboard.advertise", c.Switchboard.Advertise},
	}
}

type advert struct {
	role         Role
	key, address string
}

// wayBack refuses to send clients to a server of this process that is not the
// one they want. A client that is referred to the dispatch server again is
// referred in a circle for ever.
//
// Which address of the outside leads here is not known, so the port decides:
// when the role itself runs here, its address can hardly have the port that
// another role here listens on. When it runs elsewhere, that is only wrong if
// the host is this machine for certain.
func wayBack(c *Config) error {
	for _, a := range c.advertised() {
		host, port, _ := net.SplitHostPort(a.address)
		for _, other := range Roles() {
			if other == a.role || !c.Listens(other) || strconv.Itoa(c.Port(other)) != port {
				continue
			}
			if c.Has(a.role) || c.isHere(host) {
				return fmt.Errorf("%s is %q, but port %s is where the %s server of this process listens: clients would never find the %s server; did you mean port %d?",
					a.key, a.address, port, other, a.role, c.Port(a.role))
			}
		}
	}
	return nil
}

// isHere reports whether host is certain to be an address that this process
// listens on.
func (c *Config) isHere(host string) bool {
	if strings.EqualFold(host, c.Host) {
		return true
	}
	listen, err := netip.ParseAddr(c.Host)
	everywhere := c.Host == "" || err == nil && listen.IsUnspecified()
	addr, err := netip.ParseAddr(host)
	loopback := strings.EqualFold(host, "localhost") || err == nil && addr.IsLoopback()
	return everywhere && loopback
}

// sameAdvertise refuses one address for both kinds of server.
func sameAdvertise(c *Config) error {
	a := c.advertised()
	if a[0].address == "" || !strings.EqualFold(a[0].address, a[1].address) {
		return nil
	}
	return fmt.Errorf("%s and %s are both %q: they are different servers", a[0].key, a[1].key, a[0].address)
}

func ctpAllowed(c *Config) error {
	if c.Switchboard.Auth == AuthCTP && !c.Accounts.AllowCTP {
		return errors.New(`switchboard.auth is "ctp", which sends passwords in the clear: it also needs accounts.allow_ctp = true`)
	}
	return nil
}

// wholeService refuses a choice of roles that could serve nobody. With an
// external bus the missing ones are elsewhere; without one, this process is
// all there is.
func wholeService(c *Config) error {
	if c.Cluster.NATSURL != "" {
		return nil
	}
	const hint = "; add the missing role, or name the bus of the cluster in cluster.nats_url"
	switch {
	case c.Has(RoleNotification) && !c.Has(RoleSwitchboard):
		return errors.New("roles has a notification server but no switchboard: nobody could open a conversation" + hint)
	case c.Has(RoleSwitchboard) && !c.Has(RoleNotification):
		return errors.New("roles has a switchboard but no notification server: nobody could come to it" + hint)
	case c.Has(RoleDispatch) && !c.Has(RoleNotification) && c.Notification.Advertise == "":
		return errors.New("roles has a dispatch server but no notification server: set notification.advertise to the one that clients belong to" + hint)
	case c.Has(RoleGateway) && !c.Has(RoleNotification):
		return errors.New("roles has a gateway but no notification server: it would lead nowhere" + hint)
	case len(c.Roles) == 1 && c.Has(RoleWeb):
		return errors.New("roles has nothing but web: there is no service to watch" + hint)
	}
	return nil
}
