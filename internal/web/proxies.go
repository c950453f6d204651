package web

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are those that are believed when they say for whom they ask, and how
// that one has come.
type Proxies []netip.Prefix

// Trusts reports whether an address is one of a proxy.
func (p Proxies) Trusts(a netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}

// original gives a request as whoever is behind the proxies has made it.
func (p Proxies) original(r *http.Request) *http.Request {
	if len(p) == 0 || !p.Trusts(Client(r)) {
		return r
	}
	secure := strings.EqualFold(strings.TrimSpace(r.Header.Get("X-Forwarded-Proto")), "https")
	r = r.WithContext(context.WithValue(r.Context(), secureKey{}, secure))
	if from := p.farthest(r.Header.Values("X-Forwarded-For")); from.IsValid() {
		r.RemoteAddr = netip.AddrPortFrom(from, 0).String()
	}
	return r
}

// farthest is the last address in a list that is no proxy's. Each proxy adds to
// the end whom it was asked by, so what stands before may be made up.
func (p Proxies) farthest(headers []string) netip.Addr {
	list := strings.Split(strings.Join(headers, ","), ",")
	for _, one := range slices.Backward(list) {
		a, err := netip.ParseAddr(strings.TrimSpace(one))
		if err != nil {
			return netip.Addr{}
		}
		if !p.Trusts(a) {
			return a.Unmap()
		}
	}
	return netip.Addr{}
}
