package web

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
)

// ErrTooLong says that a request has more in it than it may.
var ErrTooLong = errors.New("request too long")

// Body reads the whole body of a request, up to most octets.
func Body(w http.ResponseWriter, r *http.Request, most int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if tooLong := new(http.MaxBytesError); errors.As(err, &tooLong) {
		return nil, ErrTooLong
	}
	return body, err
}

// Client is the address that a request came from.
func Client(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}

// secureKey is what a request's context says under whether it came over TLS.
type secureKey struct{}

// connKey is what a request's context has its connection under.
type connKey struct{}

// serverName is the host that a client named when it shook hands, "" if it named
// none: old systems do not.
func serverName(r *http.Request) string {
	c, _ := r.Context().Value(connKey{}).(*conn)
	if c == nil || c.tls == nil {
		return ""
	}
	return c.tls.ConnectionState().ServerName
}

// Secure reports whether a request came over TLS.
func Secure(r *http.Request) bool {
	secure, _ := r.Context().Value(secureKey{}).(bool)
	return secure
}

// Local is the address and port that a request came in by.
func Local(r *http.Request) netip.AddrPort {
	if a, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok {
		return netip.AddrPortFrom(a.AddrPort().Addr().Unmap(), a.AddrPort().Port())
	}
	return netip.AddrPort{}
}
