package certificate

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func open(t testing.TB, dir string, names ...string) *Authority {
	t.Helper()
	a, err := OpenAuthority(AuthorityOptions{Dir: dir, Names: names, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// greet shakes hands over a pipe, and gives what the client sees.
func greet(t testing.TB, server, client *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	here, there := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = tls.Server(there, server).HandshakeContext(t.Context())
	}()
	c := tls.Client(here, client)
	_ = here.SetDeadline(time.Now().Add(30 * time.Second))
	err := c.HandshakeContext(t.Context())
	_ = here.Close()
	_ = there.Close()
	<-done
	return c.ConnectionState(), err
}

func trusting(a *Authority) *x509.CertPool {
	pool := x509.NewCertPool()
	root, err := x509.ParseCertificate(a.Root())
	if err != nil {
		panic(err)
	}
	pool.AddCert(root)
	return pool
}

func TestAuthorityCertifiesItsNames(t *testing.T) {
	a := open(t, t.TempDir(), "chat.example.net", "192.0.2.7", "2001:db8::7")
	for _, name := range append(MessengerHosts(), "chat.example.net", "192.0.2.7", "2001:db8::7") {
		if _, err := greet(t, Modern(a.Get), &tls.Config{RootCAs: trusting(a), ServerName: name}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := greet(t, Modern(a.Get), &tls.Config{RootCAs: trusting(a), ServerName: "www.example.net"}); err == nil {
		t.Error("a name that is not ours is proved")
	}
}

// Whoever has the key of the authority can use it for no other names.
func TestAuthorityIsLimited(t *testing.T) {
	a := open(t, t.TempDir(), "chat.example.net")
	for _, name := range []string{"www.example.net", "live.com", "hotmail.com", "example.com", "192.0.2.1", "2001:db8::1"} {
		forged := &Authority{root: a.root, key: a.key, hostKey: a.hostKey, names: []string{name}, now: time.Now}
		_, err := greet(t, Modern(forged.Get), &tls.Config{RootCAs: trusting(a), ServerName: name})
		if reason := new(x509.CertificateInvalidError); !errors.As(err, reason) || reason.Reason != x509.CANotAuthorizedForThisName {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !slices.Equal(a.root.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}) || !a.root.MaxPathLenZero || a.root.PermittedDNSDomainsCritical {
		t.Errorf("%+v", a.root)
	}
}

// Windows XP wants the subject of a certificate to be among the names that its
// authority may certify, as the first parts of it.
func TestSubjectIsPermitted(t *testing.T) {
	a := open(t, t.TempDir(), "chat.example.net")
	pair, err := a.GetOld(nil)
	if err != nil {
		t.Fatal(err)
	}
	var subject pkix.RDNSequence
	if _, err := asn1.Unmarshal(pair.Leaf.RawSubject, &subject); err != nil {
		t.Fatal(err)
	}
	prefix, err := asn1.Marshal(subject[:1])
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range a.root.Extensions {
		if !e.Id.Equal(oidNameConstraints) {
			continue
		}
		var l limits
		if _, err := asn1.Unmarshal(e.Value, &l); err != nil {
			t.Fatal(err)
		}
		if base := l.Permitted[0].Base; base.Tag != kindDirectory || !bytes.Equal(base.Bytes, prefix) {
			t.Errorf("%v permitted, for %s", base, pair.Leaf.Subject)
		}
		if e.Critical || len(l.Excluded) != 2 || len(l.Permitted) != 2+len(messengerHosts) {
			t.Errorf("%+v", l)
		}
		return
	}
	t.Error("no limits")
}

func TestAuthorityIsKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "authority")
	one := open(t, dir, "chat.example.net")
	two := open(t, dir, "chat.example.net", "www.chat.example.net")
	if !bytes.Equal(one.Root(), two.Root()) || !one.hostKey.Equal(two.hostKey) {
		t.Error("another authority at the second start")
	}
	read, err := ReadAuthority(dir)
	if err != nil || !bytes.Equal(one.Root(), read.Root()) || !slices.Contains(read.Names(), "chat.example.net") {
		t.Errorf("read: %v %v", read, err)
	}
	if _, err := ReadAuthority(t.TempDir()); !errors.Is(err, ErrNone) {
		t.Errorf("none: %v", err)
	}
	long, short := one.Fingerprints()
	if len(long) != 95 || len(short) != 59 || !strings.HasPrefix(one.Name(), "Papilio authority ") {
		t.Errorf("%s %s %s", one.Name(), long, short)
	}
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if info, _ := d.Info(); err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s can be read by others: %v", path, info.Mode())
		}
		return err
	})
}

