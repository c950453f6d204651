package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// UseDumpError says that a database is saved by other means.
type UseDumpError struct {
	Command string // what does it
}

// Error says what to do.
func (e *UseDumpError) Error() string {
	return "PostgreSQL saves its databases itself, while the service runs: " + e.Command
}

// Backup writes the data of a moment into a new file, which is a database of
// its own. A service may be running on the data. The file is looked through
// and on disk when Backup returns nil; otherwise there is none. One that
// exists already is refused with [fs.ErrExist].
func Backup(ctx context.Context, o Options, file string) error {
	o.ReadOnly = true
	eng, err := parseURL(o)
	switch {
	case err != nil:
		return err
	case eng.dump != nil:
		return &UseDumpError{eng.dump(file)}
	case eng.memory:
		return errors.New("the data is in the memory of the service, out of reach")
	}
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, fmt.Errorf("%s: %w", file, fs.ErrExist))
	}
	temp, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-*") // mode 0600
	if err != nil {
		return err
	}
	defer removeAll(temp.Name())
	if err := errors.Join(temp.Close(), backupTo(ctx, o, temp.Name())); err != nil {
		return err
	}
	// A link, unlike a rename, fails if the name is taken.
	if err := os.Link(temp.Name(), file); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(file))
}

// removeAll removes a database with what SQLite leaves beside it when it fails in
// the middle.
func removeAll(file string) {
	for _, side := range []string{"", "-journal", "-wal", "-shm"} {
		_ = os.Remove(file + side)
	}
}

// backupTo fills an empty file.
func backupTo(ctx context.Context, o Options, file string) error {
	db, err := Open(ctx, o)
	if err != nil {
		return err
	}
	_, err = db.pool.ExecContext(ctx, `VACUUM INTO $1`, file)
	if err := errors.Join(db.engine.whoHolds(err), db.Close()); err != nil {
		return fmt.Errorf("copy %s: %w", db.Place(), err)
	}
	if err := syncFile(file); err != nil {
		return err
	}
	return lookThrough(ctx, file)
}

// lookThrough refuses a file that is no good as a backup.
func lookThrough(ctx context.Context, file string) error {
	path, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	saved, err := Open(ctx, Options{URL: "sqlite://" + filepath.ToSlash(path), ReadOnly: true})
	if err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	problems, err := saved.damage(ctx)
	if err := errors.Join(err, saved.Close()); err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	if problems.Count > 0 {
		return fmt.Errorf("the data is damaged, and so is a copy of it: %s", problems.Examples[0])
	}
	return nil
}

// damage is what is wrong with the file as such, whatever is in it.
func (db *DB) damage(ctx context.Context) (p Problem, err error) {
	err = db.bulk(ctx, db.engine.beginRead, func(ctx context.Context, tx *Tx) error {
		p, err = sqliteDamage.look(ctx, tx)
		return err
	})
	return p, err
}

func syncFile(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// syncFolder makes a new name in a folder last. Where folders cannot be synced
// they need not be.
func syncFolder(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	_ = f.Sync()
	return f.Close()
}
