package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/internal/store/postgrestest"
)

// A backup is of one moment, whole, and a database like any other.
func TestBackup(t *testing.T) {
	dir := t.TempDir()
	url := "sqlite://" + filepath.Join(dir, "papilio.db")
	db := openURL(t, url)
	lots(t, db, 50)
	stop, stopped := make(chan struct{}), make(chan error)
	go func() { stopped <- changeUntil(t.Context(), db, stop) }()
	file := filepath.Join(dir, "saved it's.db")
	err := Backup(t.Context(), Options{URL: url}, file)
	close(stop)
	if err := errors.Join(err, <-stopped); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("mode %o", mode)
	}
	wantFiles(t, dir, "papilio.db", "papilio.db-shm", "papilio.db-wal", "saved it's.db")
	saved := openURL(t, "sqlite://"+file)
	wantSound(t, saved)
	sums, last := contents(t, saved)
	if sums[0].rows != 50 || last != 51 {
		t.Errorf("%d accounts, last id %d", sums[0].rows, last)
	}
}

// changeUntil changes lists until it is told to stop.
func changeUntil(ctx context.Context, db *DB, stop chan struct{}) error {
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		err := db.Write(ctx, func(ctx context.Context, tx *Tx) error {
			o, err := tx.Owner(ctx, "person0001@example.net")
			if err != nil {
				return err
			}
			_, err = tx.TouchLists(ctx, o.ID, noon)
			return err
		})
		if err != nil {
			return err
		}
	}
}

func wantFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	diff(t, "files", got, want)
}

// What cannot be saved leaves no file that looks as if it had been.
func TestBackupRefused(t *testing.T) {
	dir := t.TempDir()
	url := "sqlite://" + filepath.Join(dir, "papilio.db")
	lots(t, openURL(t, url), 5)
	taken := filepath.Join(dir, "taken")
	if err := os.WriteFile(taken, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Backup(t.Context(), Options{URL: url}, taken); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file: %v", err)
	}
	if text, err := os.ReadFile(taken); string(text) != "mine" {
		t.Errorf("the file that was there: %q %v", text, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	free := filepath.Join(dir, "free")
	for what, err := range map[string]error{
		"interrupted": Backup(ended, Options{URL: url}, free),
		"no source":   Backup(t.Context(), Options{URL: url + "x"}, free),
		"no folder":   Backup(t.Context(), Options{URL: url}, filepath.Join(dir, "none", "free")),
		"memory":      Backup(t.Context(), Options{URL: "sqlite://:memory:"}, free),
	} {
		if err == nil {
			t.Errorf("%s: done", what)
		}
	}
	wantFiles(t, dir, "papilio.db", "papilio.db-shm", "papilio.db-wal", "taken")
}

func TestBackupOfPostgres(t *testing.T) {
	err := Backup(t.Context(), Options{URL: "postgres://anna:hunter2@db.example.net/papilio"}, "it's.dump")
	want := `pg_dump --format=custom --file='it'\''s.dump' --host=db.example.net --port=5432 --username=anna papilio`
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	url := postgrestest.URL(t)
	var dump *UseDumpError
	if err := Backup(t.Context(), Options{URL: url}, "x"); !errors.As(err, &dump) {
		t.Errorf("got %v", err)
	}
}

// A backup that fails in the middle leaves nothing beside it either.
func TestBackupLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, ".saved.db-1")
	for _, side := range []string{"", "-journal", "-wal", "-shm"} {
		if err := os.WriteFile(file+side, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	removeAll(file)
	wantFiles(t, dir)
}
