package web

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestProxies(t *testing.T) {
	p := Proxies{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("2001:db8::/64")}
	for _, tt := range []struct {
		remote string
		forFor []string
		proto  string
		client string
		secure bool
	}{
		{"127.0.0.1:1", []string{"192.0.2.7"}, "https", "192.0.2.7", true},
		{"[::ffff:127.0.0.1]:1", []string{"192.0.2.7"}, "http", "192.0.2.7", false},
		{"127.0.0.1:1", []string{"203.0.113.1, 192.0.2.7", "2001:db8::1"}, "HTTPS", "192.0.2.7", true},
		{"127.0.0.1:1", []string{"2001:db8:1::7"}, "", "2001:db8:1::7", false},
		{"127.0.0.1:1", nil, "https", "127.0.0.1", true},
		{"127.0.0.1:1", []string{"nonsense"}, "https", "127.0.0.1", true},
		{"192.0.2.1:1", []string{"203.0.113.1"}, "https", "192.0.2.1", false}, // whom nobody knows
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr = tt.remote
		for _, f := range tt.forFor {
			r.Header.Add("X-Forwarded-For", f)
		}
		r.Header.Set("X-Forwarded-Proto", tt.proto)
		r = p.original(r)
		if got := Client(r).String(); got != tt.client || Secure(r) != tt.secure {
			t.Errorf("%+v: %s, secure %t", tt, got, Secure(r))
		}
	}
}
