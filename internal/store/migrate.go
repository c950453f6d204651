package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// ErrNewerSchema says that a newer release has upgraded the data. Going on
// could destroy what this release knows nothing of.
var ErrNewerSchema = errors.New("made by a newer Papilio")

func newerSchema(found, known int64) error {
	return fmt.Errorf("%w (schema %d, this one knows %d): run that release again, "+
		"or restore the copy made before the upgrade", ErrNewerSchema, found, known)
}

// Two processes that open new data at the same moment both try to create the
// schema. Each step is one transaction, so the one that comes second fails
// whole and finds the work done when it looks again, unless there is a lock
// that lets only one of them try.
const (
	migrateTries = 5
	migratePause = 100 * time.Millisecond
	migrateLong  = 5 * time.Second // who has waited for that long has not met one that does the same
)

func migrate(ctx context.Context, pool *sql.DB, eng engine, log *slog.Logger) error {
	provider, err := newProvider(pool, eng)
	if err != nil {
		return err
	}
	unlock, err := lockSchema(ctx, pool, eng)
	if err != nil {
		return err
	}
	defer unlock()
	for try := 1; ; try++ {
		began := time.Now()
		err = upgrade(ctx, provider, log)
		if err == nil || try == migrateTries || time.Since(began) > migrateLong || eng.lockSchema != "" || errors.Is(err, ErrNewerSchema) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(migratePause):
		}
	}
}

func newProvider(pool *sql.DB, eng engine) (*goose.Provider, error) {
	folder, err := fs.Sub(migrations, "migrations/"+eng.migrations)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(eng.dialect, pool, folder, goose.WithDisableGlobalRegistry(true))
}

// mustBeCurrent refuses data that would have to be upgraded before it can be
// read. It asks by itself: goose would make its table where there is none.
func mustBeCurrent(ctx context.Context, pool *sql.DB, eng engine, _ *slog.Logger) error {
	provider, err := newProvider(pool, eng)
	if err != nil {
		return err
	}
	sources := provider.ListSources()
	known := sources[len(sources)-1].Version
	var found int64
	err = pool.QueryRowContext(ctx, `SELECT MAX(version_id) FROM goose_db_version`).Scan(&found)
	switch {
	case err != nil:
		return fmt.Errorf("read the schema version (is it the data of a Papilio?): %w", err)
	case found > known:
		return newerSchema(found, known)
	case found < known:
		return fmt.Errorf("it was made by an older Papilio (schema %d, this one has %d): start the service on it once, which upgrades it", found, known)
	}
	return nil
}

// lockSchema lets one of those who open the database at the same moment upgrade
// it, and the others wait.
func lockSchema(ctx context.Context, pool *sql.DB, eng engine) (unlock func(), err error) {
	if eng.lockSchema == "" {
		return func() {}, nil
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	// The lock ends with the connection, which is not to be used again.
	unlock = func() { _ = conn.Raw(func(any) error { return driver.ErrBadConn }) }
	if _, err := conn.ExecContext(ctx, eng.lockSchema); err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

func upgrade(ctx context.Context, provider *goose.Provider, log *slog.Logger) error {
	found, known, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema version: %w", err)
	}
	switch {
	case found == known:
		return nil
	case found > known:
		return newerSchema(found, known)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("upgrade the schema: %w", err)
	}
	if found == 0 {
		log.InfoContext(ctx, "database created", "schema", known)
	} else {
		log.InfoContext(ctx, "schema upgraded", "from", found, "to", known)
	}
	return nil
}
