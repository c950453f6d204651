package web

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

const (
	httpPort  = 80
	httpsPort = 443
)

// Place is where clients find the services over HTTP.
type Place struct {
	// Host is the host, with or without a port, that clients sign in at over TLS;
	// if empty, it is the one that they have come by.
	Host string
	// Plain and Secure are the ports of this machine for HTTP and HTTPS, 0 for
	// none: who came by the one is sent to the other.
	Plain, Secure uint16
}

// SignIn is the host, and the port if it is not the usual one, that a client is to
// sign in at over TLS. Unless the operator says otherwise it is where the client
// has come to, since it has found the way there: by whichever of the host names
// that it knows, or by an address. Only who has come to the port for plain HTTP is
// sent to the other one, because clients put https:// before what they are told.
func (p Place) SignIn(r *http.Request) string {
	if p.Host != "" {
		return p.Host
	}
	host, port := cameTo(r)
	if port == 0 && Secure(r) {
		port = httpsPort
	}
	if !Secure(r) && port == int(p.Plain) && p.Secure != 0 {
		port = int(p.Secure)
	}
	return joinHost(host, port, httpsPort)
}

// Base is the address of this service as a client has come to it, without a slash
// at its end, such as http://chat.example.net:8080.
func Base(r *http.Request) string {
	scheme, usual := "http", httpPort
	if Secure(r) {
		scheme, usual = "https", httpsPort
	}
	host, port := cameTo(r)
	return scheme + "://" + joinHost(host, port, usual)
}

// cameTo is the host and port that a request names, or else those that it came in
// by: one client names none. The port is 0 if it is the usual one.
func cameTo(r *http.Request) (host string, port int) {
	if host, port = splitHost(r.Host); host != "" {
		return host, port
	}
	local := Local(r)
	return local.Addr().String(), int(local.Port())
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

// joinHost puts a host and its port together, without the usual one.
func joinHost(host string, port, usual int) string {
	switch {
	case port != 0 && port != usual:
		return net.JoinHostPort(host, strconv.Itoa(port))
	case strings.Contains(host, ":"):
		return "[" + host + "]"
	}
	return host
}
