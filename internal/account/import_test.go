package account

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/papilio-im/papilio/internal/store"
)

func TestImport(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		ctx := t.Context()
		mustCreate(t, s, NewAccount{Handle: bea, Password: "kept"})
		list := "\ufeff# people\r\n\r\n" +
			"Ada@example.net  s3cret!\tAda  Lovelace \r\n" +
			"bea@example.net other\n" +
			"   carl@example.net pw   "
		result, err := s.Import(ctx, strings.NewReader(list), ImportOptions{LegacySame: true})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(ImportResult{Created: 2, Skipped: []string{bea}}, result); d != "" {
			t.Error(d)
		}
		a, err := s.CheckLegacyMD5(ctx, ada, salt, response)
		if err != nil || a.Name != "Ada  Lovelace" || !a.Verified {
			t.Errorf("ada: %+v %v", a, err)
		}
		if _, err := s.CheckPassword(ctx, ada, "s3cret!"); err != nil {
			t.Error(err)
		}
		if _, err := s.CheckPassword(ctx, bea, "kept"); err != nil {
			t.Errorf("bea's password was changed: %v", err)
		}
		if a, err := s.Get(ctx, "carl@example.net"); err != nil || a.Name != a.Handle || !a.HasLegacy {
			t.Errorf("carl: %+v %v", a, err)
		}
	})
}

func TestImportRefuses(t *testing.T) {
	s := newService(t, openURL(t, "sqlite://:memory:"))
	for name, c := range map[string]struct {
		list, says string
		same       bool
	}{
		"no password": {"a@x.net p\n\nb@x.net", "line 3: want: handle password [name]", false},
		"no handle":   {"a@x.net p\nbob p", "line 2: msnp: not a handle", false},
		"twice":       {"a@x.net p\n# x\nA@x.net p", "line 3: a@x.net was on line 1 already", false},
		"legacy":      {"a@x.net p\xc3\xa4", "line 1: password not usable for old clients", true},
		"name":        {"a@x.net p " + strings.Repeat("é", 70), "line 1: name not usable", false},
		"endless":     {"a@x.net p\n" + strings.Repeat("x", 3000), "line 2: more than 2048 octets", false},
	} {
		result, err := s.Import(t.Context(), strings.NewReader(c.list), ImportOptions{LegacySame: c.same})
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		if result.Created != 0 {
			t.Errorf("%s: created %d", name, result.Created)
		}
	}
	if n := count(t, s); n != 0 {
		t.Errorf("created %d", n)
	}
}

func importList(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "person%04d@example.net password%d Person %d\n", i, i, i)
	}
	return b.String()
}

// Whoever stops an import finds whole batches, and can run it again.
func TestImportInterrupted(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		const people = 3*importBatch + 10
		list := importList(people)
		ctx, cancel := context.WithCancel(t.Context())
		var seen []ImportProgress
		result, err := s.Import(ctx, strings.NewReader(list), ImportOptions{Progress: func(p ImportProgress) {
			if seen = append(seen, p); len(seen) == 2 {
				cancel()
			}
		}})
		wantErr(t, "import", err, context.Canceled)
		want := []ImportProgress{{importBatch, people}, {2 * importBatch, people}}
		if d := cmp.Diff(want, seen); d != "" {
			t.Error(d)
		}
		if result.Created != 2*importBatch || count(t, s) != 2*importBatch {
			t.Errorf("created %d, there are %d", result.Created, count(t, s))
		}
		result, err = s.Import(t.Context(), strings.NewReader(list), ImportOptions{})
		if err != nil || result.Created != people-2*importBatch || len(result.Skipped) != 2*importBatch {
			t.Errorf("again: %d created, %d skipped, %v", result.Created, len(result.Skipped), err)
		}
		if count(t, s) != people {
			t.Errorf("there are %d", count(t, s))
		}
	})
}

func count(t testing.TB, s *Service) (n int) {
	t.Helper()
	for _, err := range s.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

// A handle that somebody takes between the look and the insertion is skipped.
func TestImportRace(t *testing.T) {
	for _, engine := range []string{"sqlite file", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := newService(t, engines[engine](t))
			done := make(chan ImportResult, 2)
			for range 2 {
				go func() {
					result, err := s.Import(t.Context(), strings.NewReader(importList(200)), ImportOptions{})
					if err != nil {
						t.Error(err)
					}
					done <- result
				}()
			}
			a, b := <-done, <-done
			if a.Created+b.Created != 200 || len(a.Skipped)+len(b.Skipped) != 200 || count(t, s) != 200 {
				t.Errorf("created %d and %d, skipped %d and %d", a.Created, b.Created, len(a.Skipped), len(b.Skipped))
			}
		})
	}
}

func TestRemove(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		ctx := t.Context()
		mustCreate(t, s, NewAccount{Handle: ada, Password: "x"})
		b := mustCreate(t, s, NewAccount{Handle: bea, Password: "x"})
		c := mustCreate(t, s, NewAccount{Handle: "carl@example.net", Password: "x"})
		mustCreate(t, s, NewAccount{Handle: "dora@example.net", Password: "x"})
		guids := make(map[int64]string)
		err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			if err := tx.Lock(ctx, bea, "carl@example.net"); err != nil {
				return err
			}
			for id, lists := range map[int64]uint8{b.ID: 1, c.ID: 4 | 8} {
				guids[id] = store.NewGUID()
				err := tx.PutContact(ctx, id, store.Contact{Handle: ada, Lists: lists, Name: "Ada", GUID: guids[id]})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		affected, err := s.Remove(ctx, "Ada@example.net")
		if err != nil {
			t.Fatal(err)
		}
		want := []Affected{{bea, 2, 1, guids[b.ID]}, {"carl@example.net", 2, 12, guids[c.ID]}}
		if !slices.Equal(affected, want) {
			t.Errorf("got %+v, want %+v", affected, want)
		}
		_, err = s.Get(ctx, ada)
		wantErr(t, "removed", err, ErrNotFound)
		_, err = s.CheckPassword(ctx, ada, "x")
		wantErr(t, "removed", err, ErrCredentials)
		mustCreate(t, s, NewAccount{Handle: ada, Password: "x"})
		again, err := s.Remove(ctx, ada)
		if err != nil || len(again) != 0 {
			t.Errorf("a new account of that handle: %+v %v", again, err)
		}
	})
}

func FuzzParseImport(f *testing.F) {
	f.Add("ada@example.net pw Ada\n# x\n\n", true)
	f.Add("ada@example.net", false)
	f.Fuzz(func(t *testing.T, list string, same bool) {
		accounts, err := parseImport(strings.NewReader(list), ImportOptions{LegacySame: same})
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") {
				t.Errorf("%q does not name the line", err)
			}
			return
		}
		for _, n := range accounts {
			again, err := n.normal()
			if err != nil || again != n {
				t.Errorf("%+v: %v", n, err)
			}
		}
	})
}
