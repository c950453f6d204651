package roster

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/msnp"
)

const (
	ada  = "ada@example.net"
	bea  = "bea@example.net"
	carl = "carl@example.net"
	dora = "dora@example.net"
)

// engines are what the tests run on; another database is one entry more.
var engines = map[string]func(testing.TB) *store.DB{
	"sqlite memory": func(t testing.TB) *store.DB { return openURL(t, "sqlite://:memory:") },
	"sqlite file":   func(t testing.TB) *store.DB { return openURL(t, keptEngines["sqlite file"](t)) },
	"postgres":      func(t testing.TB) *store.DB { return openURL(t, keptEngines["postgres"](t)) },
}

// keptEngines are those that several processes can use, and what one of them
// leaves behind is there for the next.
var keptEngines = map[string]func(testing.TB) string{
	"sqlite file": func(t testing.TB) string { return "sqlite://" + filepath.Join(t.TempDir(), "papilio.db") },
	"postgres":    onPostgres.URL,
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

// each runs a test on every engine, with the accounts of four people.
func each(t *testing.T, test func(*testing.T, *Service)) {
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			people(t, db, ada, bea, carl, dora)
			test(t, newService(t, db))
		})
	}
}

func newService(t testing.TB, db *store.DB) *Service {
	t.Helper()
	s, err := New(Options{DB: db})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// people creates accounts.
func people(t testing.TB, db *store.DB, handles ...string) {
	t.Helper()
	err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		for _, h := range handles {
			_, _, err := tx.InsertAccount(ctx, store.Account{Handle: h, Name: nameOf(h), Created: time.Now()})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func nameOf(handle string) string { return "name of " + handle }

// code gives what a client would be told: "ok", "close", or a number.
func code(err error) string {
	var r Refusal
	switch {
	case err == nil:
		return "ok"
	case !errors.As(err, &r):
		return fmt.Sprintf("trouble: %v", err)
	case r == Close:
		return "close"
	}
	return r.Code.String()
}

func wantCode(t testing.TB, what string, err error, want string) {
	t.Helper()
	if got := code(err); got != want {
		t.Errorf("%s: got %s, want %s", what, got, want)
	}
}

func wantRefusal(t testing.TB, what string, err error, want msnp.Code) {
	t.Helper()
	wantCode(t, what, err, want.String())
}

// unguided leaves the GUIDs of contacts out, which are random.
var unguided = cmpopts.IgnoreFields(Change{}, "GUID")

func diff(t testing.TB, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got, unguided); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func mustAdd(tb testing.TB, s *Service, owner string, r AddRequest) Change {
	tb.Helper()
	c, err := s.Add(tb.Context(), owner, r)
	if err != nil {
		tb.Fatalf("%s adds %s to %v: %v", owner, r.Handle, r.List, err)
	}
	return c
}

func mustRemove(tb testing.TB, s *Service, owner string, r RemoveRequest) Change {
	tb.Helper()
	c, err := s.Remove(tb.Context(), owner, r)
	if err != nil {
		tb.Fatalf("%s removes %s from %v: %v", owner, r.Handle, r.List, err)
	}
	return c
}

func mustLoad(tb testing.TB, s *Service, owner string) Full {
	tb.Helper()
	full, err := s.Load(tb.Context(), owner, Known{})
	if err != nil {
		tb.Fatal(err)
	}
	return full
}

// lists gives the lists of an owner in short: "bea@example.net" -> "FL,AL".
func lists(tb testing.TB, s *Service, owner string) map[string]string {
	tb.Helper()
	m := make(map[string]string)
	for _, c := range mustLoad(tb, s, owner).Contacts {
		m[c.Handle] = c.Lists.String()
	}
	return m
}

// groups gives the groups of a contact as clients up to MSNP9 see them.
func groups(tb testing.TB, s *Service, owner, handle string) []int {
	tb.Helper()
	for _, c := range mustLoad(tb, s, owner).Contacts {
		if c.Handle == handle {
			return c.Numbers()
		}
	}
	return nil
}

func version(tb testing.TB, s *Service, owner string) uint32 {
	tb.Helper()
	v, err := s.Version(tb.Context(), owner)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}
