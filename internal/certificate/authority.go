package certificate

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // what old systems show of a certificate
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// ErrNames says that a service has a name that its authority was not made for.
var ErrNames = errors.New("the authority in this folder was not made for the name")

const (
	keyBits = 2048
	// authorityLife is how long the authority is good. It ends before 2038, when
	// the clocks of some old systems do.
	authorityLife = 10 * 365 * 24 * time.Hour
	// hostLife is how long a certificate of it is good, and hostLeft how long it
	// has to be good still, or another is made.
	hostLife = 365 * 24 * time.Hour
	hostLeft = 30 * 24 * time.Hour
	// slack is for clients whose clocks are slow.
	slack = 48 * time.Hour
)

// AuthorityOptions are what an Authority needs.
type AuthorityOptions struct {
	// Dir holds the authority, and is made at the first start.
	Dir string
	// Names are the service's own, host names and addresses. An authority is made
	// for them and has to fit them ever after.
	Names []string
	// Found are names that the machine has today. They are used in place of Names
	// where there are none; those that the authority was not made for are left out.
	Found []string
	Log   *slog.Logger
}

// Authority certifies the names of this service.
type Authority struct {
	root    *x509.Certificate
	key     *rsa.PrivateKey
	hostKey *rsa.PrivateKey
	names   []string
	now     func() time.Time

	mu       sync.Mutex
	new, old *tls.Certificate // signed with SHA-256 and with SHA-1
}

// OpenAuthority reads the authority of a folder, and makes one if there is none.
func OpenAuthority(o AuthorityOptions) (*Authority, error) {
	a, err := openAuthority(o)
	if err != nil {
		return nil, fmt.Errorf("the service's own certificate authority: %w", err)
	}
	return a, nil
}

// ReadAuthority reads the authority of a folder, to show it. Its names are those
// that it was made for. The error is [ErrNone] if there is none.
func ReadAuthority(dir string) (*Authority, error) {
	kept, err := readAuthority(dir)
	if err != nil {
		return nil, err
	}
	names := slices.Clone(kept.root.PermittedDNSDomains)
	for _, r := range kept.root.PermittedIPRanges {
		names = append(names, r.IP.String())
	}
	return &Authority{root: kept.root, key: kept.key, hostKey: kept.hostKey, names: names, now: time.Now}, nil
}

// File is the file in an authority's folder that clients install.
func File(dir string) string { return filepath.Join(dir, rootFile) }

func openAuthority(o AuthorityOptions) (*Authority, error) {
	wanted := o.Names
	if len(wanted) == 0 {
		wanted = o.Found
	}
	kept, err := readAuthority(o.Dir)
	if errors.Is(err, ErrNone) {
		kept, err = createAuthority(o.Dir, wanted)
	}
	if err != nil {
		return nil, err
	}
	a := &Authority{root: kept.root, key: kept.key, hostKey: kept.hostKey, now: time.Now}
	for _, name := range messengerHosts {
		if permits(a.root, name) {
			a.names = append(a.names, name)
			continue
		}
		o.Log.Warn("the certificate authority was made by an earlier version and not for this name, which newer clients look for: put its folder aside to have another made",
			slog.String("name", name), slog.String("folder", o.Dir))
	}
	for _, name := range wanted {
		switch {
		case permits(a.root, name):
			a.names = append(a.names, name)
		case len(o.Names) > 0:
			return nil, fmt.Errorf("%s: %w %s: put the folder aside, and another is made, which everybody who had installed this one has to install",
				o.Dir, ErrNames, name)
		default:
			o.Log.Warn("this machine has a name that the certificate authority was not made for: set web.names, and put its folder aside to have another made",
				slog.String("name", name), slog.String("folder", o.Dir))
		}
	}
	return a, nil
}

// Get gives the certificate of this service. Every client gets the same, with all
// names in it, since old ones do not say which they look for.
func (a *Authority) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return a.host(&a.new, x509.SHA256WithRSA)
}

// GetOld is Get for systems that do not know SHA-256.
func (a *Authority) GetOld(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return a.host(&a.old, x509.SHA1WithRSA)
}

// host gives a certificate, and makes it if there is none that lasts.
func (a *Authority) host(kept **tls.Certificate, by x509.SignatureAlgorithm) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	end := earlier(now.Add(hostLife), a.root.NotAfter)
	if *kept != nil && lasts((*kept).Leaf, now, end) {
		return *kept, nil
	}
	template := &x509.Certificate{
		SerialNumber:       serial(),
		Subject:            subject(a.names[0]),
		NotBefore:          now.Add(-slack),
		NotAfter:           end,
		KeyUsage:           x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:        []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		SignatureAlgorithm: by,
	}
	template.BasicConstraintsValid = true
	for _, name := range a.names {
		if ip := address(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.root, &a.hostKey.PublicKey, a.key)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	*kept = &tls.Certificate{Certificate: [][]byte{der, a.root.Raw}, PrivateKey: a.hostKey, Leaf: leaf}
	return *kept, nil
}

// lasts reports whether a certificate will do, if another would be good until end:
// near the end of the authority itself no other lasts any longer.
func lasts(leaf *x509.Certificate, now, end time.Time) bool {
	return leaf.NotAfter.Sub(now) > hostLeft || !leaf.NotAfter.Before(end.Truncate(time.Second))
}

// Root is the authority's own certificate, which clients have to install, in DER.
func (a *Authority) Root() []byte { return a.root.Raw }

// Name is what the authority calls itself.
func (a *Authority) Name() string { return a.root.Subject.CommonName }

// Names are the names that the service proves.
func (a *Authority) Names() []string { return a.names }

// Fingerprints are what people compare a certificate by: old systems show the one
// by SHA-1, newer ones that by SHA-256.
func (a *Authority) Fingerprints() (bySHA256, bySHA1 string) {
	long, short := sha256.Sum256(a.root.Raw), sha1.Sum(a.root.Raw) //nolint:gosec // see the import
	return colons(long[:]), colons(short[:])
}

func colons(sum []byte) string {
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(parts, ":")
}

func serial() *big.Int {
	n, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 126)) // never fails
	return n.Add(n, big.NewInt(1))
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
