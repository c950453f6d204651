package account

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/msnp"
)

const (
	ada = "ada@example.net"
	bea = "bea@example.net"
)

var cheap = HashParams{MemoryKiB: 8, Passes: 1, Threads: 1}

// engines are what the tests run on; another database is one entry more.
var engines = map[string]func(testing.TB) *store.DB{
	"sqlite memory": func(t testing.TB) *store.DB { return openURL(t, "sqlite://:memory:") },
	"sqlite file": func(t testing.TB) *store.DB {
		return openURL(t, "sqlite://"+filepath.Join(t.TempDir(), "papilio.db"))
	},
	"postgres": func(t testing.TB) *store.DB { return openURL(t, onPostgres.URL(t)) },
}

func openURL(t testing.TB, url string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func newService(t testing.TB, db *store.DB) *Service {
	t.Helper()
	s, err := New(t.Context(), Options{DB: db, KeyFile: filepath.Join(t.TempDir(), "key"), Hash: cheap})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// each runs a test on every engine.
func each(t *testing.T, test func(*testing.T, *Service)) {
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newService(t, open(t)))
		})
	}
}

func mustCreate(t testing.TB, s *Service, n NewAccount) Account {
	t.Helper()
	a, err := s.Create(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func wantErr(t testing.TB, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestCreate(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		made := mustCreate(t, s, NewAccount{Handle: "Ada@Example.NET", Password: "main", Legacy: "old"})
		want := Account{Handle: ada, Name: ada, Verified: true, HasLegacy: true}
		if d := cmp.Diff(want, made, cmpopts.IgnoreFields(Account{}, "ID", "Created")); d != "" {
			t.Error(d)
		}
		got, err := s.Get(t.Context(), "ADA@example.net")
		if err != nil || got != made {
			t.Errorf("got %+v %v, want %+v", got, err, made)
		}
		_, err = s.Create(t.Context(), NewAccount{Handle: ada, Password: "x"})
		wantErr(t, "again", err, ErrExists)
		if !strings.Contains(err.Error(), ada) {
			t.Errorf("%q does not name the account", err)
		}
		_, err = s.Get(t.Context(), bea)
		wantErr(t, "unknown", err, ErrNotFound)
		_, err = s.Get(t.Context(), "no handle")
		wantErr(t, "no handle", err, ErrNotFound)
		plain := mustCreate(t, s, NewAccount{Handle: bea, Name: "Béa", Password: "x", Unverified: true})
		if plain.HasLegacy || plain.Verified || plain.Name != "Béa" {
			t.Errorf("got %+v", plain)
		}
	})
}

func TestCreateRefuses(t *testing.T) {
	s := newService(t, openURL(t, "sqlite://:memory:"))
	for name, c := range map[string]struct {
		n    NewAccount
		want error
	}{
		"no handle":       {NewAccount{Handle: "ada", Password: "x"}, msnp.ErrHandle},
		"no password":     {NewAccount{Handle: ada}, ErrPassword},
		"long password":   {NewAccount{Handle: ada, Password: Secret(strings.Repeat("x", 257))}, ErrPassword},
		"legacy blank":    {NewAccount{Handle: ada, Password: "x", Legacy: "a b"}, ErrPassword},
		"legacy umlaut":   {NewAccount{Handle: ada, Password: "x", Legacy: "ä"}, ErrPassword},
		"long legacy":     {NewAccount{Handle: ada, Password: "x", Legacy: Secret(strings.Repeat("x", 65))}, ErrPassword},
		"long name":       {NewAccount{Handle: ada, Password: "x", Name: strings.Repeat("é", 65)}, ErrName},
		"name with a NUL": {NewAccount{Handle: ada, Password: "x", Name: "a\x00"}, ErrName},
		"name not UTF-8":  {NewAccount{Handle: ada, Password: "x", Name: "a\xff"}, ErrName},
	} {
		_, err := s.Create(t.Context(), c.n)
		wantErr(t, name, err, c.want)
	}
}

func TestOptions(t *testing.T) {
	file := openURL(t, "sqlite://"+filepath.Join(t.TempDir(), "papilio.db"))
	memory := openURL(t, "sqlite://:memory:")
	for name, o := range map[string]Options{
		"no database":   {},
		"no key":        {DB: file, Hash: cheap},
		"little memory": {DB: memory, Hash: HashParams{MemoryKiB: 4, Passes: 1, Threads: 1}},
		"no passes":     {DB: memory, Hash: HashParams{MemoryKiB: 64, Threads: 1}},
		"no threads":    {DB: memory, Hash: HashParams{MemoryKiB: 64, Passes: 1}},
	} {
		if _, err := New(t.Context(), o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := New(t.Context(), Options{DB: memory}); err != nil {
		t.Errorf("defaults: %v", err)
	}
}

func TestList(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		want := []string{"a@x.net", "b@x.net", "c@x.net"}
		for _, h := range []string{"c@x.net", "a@x.net", "b@x.net"} {
			mustCreate(t, s, NewAccount{Handle: h, Password: "x"})
		}
		var got []string
		for a, err := range s.List(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, a.Handle)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		for a, err := range s.List(t.Context()) {
			if err != nil || a.Handle != "a@x.net" {
				t.Errorf("went on to %s, %v", a.Handle, err)
			}
			break
		}
	})
}

func TestListTrouble(t *testing.T) {
	s := newService(t, openURL(t, "sqlite://:memory:"))
	ctx, cancel := context.WithCancel(t.Context())
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
	cancel()
	for _, err := range s.List(ctx) {
		wantErr(t, "list", err, store.ErrClosed)
	}
}

func TestEdits(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		ctx := t.Context()
		mustCreate(t, s, NewAccount{Handle: ada, Password: "one", Legacy: "old"})
		if err := s.SetPassword(ctx, "Ada@example.net", "two"); err != nil {
			t.Fatal(err)
		}
		_, err := s.CheckPassword(ctx, ada, "one")
		wantErr(t, "former password", err, ErrCredentials)
		if _, err := s.CheckPassword(ctx, ada, "two"); err != nil {
			t.Error(err)
		}
		if err := s.SetLegacyPassword(ctx, ada, ""); err != nil {
			t.Fatal(err)
		}
		if a, _ := s.Get(ctx, ada); a.HasLegacy {
			t.Error("the legacy password is still there")
		}
		_, err = s.CheckLegacy(ctx, ada, "old")
		wantErr(t, "removed legacy password", err, ErrCredentials)
		wantErr(t, "no password", s.SetPassword(ctx, ada, ""), ErrPassword)
		wantErr(t, "bad legacy", s.SetLegacyPassword(ctx, ada, "a b"), ErrPassword)
		_, err = s.RandomLegacyPassword(ctx, bea)
		wantErr(t, "random for nobody", err, ErrNotFound)
		_, err = s.Remove(ctx, bea)
		for what, err := range map[string]error{
			"password": s.SetPassword(ctx, bea, "x"), "legacy": s.SetLegacyPassword(ctx, bea, "x"),
			"ban": s.SetBanned(ctx, bea, true), "remove": err, "no handle": s.SetBanned(ctx, "x", true),
		} {
			wantErr(t, what, err, ErrNotFound)
		}
	})
}

func TestRandomLegacyPassword(t *testing.T) {
	s := newService(t, openURL(t, "sqlite://:memory:"))
	mustCreate(t, s, NewAccount{Handle: ada, Password: "x"})
	seen := make(map[Secret]bool)
	for range 50 {
		pw, err := s.RandomLegacyPassword(t.Context(), ada)
		if err != nil {
			t.Fatal(err)
		}
		if len(pw) < 12 || len(pw) > 16 || checkLegacy(pw) != nil || seen[pw] {
			t.Fatalf("got %s", pw.Reveal())
		}
		seen[pw] = true
		if _, err := s.CheckLegacy(t.Context(), ada, pw); err != nil {
			t.Fatal(err)
		}
	}
}
