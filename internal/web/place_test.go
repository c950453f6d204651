package web

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPlace(t *testing.T) {
	local := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 8080}
	for _, tt := range []struct {
		place  Place
		host   string
		secure bool
		want   string
		base   string
	}{
		{Place{Plain: 8080, Secure: 8443}, "nexus.passport.com", false, "nexus.passport.com", "http://nexus.passport.com"},
		{Place{Plain: 8080, Secure: 8443}, "nexus.passport.com", true, "nexus.passport.com", "https://nexus.passport.com"},
		{Place{Plain: 8080, Secure: 8443}, "x.example.net:8080", false, "x.example.net:8443", "http://x.example.net:8080"},
		{Place{Plain: 8080, Secure: 8443}, "x.example.net:9443", true, "x.example.net:9443", "https://x.example.net:9443"},
		{Place{Plain: 8080, Secure: 8443}, "x.example.net:80", false, "x.example.net", "http://x.example.net"},
		{Place{Plain: 80, Secure: 443}, "x.example.net", false, "x.example.net", "http://x.example.net"},
		{Place{Plain: 80, Secure: 8443}, "x.example.net", false, "x.example.net:8443", "http://x.example.net"},
		{Place{Plain: 80, Secure: 8443}, "x.example.net:80", false, "x.example.net:8443", "http://x.example.net"},
		{Place{Plain: 80}, "x.example.net", false, "x.example.net", "http://x.example.net"},
		{Place{Plain: 8080, Secure: 8443}, "", false, "192.0.2.7:8443", "http://192.0.2.7:8080"},
		{Place{Plain: 8080, Secure: 8443, Name: "chat.example.net"}, "", false, "chat.example.net:8443", "http://192.0.2.7:8080"},
		{Place{Plain: 80, Secure: 443, Host: "login.example.net"}, "x.example.net", false, "login.example.net", "http://x.example.net"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		ctx := context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(local))
		r = r.WithContext(context.WithValue(ctx, secureKey{}, tt.secure))
		r.Host = tt.host
		if got := tt.place.SignIn(r); got != tt.want {
			t.Errorf("%q, %+v: sign in at %s, want %s", tt.host, tt.place, got, tt.want)
		}
		if got := Base(r); got != tt.base {
			t.Errorf("%q: base %s, want %s", tt.host, got, tt.base)
		}
	}
}

// A client that names no host in its request may have named one before.
func TestPlaceByHandshake(t *testing.T) {
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	place := Place{Name: "chat.example.net"}
	srv := NewServer(ServerOptions{Log: slog.New(slog.DiscardHandler), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Reply(w, http.StatusOK, HTML, place.SignIn(r))
	})})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(NewListener(ln, ListenerOptions{TLS: &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{selfMade(t)}}}))
	}()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	for name, want := range map[string]string{"nexus.passport.com": "nexus.passport.com:", "": "chat.example.net:"} {
		c := tls.Client(dial(t, ln.Addr().String()), &tls.Config{ServerName: name, InsecureSkipVerify: true})
		if _, err := io.WriteString(c, "GET /rdr/pprdr.asp\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(c)
		if !strings.HasSuffix(string(answer), "\r\n\r\n"+want+port) {
			t.Errorf("%q: %s %v", name, answer, err)
		}
		_ = c.Close()
	}
	_ = srv.Close()
	<-done
}

func selfMade(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
