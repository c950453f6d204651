package main

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/internal/store/postgrestest"
)

// withPeople is a world with two accounts in it, one of which has a password
// for old clients.
func withPeople(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.done("user", "add", "anna@example.com", "--password", "main", "--legacy-password", "old")
	w.done("user", "add", "bob@example.com", "--password", "bobs")
	return w
}

func (w *world) path(name string) string { return filepath.Join(w.data, name) }

// bring puts a file into the data folder.
func (w *world) bring(from, name string) {
	w.t.Helper()
	text, err := os.ReadFile(from)
	if err = errors.Join(err, os.WriteFile(w.path(name), text, 0o600)); err != nil {
		w.t.Fatal(err)
	}
}

// A backup that is made while the service runs can be put in the place of the
// database, as the help says.
func TestStoreBackup(t *testing.T) {
	w := withPeople(t)
	w.serve()
	file := filepath.Join(t.TempDir(), "saved.db")
	contains(t, w.done("store", "backup", file), "saved "+file, "save "+w.path("legacy.key")+" too")
	w.refused(exitUsage, "exists already", "store", "backup", file)
	again := newWorld(t)
	again.bring(file, "papilio.db")
	again.bring(w.path("legacy.key"), "legacy.key")
	again.letsIn("anna@example.com", "main", "old")
	contains(t, again.done("store", "check"), "nothing is wrong with the SQLite database "+again.path("papilio.db"))
}

func TestStoreBackupOfNothing(t *testing.T) {
	w := newWorld(t)
	file := w.path("saved.db")
	w.refused(exitFailed, "there are no accounts in", "store", "backup", file)
	w.environ = append(w.environ, "PAPILIO_STORAGE_URL=postgres://papilio:hunter2@db.example.net/papilio")
	w.refused(exitUsage, "pg_dump --format=custom --file="+file+" --host=db.example.net --port=5432 --username=papilio papilio (and save ",
		"store", "backup", file)
	if o := w.run("store", "backup", file); strings.Contains(o.errs, "hunter2") {
		t.Error(o.errs)
	}
}

func TestStoreCheck(t *testing.T) {
	w := withPeople(t)
	w.refused(exitFailed, "there are no accounts in", "store", "check", "--data", w.path("none"))
	db, err := sql.Open("sqlite", w.path("papilio.db"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), `INSERT INTO contacts (owner, handle, lists, name, guid) VALUES (1, 'bob@example.com', 8, 'x', 'x')`)
	if err := errors.Join(err, db.Close(), os.Remove(w.path("legacy.key"))); err != nil {
		t.Fatal(err)
	}
	o := w.run("store", "check")
	if o.code != exitFailed {
		t.Errorf("code %d", o.code)
	}
	contains(t, o.out, "a contact is on RL, and does not have the owner on FL: 1, such as anna@example.com has bob@example.com\n")
	contains(t, o.errs, "mistakes of 1 kinds", "legacy.key is missing")
	b := w.start(strings.NewReader(""), "store", "check")
	b.wait()
	contains(t, b.errs.String(), "looked for 1 of ", " kinds of mistakes\n")
}

// A service moves to PostgreSQL and back, and everybody signs in as before.
func TestStoreCopy(t *testing.T) {
	server, err := postgrestest.Start(t.Context(), postgrestest.Options{})
	postgrestest.Check(t, err)
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	url := server.URL("postgres")
	w := withPeople(t)
	contains(t, w.done("store", "copy", "--from", w.path("papilio.db"), "--to", url),
		"copied 2 accounts, 0 contacts and 2 groups to the PostgreSQL database postgres at "+server.Address(), "copy legacy.key too")
	w.refused(exitFailed, "nothing was copied: PostgreSQL database", "store", "copy", "--from", w.path("papilio.db"), "--to", url)

	moved := newWorld(t)
	moved.environ = append(moved.environ, "PAPILIO_STORAGE_URL="+url)
	moved.refused(exitFailed, "legacy.key is missing: copy it from", "user", "list")
	moved.bring(w.path("legacy.key"), "legacy.key")
	moved.letsIn("anna@example.com", "main", "old")
	contains(t, moved.done("store", "check"), "nothing is wrong with the PostgreSQL database")
	moved.done("user", "add", "carl@example.com", "--password", "carls", "--legacy")

	back := newWorld(t)
	contains(t, back.done("store", "copy", "--from", url, "--to", back.path("papilio.db")), "copied 3 accounts")
	back.bring(w.path("legacy.key"), "legacy.key")
	back.letsIn("anna@example.com", "main", "old")
	contains(t, back.done("user", "list"), "carl@example.com")
}

func TestStoreCopyRefused(t *testing.T) {
	w := withPeople(t)
	to := w.path("other.db")
	w.refused(exitUsage, "the path of a SQLite file, or begins with", "store", "copy", "--from", "mysql://x/y", "--to", to)
	w.refused(exitUsage, "want postgres://user:password@host:5432/database", "store", "copy", "--from", "postgres://u:hunter2@x:y/z", "--to", to)
	w.refused(exitFailed, "no such file", "store", "copy", "--from", w.path("none.db"), "--to", to)
	w.refused(exitUsage, "in memory", "store", "copy", "--from", w.path("papilio.db"), "--to", "sqlite://:memory:")
	w.refused(exitUsage, "--to", "store", "copy", "--from", w.path("papilio.db"))
	if _, err := os.Stat(to); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was made: %v", err)
	}
}
