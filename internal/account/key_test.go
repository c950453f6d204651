package account

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/papilio-im/papilio/internal/store"
)

// dataFolder is a database and its key file, which can be opened many times.
type dataFolder struct{ dir string }

func (d dataFolder) key() string { return filepath.Join(d.dir, "legacy.key") }

func (d dataFolder) open(t testing.TB) (*Service, error) {
	db, err := store.Open(t.Context(), store.Options{URL: "sqlite://" + filepath.Join(d.dir, "papilio.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return New(t.Context(), Options{DB: db, KeyFile: d.key(), Hash: cheap})
}

// check is what a look at the key says.
func (d dataFolder) check(t testing.TB) error {
	db := openURL(t, "sqlite://"+filepath.Join(d.dir, "papilio.db"))
	return CheckKey(t.Context(), db, d.key())
}

func newFolder(t testing.TB) dataFolder {
	t.Helper()
	d := dataFolder{t.TempDir()}
	s, err := d.open(t)
	if err != nil {
		t.Fatal(err)
	}
	mustCreate(t, s, NewAccount{Handle: ada, Password: "x", Legacy: legacyPW})
	return d
}

func TestKeyIsKept(t *testing.T) {
	d := newFolder(t)
	info, err := os.Stat(d.key())
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("mode %o", mode)
	}
	s, err := d.open(t)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.CheckLegacyMD5(t.Context(), ada, salt, response); err != nil {
		t.Error(err)
	}
	files, err := os.ReadDir(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasPrefix(f.Name(), ".key") {
			t.Errorf("left behind: %s", f.Name())
		}
	}
}

func TestKeyTrouble(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(key string) error
		says  string
	}{
		"missing": {os.Remove, "is missing"},
		"damaged": {func(key string) error { return os.WriteFile(key, []byte("AAAA\n"), 0o600) }, "is damaged"},
		"empty":   {func(key string) error { return os.WriteFile(key, nil, 0o600) }, "is damaged"},
		"of another": {func(key string) error {
			other := newFolder(t)
			return os.Rename(other.key(), key)
		}, "is of another database"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newFolder(t)
			before, err := os.ReadFile(d.key())
			if err != nil {
				t.Fatal(err)
			}
			if err := c.spoil(d.key()); err != nil {
				t.Fatal(err)
			}
			wantErr(t, "check", d.check(t), ErrKey)
			_, err = d.open(t)
			wantErr(t, "open", err, ErrKey)
			if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), d.key()) {
				t.Errorf("%v: does not say %q and which file", err, c.says)
			}
			if err := os.WriteFile(d.key(), before, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := d.open(t); err != nil {
				t.Errorf("restored: %v", err)
			}
			wantErr(t, "check of the restored", d.check(t), nil)
		})
	}
}

// A key under which nothing is sealed can be replaced.
func TestUnusedKey(t *testing.T) {
	d := newFolder(t)
	s, err := d.open(t)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetLegacyPassword(t.Context(), ada, ""); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(d.key()); err != nil {
		t.Fatal(err)
	}
	if s, err = d.open(t); err != nil {
		t.Fatal(err)
	}
	if err := s.SetLegacyPassword(t.Context(), ada, legacyPW); err != nil {
		t.Fatal(err)
	}
	if s, err = d.open(t); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CheckLegacyMD5(t.Context(), ada, salt, response); err != nil {
		t.Error(err)
	}
}

// The service and the command line may both be the first to need the key.
func TestKeyMadeOnce(t *testing.T) {
	d := dataFolder{t.TempDir()}
	var work sync.WaitGroup
	services := make([]*Service, 6)
	for i := range services {
		work.Go(func() {
			s, err := d.open(t)
			if err != nil {
				t.Error(err)
			}
			services[i] = s
		})
	}
	work.Wait()
	if t.Failed() {
		return
	}
	mustCreate(t, services[0], NewAccount{Handle: ada, Password: "x", Legacy: legacyPW})
	for _, s := range services {
		if _, err := s.CheckLegacyMD5(t.Context(), ada, salt, response); err != nil {
			t.Error(err)
		}
	}
}

// A look at the key finds what does not open, and makes nothing.
func TestCheckKey(t *testing.T) {
	empty := dataFolder{t.TempDir()}
	wantErr(t, "no key, and none needed", empty.check(t), nil)
	if _, err := os.Stat(empty.key()); !os.IsNotExist(err) {
		t.Errorf("a key was made: %v", err)
	}
	d := newFolder(t)
	s, err := d.open(t)
	if err != nil {
		t.Fatal(err)
	}
	mustCreate(t, s, NewAccount{Handle: bea, Password: "x"})
	wantErr(t, "all open", d.check(t), nil)
	err = s.db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		a, err := tx.Account(ctx, ada)
		if err != nil {
			return err
		}
		b, err := tx.Account(ctx, bea)
		if err != nil {
			return err
		}
		return tx.SetLegacy(ctx, b.ID, a.Legacy)
	})
	if err != nil {
		t.Fatal(err)
	}
	err = d.check(t)
	wantErr(t, "sealed for another", err, ErrKey)
	if err == nil || !strings.Contains(err.Error(), "of 1 accounts, such as "+bea) {
		t.Errorf("got %v", err)
	}
}
