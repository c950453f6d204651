package certificate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
)

// ACMEOptions are what an ACME needs.
type ACMEOptions struct {
	// Dir is where accounts and certificates are kept.
	Dir string
	// Names are what certificates are asked for.
	Names []string
	// Email is told of trouble by the provider; it may be empty.
	Email string
	// Directory is the address of the provider's directory, the usual provider's
	// if empty.
	Directory string
	// Roots certify the provider itself; those of the system if nil.
	Roots *x509.CertPool
	// Plain and Secure are the ports of this machine for HTTP and HTTPS, at which
	// the provider sees that the names are ours.
	Plain, Secure uint16
	// Else certifies what the provider does not: other names, and all of them
	// until the provider has answered.
	Else Get
	Log  *slog.Logger
}

// ACME has certificates from a provider, and renews them.
type ACME struct {
	names  []string
	cache  *certmagic.Cache
	config *certmagic.Config
	issuer *certmagic.ACMEIssuer
	other  Get
	end    context.CancelFunc
	log    *slog.Logger
}

// NewACME makes one. Nothing is asked of the provider until Manage is called.
func NewACME(o ACMEOptions) (*ACME, error) {
	if len(o.Names) == 0 || o.Else == nil {
		return nil, errors.New("certificate: names, and another source, are needed")
	}
	a := &ACME{names: o.Names, other: o.Else, log: o.Log, end: func() {}}
	logger := zap.New(slogCore{log: o.Log})
	a.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return a.config, nil },
		Logger:           logger,
	})
	a.config = certmagic.New(a.cache, certmagic.Config{
		Storage:           &certmagic.FileStorage{Path: o.Dir},
		DefaultServerName: o.Names[0], // old clients do not say whom they look for
		KeySource:         certmagic.StandardKeyGenerator{KeyType: certmagic.RSA2048},
		Logger:            logger,
	})
	directory := o.Directory
	if directory == "" {
		directory = certmagic.LetsEncryptProductionCA
	}
	a.issuer = certmagic.NewACMEIssuer(a.config, certmagic.ACMEIssuer{
		CA: directory, TestCA: directory, Email: o.Email, Agreed: true, TrustedRoots: o.Roots,
		AltHTTPPort: int(o.Plain), AltTLSALPNPort: int(o.Secure), Logger: logger,
	})
	a.config.Issuers = []certmagic.Issuer{a.issuer}
	return a, nil
}

// Manage gets certificates and renews them until Close is called. It does not wait
// for the provider.
func (a *ACME) Manage(ctx context.Context) error {
	ctx, a.end = context.WithCancel(ctx)
	return a.config.ManageAsync(ctx, a.names)
}

// Close ends what Manage began.
func (a *ACME) Close() {
	a.end()
	a.cache.Stop()
}

// Get gives the certificate for a client, or answers the provider.
func (a *ACME) Get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	pair, err := a.config.GetCertificate(hello)
	if err == nil {
		return pair, nil
	}
	return a.other(hello)
}

// Protocols are those by which the provider asks over TLS.
func (a *ACME) Protocols() []string { return []string{"acme-tls/1"} }

// Answer answers the provider's questions over plain HTTP, and hands everything
// else on.
func (a *ACME) Answer(next http.Handler) http.Handler { return a.issuer.HTTPChallengeHandler(next) }
