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
	// Name is this service's own name, for a client that does not say by which it
	// has come; if empty, it is the address.
	Name string
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
	if host == "" {
		host, port = p.unnamed(r)
	}
	switch {
	case Secure(r):
	case p.Secure != 0 && orUsual(port, httpPort) == int(p.Plain):
		port = int(p.Secure)
	case port == httpPort:
		port = httpsPort // nobody speaks TLS there
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
	if host == "" {
		host, port = Place{}.unnamed(r)
	}
	return scheme + "://" + joinHost(host, port, usual)
}

// cameTo is the host and port that a request names, "" if it names none. The port
// is 0 if it is the usual one.
func cameTo(r *http.Request) (host string, port int) {
	if host, port = splitHost(r.Host); host != "" {
		return host, port
	}
	if host, _ = splitHost(serverName(r)); host != "" {
		return host, int(Local(r).Port())
	}
	return "", 0
}

// unnamed is where a client has come to that says nothing of it.
func (p Place) unnamed(r *http.Request) (host string, port int) {
	local := Local(r)
	if p.Name != "" {
		return p.Name, int(local.Port())
	}
	return local.Addr().String(), int(local.Port())
}

// orUsual is a port, or the usual one if it is 0.
func orUsual(port, usual int) int {
	if port == 0 {
		return usual
	}
	return port
}

// Host is the host that a client has come to, without a port, as it stands in an
// address.
func Host(r *http.Request) string {
	host, _ := cameTo(r)
	if host == "" {
		host, _ = Place{}.unnamed(r)
	}
	return joinHost(host, 0, 0)
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
