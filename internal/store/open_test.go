package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/store/postgrestest"
)

func TestURL(t *testing.T) {
	for _, url := range []string{"", "papilio.db", "sqlite:", "sqlite://", "mysql://x", "postgres://u:hunter2@db:x/papilio", "postgres://u:hun%ter2@db/papilio", "postgres://u:hun@ter2@db/papilio", "postgres://u:hun@x:ter2@db/papilio?sslmode=require"} {
		_, err := Open(t.Context(), Options{URL: url})
		if !errors.Is(err, ErrURL) || strings.Contains(err.Error(), "ter2") {
			t.Errorf("%q: %v", url, err)
		}
	}
}

// What is wrong with an option is said.
func TestPostgresOptions(t *testing.T) {
	for url, says := range map[string]string{
		"postgres://db/papilio?sslmode=maybe":                         "sslmode is invalid",
		"postgres://db/papilio?sslrootcert=/none&sslmode=verify-full": "/none",
	} {
		_, err := Open(t.Context(), Options{URL: url})
		if !errors.Is(err, ErrURL) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func TestPath(t *testing.T) {
	// Signs that mean something in a URL mean nothing in a path.
	path := filepath.Join(t.TempDir(), "new folder", "a?b#c%41;d&e.db")
	db := openURL(t, "sqlite://"+path)
	insert(t, db, "ada@x.net")
	if runtime.GOOS != "windows" {
		for _, name := range []string{path, path + "-wal"} {
			info, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			if mode := info.Mode().Perm(); mode != 0o600 {
				t.Errorf("mode of %s: %o", filepath.Base(name), mode)
			}
		}
	}
	if db.InMemory() {
		t.Error("in memory")
	}
}

// Who is kept waiting by another program is told that it is one.
func TestHeldByAnother(t *testing.T) {
	o := Options{URL: "sqlite://" + filepath.Join(t.TempDir(), "papilio.db"), BusyTimeout: time.Millisecond}
	db, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	other := openURL(t, o.URL)
	write(t, other, func(ctx context.Context, _ *Tx) error {
		const says = "another program holds the file"
		err := db.Write(ctx, func(context.Context, *Tx) error { return nil })
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("a change: %v", err)
		}
		return nil
	})
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func TestPragmas(t *testing.T) {
	db := openURL(t, "sqlite://"+filepath.Join(t.TempDir(), "papilio.db"))
	check := func(ctx context.Context, tx *Tx) error {
		for pragma, want := range map[string]string{
			"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000",
		} {
			var got string
			if err := tx.row(ctx, "PRAGMA "+pragma, nil, &got); err != nil || got != want {
				t.Errorf("%s is %s, want %s (%v)", pragma, got, want, err)
			}
		}
		return nil
	}
	read(t, db, check)
	write(t, db, check)
	err := db.Read(t.Context(), func(ctx context.Context, tx *Tx) error { return tx.SetFact(ctx, "x", "1") })
	if err == nil {
		t.Error("a reader may write")
	}
}

func TestNewerSchema(t *testing.T) {
	url := "sqlite://" + filepath.Join(t.TempDir(), "papilio.db")
	db := openURL(t, url)
	insert(t, db, "ada@x.net")
	write(t, db, func(ctx context.Context, tx *Tx) error {
		return tx.exec(ctx, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9000, TRUE)`)
	})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Options{URL: url})
	if !errors.Is(err, ErrNewerSchema) {
		t.Fatalf("got %v", err)
	}
	for _, part := range []string{"papilio.db", "newer Papilio", "schema 9000", "knows 3)"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
}

func TestNotADatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "papilio.db")
	if err := os.WriteFile(path, bytes.Repeat([]byte("no database "), 500), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err := Open(ctx, Options{URL: "sqlite://" + path})
	if err == nil || !strings.Contains(err.Error(), "not a database") {
		t.Errorf("got %v", err)
	}
}

// Two processes on new data: both create the schema, both write.
func TestTwoProcesses(t *testing.T) {
	for engine, url := range map[string]func(testing.TB) string{
		"sqlite file": func(t testing.TB) string { return "sqlite://" + filepath.Join(t.TempDir(), "papilio.db") },
		"postgres":    postgrestest.URL,
	} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			openAtOnce(t, url(t))
		})
	}
}

func openAtOnce(t *testing.T, url string) {
	t.Helper()
	const openers, each = 4, 20
	var work sync.WaitGroup
	for i := range openers {
		work.Go(func() {
			db, err := Open(t.Context(), Options{URL: url})
			if err != nil {
				t.Errorf("open: %v", err)
				return
			}
			for n := range each {
				err := db.Write(t.Context(), func(ctx context.Context, tx *Tx) error {
					_, _, err := tx.InsertAccount(ctx, newAccount(string(rune('a'+i))+string(rune('a'+n))+"@x.net"))
					return err
				})
				if err != nil {
					t.Errorf("write: %v", err)
				}
			}
			if err := db.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
	work.Wait()
	read(t, openURL(t, url), func(ctx context.Context, tx *Tx) error {
		all, err := tx.AccountsAfter(ctx, "", 1000)
		diff(t, "accounts", len(all), openers*each)
		return err
	})
}

func TestCreationIsLogged(t *testing.T) {
	var text bytes.Buffer
	db, err := Open(t.Context(), Options{URL: "sqlite://:memory:", Log: slog.New(slog.NewTextHandler(&text, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if !strings.Contains(text.String(), `msg="database created" schema=3`) {
		t.Errorf("log: %s", text.String())
	}
}

func TestWaitingForATurnEnds(t *testing.T) {
	db := openURL(t, "sqlite://:memory:")
	ctx, cancel := context.WithCancel(t.Context())
	err := db.Write(t.Context(), func(context.Context, *Tx) error {
		cancel()
		return db.Write(ctx, func(context.Context, *Tx) error { return nil })
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// A change that has begun is not torn apart by the end of its context.
func TestChangeOutlivesItsContext(t *testing.T) {
	db := openURL(t, "sqlite://"+filepath.Join(t.TempDir(), "papilio.db"))
	ctx, cancel := context.WithCancel(t.Context())
	err := db.Write(ctx, func(ctx context.Context, tx *Tx) error {
		cancel()
		_, _, err := tx.InsertAccount(ctx, newAccount("ada@x.net"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	read(t, db, func(ctx context.Context, tx *Tx) error {
		_, err := tx.Account(ctx, "ada@x.net")
		return err
	})
}

// A session whose connection broke gets another one.
func TestBrokenConnection(t *testing.T) {
	db := openURL(t, "sqlite://"+filepath.Join(t.TempDir(), "papilio.db"))
	insert(t, db, "ada@x.net")
	s := <-db.writers
	if err := s.conn.Close(); err != nil {
		t.Fatal(err)
	}
	db.writers <- s
	nothing := func(context.Context, *Tx) error { return nil }
	if err := db.Write(t.Context(), nothing); !errors.Is(err, sql.ErrConnDone) {
		t.Errorf("first try: %v", err)
	}
	insert(t, db, "bea@x.net")
}
