package store

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

// look reads what has to be there.
func look(t testing.TB, db *DB, want func(*Look)) {
	t.Helper()
	if err := db.Look(t.Context(), want); err != nil {
		t.Fatal(err)
	}
}

// lists is what a look at somebody's lists gives.
type lists struct {
	Standing Standing
	Entries  []string
	Groups   []string
	Listed   []string
	Members  []int
}

// seen looks at the lists for somebody who knows some of them.
func seen(t testing.TB, db *DB, handle string, known Known) lists {
	t.Helper()
	var all lists
	var groups []Group
	look(t, db, func(l *Look) {
		all, groups = lists{}, nil
		l.Groups(handle, known, &groups)
		l.Standing(handle, &all.Standing, func(handle string, _ uint8) { all.Entries = append(all.Entries, handle) })
		l.EachListed(handle, known, 1, func(l Listed) { all.Listed = append(all.Listed, l.Handle) })
		l.EachMember(handle, known, func(_ string, n int) { all.Members = append(all.Members, n) })
	})
	for _, g := range groups {
		all.Groups = append(all.Groups, g.Name)
	}
	return all
}

// testStampsKnown looks at lists for somebody who knows them by their stamps.
func testStampsKnown(t *testing.T, db *DB, all lists) {
	t.Helper()
	var p Profile
	look(t, db, func(l *Look) { l.Profile("ada@x.net", &p) })
	other := noon.Add(-time.Hour)
	for _, known := range []Known{
		{ListStamp: p.ListStamp}, {SettingsStamp: p.SettingsStamp}, {ListStamp: other, SettingsStamp: p.SettingsStamp},
		{ListStamp: p.ListStamp, SettingsStamp: other},
	} {
		diff(t, "one stamp known", seen(t, db, "ada@x.net", known), all)
	}
	known := Known{ListStamp: p.ListStamp, SettingsStamp: p.SettingsStamp}
	diff(t, "both stamps known", seen(t, db, "ada@x.net", known), lists{Standing: all.Standing, Entries: all.Entries})
}

func testLook(t *testing.T, db *DB) {
	id := insert(t, db, "ada@x.net", "bea@x.net")[0]
	standing := Standing{Version: 1}
	diff(t, "new account", seen(t, db, "ada@x.net", Known{}), lists{Standing: standing, Groups: []string{FirstGroupName}})
	write(t, db, func(ctx context.Context, tx *Tx) error {
		_, err := tx.TouchLists(ctx, id, noon)
		return errors.Join(err,
			tx.InsertGroup(ctx, id, Group{Number: 3, GUID: "g3", Name: "Work"}),
			tx.PutContact(ctx, id, Contact{Handle: "carl@x.net", Lists: 8, Name: "c", GUID: "c"}),
			tx.PutContact(ctx, id, Contact{Handle: "bea@x.net", Lists: 1, Name: "b", GUID: "b"}),
			tx.AddMember(ctx, id, "bea@x.net", 3),
			tx.SetBlockUnlisted(ctx, id, true),
			tx.SetBanned(ctx, id, true),
		)
	})
	standing = Standing{Version: 2, BlockUnlisted: true, Banned: true}
	both := []string{"bea@x.net", "carl@x.net"}
	all := lists{standing, both, []string{FirstGroupName, "Work"}, both, []int{3}}
	diff(t, "nothing known", seen(t, db, "ada@x.net", Known{}), all)
	diff(t, "an old version known", seen(t, db, "ada@x.net", Known{Version: 1}), all)
	for _, known := range []uint32{2, 3, 1<<32 - 1} {
		diff(t, "this or a later version known", seen(t, db, "ada@x.net", Known{Version: known}), lists{Standing: standing, Entries: both})
	}
	testStampsKnown(t, db, all)
	var o Owner
	var a Account
	var p Profile
	look(t, db, func(l *Look) { l.Owner("ada@x.net", &o) })
	look(t, db, func(l *Look) { l.Account("ada@x.net", &a); l.Profile("ada@x.net", &p) })
	read(t, db, func(ctx context.Context, tx *Tx) error {
		account, err := tx.Account(ctx, "ada@x.net")
		profile, err2 := tx.Profile(ctx, "ada@x.net")
		owner, err3 := tx.Owner(ctx, "ada@x.net")
		diff(t, "account", a, account)
		diff(t, "owner", o, owner)
		diff(t, "profile", p, profile)
		return errors.Join(err, err2, err3)
	})
}

