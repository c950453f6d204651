package certificate

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// provider is a small ACME provider. It does not look at signatures, but it does
// look whether a name is ours, at the port that it is told.
type provider struct {
	t      *testing.T
	server *httptest.Server
	at     string // where it looks
	root   *x509.Certificate
	key    *rsa.PrivateKey

	mu     sync.Mutex
	names  []string
	proved bool
	chain  []byte
}

const challenge = "a-token-of-the-provider-that-is-long-enough"

func newProvider(t *testing.T, at string) *provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: subject("a provider"), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour * 24 * 90),
		KeyUsage: x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	root, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{t: t, at: at, root: root, key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("/dir", p.directory)
	mux.HandleFunc("/nonce", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/account", p.account)
	mux.HandleFunc("/orders", p.newOrder)
	mux.HandleFunc("/order", p.order)
	mux.HandleFunc("/authorization", p.authorization)
	mux.HandleFunc("/challenge", p.challenged)
	mux.HandleFunc("/finalize", p.finalize)
	mux.HandleFunc("/certificate", func(w http.ResponseWriter, _ *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		_, _ = w.Write(p.chain)
	})
	p.server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Replay-Nonce", fmt.Sprint("nonce", serial()))
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(p.server.Close)
	return p
}

func (p *provider) url(path string) string { return p.server.URL + path }

func (p *provider) reply(w http.ResponseWriter, status int, what map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(what)
}

// payload reads what a client has signed.
func (p *provider) payload(r *http.Request, into any) {
	var signed struct{ Payload string }
	if err := json.NewDecoder(r.Body).Decode(&signed); err != nil {
		p.t.Errorf("%s: %v", r.URL.Path, err)
		return
	}
	content, err := base64.RawURLEncoding.DecodeString(signed.Payload)
	if err == nil && len(content) > 0 {
		err = json.Unmarshal(content, into)
	}
	if err != nil {
		p.t.Errorf("%s: %v", r.URL.Path, err)
	}
}

func (p *provider) directory(w http.ResponseWriter, _ *http.Request) {
	p.reply(w, http.StatusOK, map[string]any{
		"newNonce": p.url("/nonce"), "newAccount": p.url("/account"), "newOrder": p.url("/orders"),
		"revokeCert": p.url("/revoke"), "keyChange": p.url("/key"),
	})
}

func (p *provider) account(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Location", p.url("/account/1"))
	p.reply(w, http.StatusCreated, map[string]any{"status": "valid"})
}

func (p *provider) newOrder(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Identifiers []struct{ Type, Value string }
	}
	p.payload(r, &asked)
	p.mu.Lock()
	for _, id := range asked.Identifiers {
		p.names = append(p.names, id.Value)
	}
	p.mu.Unlock()
	w.Header().Set("Location", p.url("/order"))
	p.writeOrder(w, http.StatusCreated)
}

func (p *provider) order(w http.ResponseWriter, _ *http.Request) { p.writeOrder(w, http.StatusOK) }

func (p *provider) writeOrder(w http.ResponseWriter, code int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	status := "pending"
	switch {
	case p.chain != nil:
		status = "valid"
	case p.proved:
		status = "ready"
	}
	var ids []map[string]string
	for _, name := range p.names {
		ids = append(ids, map[string]string{"type": "dns", "value": name})
	}
	p.reply(w, code, map[string]any{
		"status": status, "identifiers": ids, "authorizations": []string{p.url("/authorization")},
		"finalize": p.url("/finalize"), "certificate": p.url("/certificate"),
	})
}

// state is how far the proof of the name is.
func (p *provider) state() (string, map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	status := "pending"
	if p.proved {
		status = "valid"
	}
	return status, map[string]any{"type": "http-01", "url": p.url("/challenge"), "token": challenge, "status": status}
}

func (p *provider) authorization(w http.ResponseWriter, _ *http.Request) {
	status, one := p.state()
	p.mu.Lock()
	name := p.names[0]
	p.mu.Unlock()
	p.reply(w, http.StatusOK, map[string]any{
		"status": status, "identifier": map[string]string{"type": "dns", "value": name}, "challenges": []any{one},
	})
}

// challenged looks whether the name is ours.
func (p *provider) challenged(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	name := p.names[0]
	p.mu.Unlock()
	look, err := http.NewRequestWithContext(r.Context(), http.MethodGet, "http://"+p.at+"/.well-known/acme-challenge/"+challenge, nil)
	if err != nil {
		p.t.Error(err)
		return
	}
	look.Host = name
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(look)
	if err != nil {
		p.t.Error(err)
		return
	}
	content, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	p.mu.Lock()
	p.proved = strings.HasPrefix(string(content), challenge+".")
	p.mu.Unlock()
	_, one := p.state()
	p.reply(w, http.StatusOK, one)
}

func (p *provider) finalize(w http.ResponseWriter, r *http.Request) {
	var asked struct{ CSR string }
	p.payload(r, &asked)
	der, err := base64.RawURLEncoding.DecodeString(asked.CSR)
	if err != nil {
		p.t.Error(err)
		return
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		p.t.Error(err)
		return
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: subject("from the provider"), NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(60 * 24 * time.Hour), DNSNames: csr.DNSNames,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	leaf, err := x509.CreateCertificate(rand.Reader, template, p.root, csr.PublicKey, p.key)
	if err != nil {
		p.t.Error(err)
		return
	}
	p.mu.Lock()
	p.chain = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf})
	p.mu.Unlock()
	p.writeOrder(w, http.StatusOK)
}

// A provider is asked, finds that the name is ours at our own port, and from then
// on clients get what it has given; for other names nothing changes.
func TestACME(t *testing.T) {
	own := open(t, t.TempDir(), "chat.example.net")
	var handler http.Handler
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	defer plain.Close()
	at := plain.Listener.Addr().(*net.TCPAddr)
	p := newProvider(t, at.String())
	roots := x509.NewCertPool()
	roots.AddCert(p.server.Certificate())
	a, err := NewACME(ACMEOptions{
		Dir: t.TempDir(), Names: []string{"chat.example.net"}, Directory: p.url("/dir"), Roots: roots,
		Plain: uint16(at.Port), Secure: 1, Else: own.Get,
		Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	handler = a.Answer(http.NotFoundHandler())
	if err := a.Manage(t.Context()); err != nil {
		t.Fatal(err)
	}
	trust := x509.NewCertPool()
	trust.AddCert(p.root)
	config := Modern(a.Get, a.Protocols()...)
	for deadline := time.Now().Add(time.Minute); ; {
		_, err := greet(t, config, &tls.Config{RootCAs: trust, ServerName: "chat.example.net"})
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("still not the provider's: %v", err)
		}
	}
	if _, err := greet(t, config, &tls.Config{RootCAs: trusting(own), ServerName: "nexus.passport.com"}); err != nil {
		t.Errorf("another name: %v", err)
	}
	state, err := greet(t, config, &tls.Config{InsecureSkipVerify: true})
	if err != nil || state.PeerCertificates[0].Subject.CommonName != "from the provider" {
		t.Errorf("no name: %v", err)
	}
}
