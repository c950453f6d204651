package server

import (
	"context"
	"log/slog"
	"net"
	"os"
	"slices"
	"strconv"

	"github.com/papilio-im/papilio/internal/certificate"
	"github.com/papilio-im/papilio/internal/config"
)

// secure is what this process needs for HTTPS.
type secure struct {
	tls, old  net.Listener // nil for none
	get       certificate.Get
	getOld    certificate.Get
	protocols []string               // besides HTTP
	authority *certificate.Authority // nil if there is none
	acme      *certificate.ACME      // likewise
}

// bind opens the ports for HTTPS, or none.
func (x *secure) bind(ctx context.Context, c *config.Config) (err error) {
	if !c.Has(config.RoleWeb) || c.Web.TLS == config.TLSOff {
		return nil
	}
	if x.tls, err = listen(ctx, c, "web.tls_port", c.Web.TLSPort); err != nil {
		return err
	}
	if c.Web.OldTLSPort != 0 {
		x.old, err = listen(ctx, c, "web.old_tls_port", c.Web.OldTLSPort)
	}
	return err
}

func listen(ctx context.Context, c *config.Config, key string, port int) (net.Listener, error) {
	var lc net.ListenConfig
	address := net.JoinHostPort(c.Host, strconv.Itoa(port))
	ln, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, &PortError{Role: config.RoleWeb, Key: key, Address: address, Err: err}
	}
	return ln, nil
}

// certify finds the certificates for HTTPS.
func (s *Server) certify(ctx context.Context) error {
	x, c := &s.secure, &s.opts.Config
	if x.tls == nil {
		return nil
	}
	log := s.opts.Log.With("part", "certificate")
	if c.Web.TLS == config.TLSFiles {
		files, err := certificate.OpenFiles(c.Web.Certificate, c.Web.Key, log)
		if err != nil {
			return err
		}
		x.get, x.getOld = files.Get, files.Get
		return nil
	}
	own, err := certificate.OpenAuthority(certificate.AuthorityOptions{
		Dir: c.AuthorityFolder(), Names: c.Web.NameList(), Found: machineNames(), Log: log,
	})
	if err != nil {
		return err
	}
	x.authority, x.get, x.getOld = own, own.Get, own.GetOld
	bySHA256, _ := own.Fingerprints()
	log.InfoContext(ctx, "clients have to install this service's certificate authority, from the page /authority",
		slog.String("name", own.Name()), slog.String("sha256", bySHA256))
	if c.Web.TLS != config.TLSACME {
		return nil
	}
	x.acme, err = certificate.NewACME(certificate.ACMEOptions{
		Dir: c.ACMEFolder(), Names: c.Web.NameList(), Email: c.Web.ACMEEmail, Directory: c.Web.ACMEDirectory,
		Plain: port(s.listeners[config.RoleWeb]), Secure: port(x.tls), Else: own.Get, Log: log,
	})
	if err != nil {
		return err
	}
	x.get, x.protocols = x.acme.Get, x.acme.Protocols()
	return nil
}

// manage gets and renews certificates from a provider, if there is one.
func (x *secure) manage(ctx context.Context) error {
	if x.acme == nil {
		return nil
	}
	return x.acme.Manage(ctx)
}

func (x *secure) close() {
	for _, ln := range []net.Listener{x.tls, x.old} {
		if ln != nil {
			_ = ln.Close() // closed already if Serve ran
		}
	}
	if x.acme != nil {
		x.acme.Close()
	}
}

// SecureAddr is where HTTPS is served, nil if it is not.
func (s *Server) SecureAddr() net.Addr { return addrOf(s.secure.tls) }

// OldSecureAddr is where HTTPS is served for old systems, nil if it is not.
func (s *Server) OldSecureAddr() net.Addr { return addrOf(s.secure.old) }

func addrOf(ln net.Listener) net.Addr {
	if ln == nil {
		return nil
	}
	return ln.Addr()
}

// machineNames are the names and addresses that this machine has today.
func machineNames() []string {
	names := []string{"localhost", "127.0.0.1"}
	if host, err := os.Hostname(); err == nil && host != "" {
		names = append(names, host)
	}
	addrs, _ := net.InterfaceAddrs() // without them it has fewer
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() {
			names = append(names, n.IP.String())
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