func testLookAtNobody(t *testing.T, db *DB) {
	insert(t, db, "ada@x.net")
	var o Owner
	var a Account
	var p Profile
	var s Standing
	none := func(string, uint8) { t.Error("nobody has lists") }
	for what, want := range map[string]func(*Look){
		"account":  func(l *Look) { l.Account("bea@x.net", &a) },
		"profile":  func(l *Look) { l.Profile("bea@x.net", &p) },
		"owner":    func(l *Look) { l.Owner("bea@x.net", &o) },
		"standing": func(l *Look) { l.Standing("bea@x.net", &s, none) },
		"one of two": func(l *Look) {
			l.Profile("bea@x.net", &p)
			l.Account("ada@x.net", &a)
		},
	} {
		if err := db.Look(t.Context(), want); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	seen(t, db, "ada@x.net", Known{})
}

// A look never sees half of a change.
func testLookBetweenChanges(t *testing.T, db *DB) {
	id := insert(t, db, "ada@x.net")[0]
	const changes = 100
	var changing sync.WaitGroup
	changing.Go(func() {
		for range changes {
			err := db.Write(t.Context(), func(ctx context.Context, tx *Tx) error {
				if err := tx.Lock(ctx, "ada@x.net"); err != nil {
					return err
				}
				v, err := tx.TouchLists(ctx, id, noon)
				if err != nil {
					return err
				}
				// There is a contact, with a group, in every second version.
				if v%2 == 1 {
					return errors.Join(tx.DeleteContact(ctx, id, "bea@x.net"), tx.DeleteGroup(ctx, id, 7))
				}
				return errors.Join(
					tx.PutContact(ctx, id, Contact{Handle: "bea@x.net", Lists: 1, Name: "b", GUID: "b"}),
					tx.InsertGroup(ctx, id, Group{Number: 7, GUID: "g", Name: "Work"}),
					tx.AddMember(ctx, id, "bea@x.net", 7),
				)
			})
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	defer changing.Wait()
	for last := uint32(0); last < changes+1 && !t.Failed(); {
		all := seen(t, db, "ada@x.net", Known{})
		even := 1 - int(all.Standing.Version%2)
		if len(all.Entries) != even || len(all.Listed) != even || len(all.Members) != even || len(all.Groups) != even+1 {
			t.Fatalf("half of a change: %+v", all)
		}
		last = all.Standing.Version
	}
}

// What a look that fails has begun is in nobody's way.
func testLookFails(t *testing.T, db *DB) {
	insert(t, db, "ada@x.net")
	var o Owner
	trouble := errors.New("trouble")
	for what, want := range map[string]func(*Look){
		"alone": func(l *Look) { l.rows(`SELECT nothing FROM nowhere`, nil, ignore) },
		"between": func(l *Look) {
			l.Owner("ada@x.net", &o)
			l.rows(`SELECT nothing FROM nowhere`, nil, ignore)
			l.Owner("ada@x.net", &o)
		},
		"in the middle": func(l *Look) {
			l.Owner("ada@x.net", &o)
			l.rows(`SELECT id FROM accounts`, nil, func(scanner) error { return trouble })
			l.Owner("ada@x.net", &o)
		},
	} {
		for range 2 * defaultConnections {
			if err := db.Look(t.Context(), want); err == nil || errors.Is(err, ErrNotFound) {
				t.Fatalf("%s: %v", what, err)
			}
		}
	}
	seen(t, db, "ada@x.net", Known{})
	insert(t, db, "bea@x.net")
}
