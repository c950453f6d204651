package account

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/papilio-im/papilio/internal/store"
)

// machine is a data folder beside a database that other machines use too.
type machine struct {
	db  *store.DB
	key string
}

// machines are several of them on one new database.
func machines(t *testing.T, n int) []machine {
	t.Helper()
	url := onPostgres.URL(t)
	all := make([]machine, n)
	for i := range all {
		all[i] = machine{openURL(t, url), filepath.Join(t.TempDir(), "legacy.key")}
	}
	return all
}

func (m machine) open(t *testing.T) (*Service, error) {
	t.Helper()
	return New(t.Context(), Options{DB: m.db, KeyFile: m.key, Hash: cheap})
}

func (m machine) mustOpen(t *testing.T) *Service {
	t.Helper()
	s, err := m.open(t)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// refuses checks that a machine with the wrong key does not start, and is told
// what to do.
func (m machine) refuses(t *testing.T, says string) {
	t.Helper()
	_, err := m.open(t)
	wantErr(t, "open", err, ErrKey)
	wantErr(t, "check", CheckKey(t.Context(), m.db, m.key), ErrKey)
	for _, part := range []string{m.key, says, "copy it from a machine", "papilio user forget-legacy"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v: does not say %q", err, part)
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err = errors.Join(err, os.WriteFile(to, text, 0o600)); err != nil {
		t.Fatal(err)
	}
}

// Machines that share a database share the key, and none makes a second one
// beside the first, whether or not anything is sealed yet.
func TestKeyIsShared(t *testing.T) {
	all := machines(t, 3)
	first := all[0].mustOpen(t)
	all[1].refuses(t, "is missing")
	if _, err := os.Stat(all[1].key); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a key that is of no use was left: %v", err)
	}
	if _, err := createKey(all[2].key); err != nil {
		t.Fatal(err)
	}
	all[2].refuses(t, "is of another database")
	copyFile(t, all[0].key, all[1].key)
	mustCreate(t, all[1].mustOpen(t), NewAccount{Handle: ada, Password: "x", Legacy: legacyPW})
	if _, err := first.CheckLegacyMD5(t.Context(), ada, salt, response); err != nil {
		t.Errorf("sealed on another machine: %v", err)
	}
}

// One of those that start on a new database makes the key.
func TestKeyIsMadeByOne(t *testing.T) {
	all := machines(t, 5)
	errs := make([]error, len(all))
	var work sync.WaitGroup
	for i, m := range all {
		work.Go(func() { _, errs[i] = m.open(t) })
	}
	work.Wait()
	made := 0
	for i, m := range all {
		_, err := os.Stat(m.key)
		switch {
		case errs[i] == nil && err == nil:
			made++
		case !errors.Is(errs[i], ErrKey) || err == nil:
			t.Errorf("machine %d: %v; its key: %v", i, errs[i], err)
		}
	}
	if made != 1 {
		t.Errorf("%d keys were made", made)
	}
}

// A machine that still runs with a key which was given up does not seal
// anything under it.
func TestKeyThatWasGivenUp(t *testing.T) {
	all := machines(t, 2)
	old := all[0].mustOpen(t)
	mustCreate(t, old, NewAccount{Handle: ada, Password: "x", Legacy: legacyPW})
	if n, err := ForgetLegacy(t.Context(), all[1].db, all[1].key); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	next := all[1].mustOpen(t)
	ctx := t.Context()
	_, err := old.Create(ctx, NewAccount{Handle: bea, Password: "x", Legacy: "old"})
	wantErr(t, "create", err, ErrKey)
	_, err = old.Import(ctx, strings.NewReader("carl@example.net pw"), ImportOptions{LegacySame: true})
	wantErr(t, "import", err, ErrKey)
	wantErr(t, "set", old.SetLegacyPassword(ctx, ada, "old"), ErrKey)
	if err := old.SetLegacyPassword(ctx, ada, ""); err != nil {
		t.Errorf("taking a password away needs no key: %v", err)
	}
	if err := next.SetLegacyPassword(ctx, ada, legacyPW); err != nil {
		t.Error(err)
	}
	all[0].refuses(t, "is of another database")
}
