package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// engines are what the contract is checked on. Another database is one entry
// more: a function that opens an empty one.
var engines = map[string]func(testing.TB) *DB{
	"sqlite file": func(t testing.TB) *DB {
		return openURL(t, "sqlite://"+filepath.Join(t.TempDir(), "papilio.db"))
	},
	"sqlite memory": func(t testing.TB) *DB { return openURL(t, "sqlite://:memory:") },
	"postgres":      func(t testing.TB) *DB { return openURL(t, onPostgres.URL(t)) },
}

var contract = map[string]func(*testing.T, *DB){
	"accounts":            testAccounts,
	"accounts in pages":   testPages,
	"profile":             testProfile,
	"versions and stamps": testVersions,
	"contacts":            testContacts,
	"order of handles":    testOrder,
	"contacts' accounts":  testListed,
	"groups":              testGroups,
	"a look":              testLook,
	"a look at nobody":    testLookAtNobody,
	"a look in between":   testLookBetweenChanges,
	"a look that fails":   testLookFails,
	"deleting an account": testDelete,
	"facts":               testFacts,
	"undone on error":     testUndone,
	"undone on panic":     testPanic,
	"changes in turn":     testTurns,
	"closed":              testClosed,
	"busy":                testBusy,
}

func TestContract(t *testing.T) {
	for engine, open := range engines {
		for name, test := range contract {
			t.Run(engine+"/"+name, func(t *testing.T) {
				t.Parallel()
				test(t, open(t))
			})
		}
	}
}