func TestAuthorityRefusesOtherNames(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, "chat.example.net")
	for _, name := range []string{"other.example.net", "192.0.2.7"} {
		_, err := OpenAuthority(AuthorityOptions{Dir: dir, Names: []string{"chat.example.net", name}, Log: quiet()})
		if !errors.Is(err, ErrNames) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v", name, err)
		}
	}
	a, err := OpenAuthority(AuthorityOptions{Dir: dir, Found: []string{"192.0.2.7"}, Log: quiet()})
	if err != nil || slices.Contains(a.Names(), "192.0.2.7") {
		t.Errorf("a name that was found: %v %v", a, err)
	}
}

func TestDamagedAuthority(t *testing.T) {
	for name, damage := range map[string]func(dir string) error{
		"no key":      func(dir string) error { return os.Remove(filepath.Join(dir, rootKey)) },
		"no PEM":      func(dir string) error { return os.WriteFile(filepath.Join(dir, rootFile), []byte("x"), 0o600) },
		"another key": func(dir string) error { return os.Rename(filepath.Join(dir, hostFile), filepath.Join(dir, rootKey)) },
	} {
		dir := t.TempDir()
		open(t, dir)
		if err := damage(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenAuthority(AuthorityOptions{Dir: dir, Log: quiet()}); err == nil || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCertificateIsRenewed(t *testing.T) {
	a := open(t, t.TempDir())
	first, err1 := a.Get(nil)
	same, err2 := a.Get(nil)
	a.now = func() time.Time { return time.Now().Add(hostLife - hostLeft) }
	next, err3 := a.Get(nil)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	if first != same || first == next || !next.Leaf.NotAfter.After(first.Leaf.NotAfter) {
		t.Errorf("until %s, %s, %s", first.Leaf.NotAfter, same.Leaf.NotAfter, next.Leaf.NotAfter)
	}
}

// In the last month of the authority a certificate cannot last longer than it, and
// is not made anew for each client.
func TestCertificateNearTheEnd(t *testing.T) {
	a := open(t, t.TempDir())
	a.now = func() time.Time { return a.root.NotAfter.Add(-hostLeft / 2) }
	one, err1 := a.Get(nil)
	two, err2 := a.Get(nil)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if one != two || !one.Leaf.NotAfter.Equal(a.root.NotAfter) {
		t.Errorf("until %s and %s, the authority until %s", one.Leaf.NotAfter, two.Leaf.NotAfter, a.root.NotAfter)
	}
}

// An authority that was made when fewer names of clients were known goes on with
// those: with one more its certificate would be good for nothing.
func TestAuthorityOfAnEarlierVersion(t *testing.T) {
	dir, all := t.TempDir(), messengerHosts
	messengerHosts = all[:5]
	t.Cleanup(func() { messengerHosts = all })
	open(t, dir, "chat.example.net")
	messengerHosts = all
	a := open(t, dir, "chat.example.net")
	for _, name := range []string{all[0], "chat.example.net"} {
		if _, err := greet(t, Modern(a.Get), &tls.Config{RootCAs: trusting(a), ServerName: name}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every suite that an old system may have makes a connection, on the old listener
// alone, and with a certificate that it can read.
func TestOldTLS(t *testing.T) {
	a := open(t, t.TempDir(), "chat.example.net")
	for _, suite := range oldSuites {
		for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS11} {
			client := &tls.Config{
				RootCAs: trusting(a), InsecureSkipVerify: true, // as old systems; SHA-1 is checked below
				MinVersion: version, MaxVersion: version, CipherSuites: []uint16{suite},
			}
			state, err := greet(t, Old(a.GetOld), client)
			if err != nil || state.CipherSuite != suite || state.Version != version {
				t.Errorf("%s, %s: %v", tls.CipherSuiteName(suite), tls.VersionName(version), err)
				continue
			}
			if got := state.PeerCertificates[0]; got.SignatureAlgorithm != x509.SHA1WithRSA || !bytes.Equal(state.PeerCertificates[1].Raw, a.Root()) {
				t.Errorf("signed with %s", got.SignatureAlgorithm)
			}
			if _, err := greet(t, Modern(a.Get), client); err == nil {
				t.Errorf("%s on the modern listener", tls.VersionName(version))
			}
		}
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, "chat.example.net")
	cert, key := filepath.Join(dir, rootFile), filepath.Join(dir, rootKey)
	f, err := OpenFiles(cert, key, quiet())
	if err != nil {
		t.Fatal(err)
	}
	pair, err := f.Get(nil)
	if err != nil || !bytes.Equal(pair.Certificate[0], a.Root()) {
		t.Fatal(err)
	}
	other := t.TempDir()
	next := open(t, other, "chat.example.net")
	for _, name := range []string{rootKey, rootFile} {
		if err := os.Rename(filepath.Join(other, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		f.looked = time.Time{} // a minute has passed
		if pair, err = f.Get(nil); err != nil {
			t.Fatal(err) // half of it is new, and does not fit
		}
	}
	if !bytes.Equal(pair.Certificate[0], next.Root()) {
		t.Error("the new files are not used")
	}
	if _, err := OpenFiles(filepath.Join(dir, "none"), key, quiet()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}
