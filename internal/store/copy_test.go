package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
)

// lots fills a database with what a service leaves: people of all kinds, and
// lists that agree with each other.
func lots(t testing.TB, db *DB, people int) {
	t.Helper()
	handle := func(i int) string { return fmt.Sprintf("person%04d@example.net", i) }
	contact := func(ctx context.Context, tx *Tx, owner int64, i int, lists uint8) error {
		return tx.PutContact(ctx, owner, Contact{Handle: handle(i), Lists: lists, Name: "蝶 '\"\\ " + handle(i), GUID: NewGUID()})
	}
	err := db.Write(t.Context(), func(ctx context.Context, tx *Tx) error {
		ids := make([]int64, people)
		for i := range ids {
			a := newAccount(handle(i))
			a.Banned, a.Verified = i%5 == 0, i%3 != 0
			if i%2 == 0 {
				a.Legacy = "sealed"
			}
			var err error
			if ids[i], _, err = tx.InsertAccount(ctx, a); err != nil {
				return err
			}
		}
		for i, id := range ids {
			next, before := (i+1)%people, (i+people-1)%people
			_, err := tx.TouchLists(ctx, id, noon)
			err = errors.Join(err,
				contact(ctx, tx, id, next, 1|2), contact(ctx, tx, id, before, 8|16),
				tx.InsertGroup(ctx, id, Group{Number: 1, GUID: NewGUID(), Name: "Wörk"}),
				tx.AddMember(ctx, id, handle(next), 1),
				tx.SetPhones(ctx, id, Phones{Home: "1", Device: i%2 == 0}))
			if err != nil {
				return err
			}
		}
		// The highest id is nobody's any more.
		last, _, err := tx.InsertAccount(ctx, newAccount("gone@example.net"))
		return errors.Join(err, tx.DeleteAccount(ctx, last), tx.SetFact(ctx, "legacy_key", "of the source"))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// contents are the sums of all tables, and the last id.
func contents(t testing.TB, db *DB) (all []sum, last int64) {
	t.Helper()
	err := db.bulk(t.Context(), db.engine.beginRead, func(ctx context.Context, tx *Tx) error {
		for _, table := range tables {
			s, err := table.each(ctx, tx, func([]any) error { return nil })
			if err != nil {
				return err
			}
			all = append(all, s)
		}
		return tx.row(ctx, db.engine.lastID, nil, &last)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, last
}

func wantSame(t *testing.T, got, want *DB) {
	t.Helper()
	wantSums, wantLast := contents(t, want)
	sums, last := contents(t, got)
	for i := range tables {
		if sums[i] != wantSums[i] {
			t.Errorf("%s: %+v, want %+v", tables[i].name, sums[i], wantSums[i])
		}
	}
	if last != wantLast {
		t.Errorf("last id %d, want %d", last, wantLast)
	}
}

// emptyURLs are where a copy may go.
var emptyURLs = map[string]func(testing.TB) string{
	"sqlite file": func(t testing.TB) string { return "sqlite://" + filepath.Join(t.TempDir(), "papilio.db") },
	"postgres":    onPostgres.URL,
}

func TestCopy(t *testing.T) {
	const people = 230
	for from, newFrom := range emptyURLs {
		for to, newTo := range emptyURLs {
			t.Run(from+" to "+to, func(t *testing.T) {
				t.Parallel()
				url := newFrom(t)
				source, target := openURL(t, url), openURL(t, newTo(t))
				lots(t, source, people)
				itself := id(t, target)
				// A service that has been started on it leaves no trace.
				write(t, target, func(ctx context.Context, tx *Tx) error { return tx.SetFact(ctx, "legacy_key", "another") })
				reader, err := Open(t.Context(), Options{URL: url, ReadOnly: true})
				if err != nil {
					t.Fatal(err)
				}
				done, total := 0, 0
				copied, err := Copy(t.Context(), reader, target, func(d, of int) {
					if d < done {
						t.Errorf("progress went from %d to %d", done, d)
					}
					done, total = d, of
				})
				if err := errors.Join(err, reader.Close()); err != nil {
					t.Fatal(err)
				}
				diff(t, "copied", copied, Copied{Accounts: people, Contacts: 2 * people, Groups: 2 * people, HasLegacy: true})
				diff(t, "progress at the end", done, total)
				diff(t, "rows", total, people*6+1)
				wantSame(t, target, source)
				wantSound(t, target)
				if id(t, target) != itself {
					t.Error("the copy passes for another database")
				}
				if id := insert(t, target, "new@example.net")[0]; id != people+2 {
					t.Errorf("the next account has the id %d, want %d", id, people+2)
				}
			})
		}
	}
}

// id tells a database from others, and is the same each time.
func id(t testing.TB, db *DB) string {
	t.Helper()
	first, err := db.ID(t.Context())
	second, again := db.ID(t.Context())
	if err := errors.Join(err, again); err != nil || first != second || len(first) != 16 {
		t.Errorf("%q, then %q, %v", first, second, err)
	}
	return first
}

func wantSound(t testing.TB, db *DB) {
	t.Helper()
	problems, err := db.Check(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %d, such as %q", p.Wrong, p.Count, p.Examples)
	}
}

// A copy that ends early leaves nothing behind, and can be made again.
func TestCopyInterrupted(t *testing.T) {
	for engine, newURL := range emptyURLs {
		t.Run("to "+engine, func(t *testing.T) {
			t.Parallel()
			source, target := openURL(t, emptyURLs["sqlite file"](t)), openURL(t, newURL(t))
			lots(t, source, 300)
			ctx, cancel := context.WithCancel(t.Context())
			_, err := Copy(ctx, source, target, func(done, total int) {
				if done > total/2 {
					cancel()
				}
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			wantNobody(t, target)
			if _, err := Copy(t.Context(), source, target, nil); err != nil {
				t.Fatal(err)
			}
			wantSame(t, target, source)
		})
	}
}

func TestCopyOntoOthers(t *testing.T) {
	for engine, newURL := range emptyURLs {
		t.Run("to "+engine, func(t *testing.T) {
			t.Parallel()
			source, target := openURL(t, emptyURLs["sqlite file"](t)), openURL(t, newURL(t))
			lots(t, source, 3)
			insert(t, target, "ada@x.net")
			before, _ := contents(t, target)
			if _, err := Copy(t.Context(), source, target, nil); !errors.Is(err, ErrNotEmpty) {
				t.Errorf("got %v", err)
			}
			after, _ := contents(t, target)
			if fmt.Sprint(before) != fmt.Sprint(after) {
				t.Error("the target was changed")
			}
		})
	}
}

// A copy that would lack what a service has just done is not made.
func TestCopyOfChangingData(t *testing.T) {
	for engine, newURL := range emptyURLs {
		t.Run("from "+engine, func(t *testing.T) {
			t.Parallel()
			source, target := openURL(t, newURL(t)), openURL(t, emptyURLs["sqlite file"](t))
			lots(t, source, 150)
			for what, change := range map[string]func(context.Context, *Tx) error{
				"account": func(ctx context.Context, tx *Tx) error {
					_, _, err := tx.InsertAccount(ctx, newAccount("late@example.net"))
					return err
				},
				"ban": func(ctx context.Context, tx *Tx) error {
					const who = "person0001@example.net"
					err := tx.Lock(ctx, who)
					a, err2 := tx.Account(ctx, who)
					return errors.Join(err, err2, tx.SetBanned(ctx, a.ID, true))
				},
			} {
				changed := false
				_, err := Copy(t.Context(), source, target, func(int, int) {
					if !changed {
						write(t, source, change)
					}
					changed = true
				})
				if !errors.Is(err, ErrChanged) {
					t.Errorf("%s: got %v", what, err)
				}
				wantNobody(t, target)
			}
		})
	}
}

// Whoever adds a column has to add it to the tables that are copied.
func TestTablesAreComplete(t *testing.T) {
	for engine, query := range map[string]string{
		"sqlite memory": `SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
			WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name <> 'goose_db_version'`,
		"postgres": `SELECT table_name || '.' || column_name FROM information_schema.columns
			WHERE table_schema = 'public' AND table_name <> 'goose_db_version'`,
	} {
		known := make(map[string]bool)
		for _, table := range tables {
			for _, c := range table.columns {
				known[table.name+"."+c.name] = true
			}
		}
		t.Run(engine, func(t *testing.T) {
			db := engines[engine](t)
			p, err := Problem{}, error(nil)
			read(t, db, func(ctx context.Context, tx *Tx) error {
				p, err = rule{"", query}.look(ctx, tx)
				return err
			})
			if p.Count != len(known) {
				t.Errorf("the schema has %d columns, and %d are copied", p.Count, len(known))
			}
		})
	}
}

func TestReadOnly(t *testing.T) {
	for engine, newURL := range emptyURLs {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			url := newURL(t)
			insert(t, openURL(t, url), "ada@x.net")
			db, err := Open(t.Context(), Options{URL: url, ReadOnly: true})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			read(t, db, func(ctx context.Context, tx *Tx) error {
				_, err := tx.Account(ctx, "ada@x.net")
				return err
			})
			err = db.Write(t.Context(), func(ctx context.Context, tx *Tx) error { return tx.SetFact(ctx, "x", "1") })
			if err == nil {
				t.Error("it was changed")
			}
		})
	}
}
