package certificate

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The files of an authority. The key of the certificates that it makes is kept,
// because a key takes long to make.
const (
	rootFile = "authority.crt"
	rootKey  = "authority.key"
	hostFile = "host.key"
)

// ErrNone says that there is no authority yet.
var ErrNone = errors.New("no certificate authority has been made yet")

// files is what is kept of an authority.
type files struct {
	root         *x509.Certificate
	key, hostKey *rsa.PrivateKey
}

// createAuthority makes an authority for the names of Messenger and the given
// ones. The certificate is written last: a folder without it has no authority.
func createAuthority(dir string, own []string) (files, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return files{}, err
	}
	hostKey, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return files{}, err
	}
	names, err := nameLimits(append(MessengerHosts(), own...))
	if err != nil {
		return files{}, err
	}
	template := rootTemplate(names, time.Now())
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return files{}, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return files{}, err
	}
	for _, f := range []struct {
		name, kind string
		der        func() ([]byte, error)
	}{
		{rootKey, "PRIVATE KEY", func() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(key) }},
		{hostFile, "PRIVATE KEY", func() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(hostKey) }},
		{rootFile, "CERTIFICATE", func() ([]byte, error) { return der, nil }},
	} {
		content, err := f.der()
		if err == nil {
			err = writeWhole(filepath.Join(dir, f.name), pem.EncodeToMemory(&pem.Block{Type: f.kind, Bytes: content}))
		}
		if err != nil {
			return files{}, err
		}
	}
	return readAuthority(dir)
}

// rootTemplate is what an authority is: good for servers alone, for these names
// alone, and for none below it. The signature is its own, which nobody relies on;
// so it is one that all can read.
func rootTemplate(names pkix.Extension, now time.Time) *x509.Certificate {
	random := make([]byte, 4)
	_, _ = rand.Read(random) // never fails
	return &x509.Certificate{
		SerialNumber:          serial(),
		Subject:               subject("Papilio authority " + strings.ToUpper(hex.EncodeToString(random))),
		NotBefore:             now.Add(-slack),
		NotAfter:              now.Add(authorityLife),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
		SignatureAlgorithm:    x509.SHA1WithRSA,
		ExtraExtensions:       []pkix.Extension{names},
	}
}

// address is a name that is an address, or nil. It has four octets or sixteen.
func address(name string) net.IP {
	a, err := netip.ParseAddr(name)
	if err != nil {
		return nil
	}
	return a.Unmap().AsSlice()
}

// permits reports whether an authority may certify a name.
func permits(root *x509.Certificate, name string) bool {
	if ip := address(name); ip != nil {
		for _, r := range root.PermittedIPRanges {
			if len(r.IP) == len(ip) && r.Contains(ip) {
				return true
			}
		}
		return false
	}
	name = strings.ToLower(name)
	for _, domain := range root.PermittedDNSDomains {
		if name == strings.ToLower(domain) || strings.HasSuffix(name, "."+strings.ToLower(domain)) {
			return true
		}
	}
	return false
}

// readAuthority reads what createAuthority has written.
func readAuthority(dir string) (files, error) {
	der, err := readPEM(dir, rootFile)
	if errors.Is(err, fs.ErrNotExist) {
		return files{}, ErrNone
	}
	if err != nil {
		return files{}, err
	}
	var f files
	if f.root, err = x509.ParseCertificate(der); err != nil {
		return files{}, fmt.Errorf("%s: %w", filepath.Join(dir, rootFile), err)
	}
	if f.key, err = readKey(dir, rootKey); err != nil {
		return files{}, err
	}
	if f.hostKey, err = readKey(dir, hostFile); err != nil {
		return files{}, err
	}
	if !f.key.PublicKey.Equal(f.root.PublicKey) {
		return files{}, fmt.Errorf("%s and %s in %s do not belong together", rootFile, rootKey, dir)
	}
	if time.Now().After(f.root.NotAfter) {
		return files{}, fmt.Errorf("%s has expired: put the folder aside, and another is made", filepath.Join(dir, rootFile))
	}
	return f, nil
}

func readKey(dir, name string) (*rsa.PrivateKey, error) {
	der, err := readPEM(dir, name)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	key, ok := parsed.(*rsa.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("%s is not an RSA key", filepath.Join(dir, name))
	}
	return key, nil
}

func readPEM(dir, name string) ([]byte, error) {
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(content)
	if block == nil {
		return nil, fmt.Errorf("%s is damaged", filepath.Join(dir, name))
	}
	return block.Bytes, nil
}

// writeWhole writes a file that only its owner can read, whole or not at all.
func writeWhole(name string, content []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(name), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }() // it is not there if all went well
	_, err = temp.Write(content)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), name)
}