func openURL(t testing.TB, url string) *DB {
	t.Helper()
	db, err := Open(t.Context(), Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

// write makes a change with everybody locked.
func write(t testing.TB, db *DB, fn func(context.Context, *Tx) error) {
	t.Helper()
	err := db.Write(t.Context(), func(ctx context.Context, tx *Tx) error {
		if err := lockAll(ctx, tx); err != nil {
			return err
		}
		return fn(ctx, tx)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func lockAll(ctx context.Context, tx *Tx) error {
	all, err := tx.AccountsAfter(ctx, "", 1000)
	if err != nil {
		return err
	}
	var handles []string
	for _, a := range all {
		handles = append(handles, a.Handle)
	}
	return tx.Lock(ctx, handles...)
}

func read(t testing.TB, db *DB, fn func(context.Context, *Tx) error) {
	t.Helper()
	if err := db.Read(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

var noon = time.UnixMicro(1_793_016_000_000_000)

func newAccount(handle string) Account {
	return Account{Handle: handle, Name: "name of " + handle, Password: "hash", Verified: true, Created: noon}
}

// insert adds accounts and gives their ids.
func insert(t testing.TB, db *DB, handles ...string) []int64 {
	t.Helper()
	ids := make([]int64, len(handles))
	write(t, db, func(ctx context.Context, tx *Tx) error {
		for i, h := range handles {
			id, inserted, err := tx.InsertAccount(ctx, newAccount(h))
			if err != nil || !inserted {
				return fmt.Errorf("insert %s: %v %w", h, inserted, err)
			}
			ids[i] = id
		}
		return nil
	})
	return ids
}

func diff(t testing.TB, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func testAccounts(t *testing.T, db *DB) {
	want := newAccount("ada@example.net")
	want.Legacy, want.Name = "sealed", "Ada – 蝶"
	write(t, db, func(ctx context.Context, tx *Tx) (err error) {
		want.ID, _, err = tx.InsertAccount(ctx, want)
		return err
	})
	write(t, db, func(ctx context.Context, tx *Tx) error {
		if _, inserted, err := tx.InsertAccount(ctx, newAccount("ada@example.net")); inserted || err != nil {
			t.Errorf("second account of a handle: %v %v", inserted, err)
		}
		return nil
	})
	check := func(what string) {
		t.Helper()
		read(t, db, func(ctx context.Context, tx *Tx) error {
			got, err := tx.Account(ctx, want.Handle)
			diff(t, what, got, want)
			return err
		})
	}
	check("as inserted")
	write(t, db, func(ctx context.Context, tx *Tx) error {
		return errors.Join(
			tx.SetPassword(ctx, want.ID, "other"), tx.SetLegacy(ctx, want.ID, ""),
			tx.SetBanned(ctx, want.ID, true), tx.SetName(ctx, want.ID, "A"))
	})
	want.Password, want.Legacy, want.Banned, want.Name = "other", "", true, "A"
	want.Epoch = 2 // another password, and a ban
	check("as changed")
	var byID Account
	look(t, db, func(l *Look) { l.AccountByID(want.ID, &byID) })
	diff(t, "by id", byID, want)
	if err := db.Look(t.Context(), func(l *Look) { l.AccountByID(want.ID+1, &byID) }); !errors.Is(err, ErrNotFound) {
		t.Errorf("id that is not there: %v", err)
	}
	read(t, db, func(ctx context.Context, tx *Tx) error {
		if _, err := tx.Account(ctx, "bea@example.net"); !errors.Is(err, ErrNotFound) {
			t.Errorf("account that is not there: %v", err)
		}
		return nil
	})
}

func testPages(t *testing.T, db *DB) {
	insert(t, db, "c@x.net", "a@x.net", "b@x.net")
	var got []string
	read(t, db, func(ctx context.Context, tx *Tx) error {
		for last := ""; ; {
			page, err := tx.AccountsAfter(ctx, last, 2)
			if err != nil || len(page) == 0 {
				return err
			}
			for _, a := range page {
				got = append(got, a.Handle)
			}
			last = page[len(page)-1].Handle
		}
	})
	diff(t, "all pages", got, []string{"a@x.net", "b@x.net", "c@x.net"})
}

func testProfile(t *testing.T, db *DB) {
	id := insert(t, db, "ada@example.net")[0]
	want := Profile{
		ID: id, Handle: "ada@example.net", Name: "name of ada@example.net",
		Version: 1, ListStamp: noon, SettingsStamp: noon, AskWhenAdded: true,
	}
	check := func(what string) {
		t.Helper()
		read(t, db, func(ctx context.Context, tx *Tx) error {
			got, err := tx.Profile(ctx, want.Handle)
			diff(t, what, got, want)
			return err
		})
	}
	check("new")
	want.AskWhenAdded, want.BlockUnlisted = false, true
	want.Phones = Phones{Home: "1 (555) 010", Work: "w", Mobile: "m", Device: true, Pages: true}
	write(t, db, func(ctx context.Context, tx *Tx) error {
		return errors.Join(tx.SetAskWhenAdded(ctx, id, false), tx.SetBlockUnlisted(ctx, id, true),
			tx.SetPhones(ctx, id, want.Phones))
	})
	check("changed")
	read(t, db, func(ctx context.Context, tx *Tx) error {
		got, err := tx.Owner(ctx, want.Handle)
		diff(t, "owner", got, Owner{ID: id, Version: 1, BlockUnlisted: true, Name: want.Name})
		return err
	})
}

func testVersions(t *testing.T, db *DB) {
	id := insert(t, db, "ada@example.net")[0]
	write(t, db, func(ctx context.Context, tx *Tx) error {
		// The clock stands still, then goes back: the stamps move on.
		for i, touch := range []func(context.Context, int64, time.Time) (uint32, error){
			tx.TouchLists, tx.TouchLists, tx.TouchSettings,
		} {
			version, err := touch(ctx, id, noon.Add(-time.Duration(i)*time.Hour))
			if err != nil || version != uint32(i+2) {
				t.Errorf("touch %d: version %d, %v", i, version, err)
			}
		}
		p, err := tx.Profile(ctx, "ada@example.net")
		diff(t, "list stamp", p.ListStamp, noon.Add(2*time.Microsecond))
		diff(t, "settings stamp", p.SettingsStamp, noon.Add(time.Microsecond))
		if err != nil {
			return err
		}
		later := noon.Add(time.Hour)
		if _, err := tx.TouchLists(ctx, id, later); err != nil {
			return err
		}
		p, err = tx.Profile(ctx, "ada@example.net")
		diff(t, "list stamp later", p.ListStamp, later)
		if err != nil {
			return err
		}
		if err := tx.SetVersion(ctx, id, 1<<32-1); err != nil {
			return err
		}
		version, err := tx.TouchLists(ctx, id, noon)
		diff(t, "after the highest version", version, uint32(1))
		return err
	})
}

func testTurns(t *testing.T, db *DB) {
	id := insert(t, db, "ada@example.net")[0]
	const writers, each = 8, 25
	errs := make(chan error, writers)
	for range writers {
		go func() {
			var err error
			for range each {
				err = errors.Join(err, db.Write(t.Context(), func(ctx context.Context, tx *Tx) error {
					if err := tx.Lock(ctx, "ada@example.net"); err != nil {
						return err
					}
					_, err := tx.TouchLists(ctx, id, noon)
					return err
				}))
			}
			errs <- err
		}()
	}
	for range writers {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	read(t, db, func(ctx context.Context, tx *Tx) error {
		o, err := tx.Owner(ctx, "ada@example.net")
		diff(t, "version", o.Version, uint32(1+writers*each))
		return err
	})
}

func testUndone(t *testing.T, db *DB) {
	sentinel := errors.New("no")
	err := db.Write(t.Context(), func(ctx context.Context, tx *Tx) error {
		if _, _, err := tx.InsertAccount(ctx, newAccount("ada@example.net")); err != nil {
			return err
		}
		return sentinel
	})
	if !errors.Is(err, sentinel) {
		t.Errorf("got %v", err)
	}
	wantNobody(t, db)
}

func testPanic(t *testing.T, db *DB) {
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = db.Write(t.Context(), func(ctx context.Context, tx *Tx) error {
			_, _, err := tx.InsertAccount(ctx, newAccount("ada@example.net"))
			panic(err)
		})
	}()
	wantNobody(t, db)
	insert(t, db, "ada@example.net")
}

func wantNobody(t *testing.T, db *DB) {
	t.Helper()
	read(t, db, func(ctx context.Context, tx *Tx) error {
		all, err := tx.AccountsAfter(ctx, "", 9)
		diff(t, "accounts", len(all), 0)
		return err
	})
}

func testClosed(t *testing.T, db *DB) {
	insert(t, db, "ada@example.net")
	if err := errors.Join(db.Close(), db.Close()); err != nil {
		t.Fatal(err)
	}
	nothing := func(context.Context, *Tx) error { return nil }
	if err := db.Read(t.Context(), nothing); !errors.Is(err, ErrClosed) {
		t.Errorf("read: %v", err)
	}
	if err := db.Write(t.Context(), nothing); !errors.Is(err, ErrClosed) {
		t.Errorf("write: %v", err)
	}
}

func testOrder(t *testing.T, db *DB) {
	// Octets decide, not any language's rules: what is in memory is searched
	// by halves.
	handles := []string{"a-b@x.net", "a.b@x.net", "a_b@x.net", "ab@x.net", "a1@x.net", "a@x.net", "b@x.net", "a+c@x.net"}
	id := insert(t, db, append(handles, "owner@x.net")...)[len(handles)]
	write(t, db, func(ctx context.Context, tx *Tx) error {
		for _, h := range handles {
			if err := tx.PutContact(ctx, id, Contact{Handle: h, Lists: 1, Name: h, GUID: NewGUID()}); err != nil {
				return err
			}
		}
		return nil
	})
	slices.Sort(handles)
	read(t, db, func(ctx context.Context, tx *Tx) error {
		var got []string
		err := tx.EachEntry(ctx, id, func(handle string, _ uint8) { got = append(got, handle) })
		diff(t, "entries", got, handles)
		return err
	})
}
