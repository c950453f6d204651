package server_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/server"
	"github.com/papilio-im/papilio/internal/ticket"
)

// visitor is a browser or client that trusts what it has installed, and comes to
// one port whatever the name.
type visitor struct {
	http.Client
	t *testing.T
}

// page is an answer that was read to its end.
type page struct {
	code   int
	proto  string
	header http.Header
	tls    *tls.ConnectionState
	body   []byte
}

func newVisitor(t *testing.T, port string, c *tls.Config) *visitor {
	tr := &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: c,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, port)
		},
	}
	v := &visitor{t: t}
	v.Transport = tr
	v.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return v
}

func (v *visitor) get(url, authorization string) page {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, url, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	resp, err := v.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return page{resp.StatusCode, resp.Proto, resp.Header, resp.TLS, body}
}

// A client installs the authority, asks the nexus, and gets a ticket with its
// password; all of it under the names that it knows.
func TestSignInOverTheWeb(t *testing.T) {
	free, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, oldPort, _ := net.SplitHostPort(free.Addr().String())
	_ = free.Close()
	s := start(t, "[web]\nnames = \"chat.example.net\"\nold_tls_port = "+oldPort)
	if _, err := s.Accounts().Create(t.Context(), account.NewAccount{Handle: "ana@example.net", Password: "secret"}); err != nil {
		t.Fatal(err)
	}
	plain := newVisitor(t, s.address(t, config.RoleWeb), nil)
	shown := plain.get("http://chat.example.net/authority", "").body
	der := plain.get("http://chat.example.net/authority.crt", "").body
	root, err := x509.ParseCertificate(der)
	if err != nil || !strings.Contains(string(shown), root.Subject.CommonName) {
		t.Fatalf("%v\n%s", err, shown)
	}
	pool := x509.NewCertPool()
	pool.AddCert(root)
	modern := newVisitor(t, s.SecureAddr().String(), &tls.Config{RootCAs: pool})
	old := newVisitor(t, s.OldSecureAddr().String(), &tls.Config{
		InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10, // an old system
		CipherSuites: []uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA},
	})
	tickets, err := ticket.New(ticket.Options{Secret: s.Accounts().TicketSecret(), Accounts: s.Accounts()})
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]*visitor{"modern": modern, "old": old} {
		resp := v.get("https://nexus.passport.com/rdr/pprdr.asp", "")
		urls := resp.header["Passporturls"] // as the reader of this test writes both spellings
		if len(urls) == 0 || !strings.Contains(urls[0], "DALogin=nexus.passport.com/login2.srf,") || resp.proto != "HTTP/1.1" {
			t.Fatalf("%s: %v", name, resp.header)
		}
		resp = v.get("https://login.passport.com/login2.srf", "Passport1.4 OrgVerb=GET,sign-in=ana%40example.net,pwd=secret,ct=1")
		_, shown, _ := strings.Cut(resp.header.Get("Authentication-Info"), "from-PP='")
		a, err := tickets.Check(t.Context(), strings.TrimSuffix(shown, "'"), ticket.ForSignIn)
		if err != nil || a.Handle != "ana@example.net" {
			t.Errorf("%s: %v %v", name, resp.header, err)
		}
	}
	resp := plain.get(fmt.Sprintf("http://chat.example.net:%s/rdr/pprdr.asp", portOf(t, s.address(t, config.RoleWeb))), "")
	if got := resp.header["Passporturls"]; len(got) == 0 || !strings.Contains(got[0], "DALogin=chat.example.net:"+portOf(t, s.SecureAddr().String())+"/") {
		t.Errorf("by the plain port: %v", got)
	}
}

func portOf(t *testing.T, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func TestCertificateFromFiles(t *testing.T) {
	made := start(t, "[web]\nnames = \"chat.example.net\"")
	folder := filepath.Join(made.config.Data, "authority")
	s := start(t, fmt.Sprintf("[web]\ntls = \"files\"\ncertificate = %q\nkey = %q",
		filepath.Join(folder, "authority.crt"), filepath.Join(folder, "authority.key")))
	v := newVisitor(t, s.SecureAddr().String(), &tls.Config{InsecureSkipVerify: true})
	resp := v.get("https://chat.example.net/healthz", "")
	content, err := os.ReadFile(filepath.Join(folder, "authority.crt"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(content)
	if !bytes.Equal(resp.tls.PeerCertificates[0].Raw, block.Bytes) {
		t.Error("another certificate than that of the file")
	}
	if resp := v.get("https://chat.example.net/authority", ""); resp.code != http.StatusNotFound {
		t.Errorf("an authority where there is none: %d", resp.code)
	}
	if s.OldSecureAddr() != nil {
		t.Error("a port for old systems that nobody asked for")
	}
}

func TestSecurePortTaken(t *testing.T) {
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	c := loopback(t, "[web]")
	c.Web.TLSPort = ln.Addr().(*net.TCPAddr).Port
	_, err = server.Start(t.Context(), server.Options{Config: c, Log: logger(t)})
	if err == nil || !strings.Contains(err.Error(), "web.tls_port") || !strings.Contains(err.Error(), "PAPILIO_WEB_TLS_PORT") {
		t.Errorf("got %v", err)
	}
}
