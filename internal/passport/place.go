package passport

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/papilio-im/papilio/internal/web"
)

const httpsPort = 443

// place is the host, and the port if it is not the usual one, that the client is
// to sign in at. Unless the operator says otherwise it is where it has come to,
// since it has found the way there: by whichever of the host names that it knows,
// or by an address. Only who has come to the port for plain HTTP is sent to the
// other one, because clients put https:// before what they are told.
func (s *Server) place(r *http.Request) string {
	if s.opts.LoginHost != "" {
		return s.opts.LoginHost
	}
	host, port := splitHost(r.Host)
	if host == "" { // one client names no host
		local := web.Local(r)
		host, port = local.Addr().String(), int(local.Port())
	}
	if port == 0 && web.Secure(r) {
		port = httpsPort
	}
	if !web.Secure(r) && port == int(s.opts.Plain) && s.opts.Secure != 0 {
		port = int(s.opts.Secure)
	}
	return joinHost(host, port)
}

// splitHost takes a host and its port apart. The port is 0 if there is none. A
// host that is not made of what hosts are made of is none: what the client sends
// is sent back to it, in a list with commas.
func splitHost(s string) (host string, port int) {
	host = s
	if h, p, err := net.SplitHostPort(s); err == nil {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return "", 0
		}
		host, port = h, int(n)
	}
	host = strings.Trim(host, "[]")
	if addr, err := netip.ParseAddr(host); err == nil && addr.Zone() == "" {
		return host, port
	}
	for _, c := range []byte(host) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-', c == '_':
		default:
			return "", 0
		}
	}
	return host, port
}

func joinHost(host string, port int) string {
	if port == 0 || port == httpsPort {
		if strings.Contains(host, ":") {
			return "[" + host + "]"
		}
		return host
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}
