package store

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// spoilers do to the data what our code would never do, and say what is then
// wrong with it.
var spoilers = map[string]string{
	"an account's handle is not in lower case":               `UPDATE accounts SET handle = 'Ada@x.net' WHERE handle = 'ada@x.net'`,
	"the version of an account's lists is not one":           `UPDATE accounts SET version = 0 WHERE handle = 'ada@x.net'`,
	"an account was changed before it was made":              `UPDATE accounts SET list_stamp = 1 WHERE handle = 'ada@x.net'`,
	"an account has no group 0":                              `DELETE FROM contact_groups WHERE owner = 1 AND number = 0`,
	"a group has a number that clients do not know":          `UPDATE contact_groups SET number = 30 WHERE owner = 1 AND number = 2`,
	"a contact is on no list, or on one that does not exist": `UPDATE contacts SET lists = lists | 32 WHERE owner = 1`,
	"a contact is on AL and BL":                              `UPDATE contacts SET lists = lists | 6 WHERE owner = 1`,
	"a contact is on PL and not on RL":                       `UPDATE contacts SET lists = lists | 16 WHERE owner = 1`,
	"a GUID is that of two contacts, or of two groups":       `UPDATE contact_groups SET guid = 'g' WHERE owner = 1`,
	"a contact is on FL, and does not have the owner on RL":  `UPDATE contacts SET lists = 2 WHERE owner = 2`,
	"a contact is on RL, and does not have the owner on FL":  `UPDATE contacts SET lists = 2 WHERE owner = 1`,
	"a contact has no account":                               `INSERT INTO contacts (owner, handle, lists, name, guid) VALUES (1, 'nobody@x.net', 2, 'n', 'n')`,
	"a contact is in a group and not on FL":                  `UPDATE contacts SET lists = 2 WHERE owner = 1`,
	"a contact belongs to no account":                        `INSERT INTO contacts (owner, handle, lists, name, guid) VALUES (77, 'ada@x.net', 2, 'n', 'n')`,
	"a group belongs to no account":                          `INSERT INTO contact_groups (owner, number, name, guid) VALUES (77, 0, 'n', 'n')`,
	"a group has a member that is no contact":                `INSERT INTO group_members (owner, handle, number) VALUES (1, 'carl@x.net', 1)`,
	"a contact is in a group that does not exist":            `INSERT INTO group_members (owner, handle, number) VALUES (1, 'bea@x.net', 7)`,
}

// spoilersOf are the words that each engine has of its own: to switch foreign
// keys off on a connection, to forget ids, to begin anew.
var spoilersOf = map[string]struct {
	off, ids string
	empty    []string
}{
	"sqlite file": {
		`PRAGMA foreign_keys = 0`, `UPDATE sqlite_sequence SET seq = 2 WHERE name = 'accounts'`,
		[]string{`DELETE FROM group_members`, `DELETE FROM contacts`, `DELETE FROM contact_groups`, `DELETE FROM accounts`, `DELETE FROM sqlite_sequence`},
	},
	"postgres": {
		`SET session_replication_role = replica`, `SELECT setval('accounts_id_seq', 2)`,
		[]string{`TRUNCATE accounts, contacts, contact_groups, group_members RESTART IDENTITY`},
	},
}

func TestCheck(t *testing.T) {
	for engine, own := range spoilersOf {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			db := engines[engine](t)
			all := maps.Clone(spoilers)
			all["an account's id would be given to another"] = own.ids
			for wrong, statement := range all {
				spoil(t, db, own.empty...)
				small(t, db)
				wantSound(t, db)
				spoil(t, db, own.off, statement)
				wantFound(t, db, wrong)
			}
		})
	}
}

func wantFound(t *testing.T, db *DB, wrong string) {
	t.Helper()
	problems, err := db.Check(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(problems, func(p Problem) bool { return p.Wrong == wrong && p.Count == 1 && len(p.Examples) == 1 }) {
		t.Errorf("%s: found %+v", wrong, problems)
	}
}

func spoil(t *testing.T, db *DB, statements ...string) {
	t.Helper()
	conn, err := db.pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range statements {
		if _, err := conn.ExecContext(t.Context(), one); err != nil {
			t.Error(err)
		}
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// small is two people who know each other and one who knows nobody.
func small(t *testing.T, db *DB) {
	t.Helper()
	ids := insert(t, db, "ada@x.net", "bea@x.net", "carl@x.net")
	write(t, db, func(ctx context.Context, tx *Tx) error {
		return errors.Join(
			tx.InsertGroup(ctx, ids[0], Group{Number: 1, GUID: "1", Name: "one"}),
			tx.InsertGroup(ctx, ids[0], Group{Number: 2, GUID: "2", Name: "two"}),
			tx.PutContact(ctx, ids[0], Contact{Handle: "bea@x.net", Lists: 1, Name: "b", GUID: "b"}),
			tx.AddMember(ctx, ids[0], "bea@x.net", 1),
			tx.PutContact(ctx, ids[1], Contact{Handle: "ada@x.net", Lists: 8 | 16, Name: "a", GUID: "a"}),
			tx.PutContact(ctx, ids[1], Contact{Handle: "tel:555", Lists: 1, Name: "t", GUID: "t"}),
		)
	})
}

// Somebody who waits is told how far it is.
func TestCheckProgress(t *testing.T) {
	db := openURL(t, "sqlite://:memory:")
	small(t, db)
	want := len(rules) + len(db.engine.rules)
	told := 0
	_, err := db.Check(t.Context(), func(done, total int) {
		if done != told || total != want {
			t.Errorf("%d of %d, want %d of %d", done, total, told, want)
		}
		told++
	})
	if err != nil || told != want {
		t.Errorf("told %d times of %d: %v", told, want, err)
	}
}

func TestCheckOfDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "papilio.db")
	db := openURL(t, "sqlite://"+path)
	lots(t, db, 200)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt(make([]byte, info.Size()/2), info.Size()/4)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	db = openURL(t, "sqlite://"+path)
	problems, err := db.Check(t.Context(), nil)
	if len(problems) == 0 || problems[0].Wrong != "the file is damaged" {
		t.Errorf("found %+v, %v", problems, err)
	}
	if err := Backup(t.Context(), Options{URL: "sqlite://" + path}, path+".saved"); err == nil {
		t.Error("a damaged file was saved as if nothing were wrong")
	}
}
