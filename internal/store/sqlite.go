package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"github.com/pressly/goose/v3/database"
	"modernc.org/sqlite" // the only file that names the driver
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	memoryPath   = ":memory:"
	mayWrite     = "PRAGMA query_only = 0"
	sqliteLastID = `SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'accounts'), 0)`
)

var sqliteDamage = rule{
	"the file is damaged",
	`SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'`,
}

// isDamage reports whether SQLite has found its file in a state that it never
// leaves it in.
func isDamage(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code()&0xff == sqlite3.SQLITE_CORRUPT || e.Code()&0xff == sqlite3.SQLITE_NOTADB)
}

// explainSQLite says what to do about a file that cannot be had.
func explainSQLite(err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) && (e.Code()&0xff == sqlite3.SQLITE_READONLY || e.Code()&0xff == sqlite3.SQLITE_CANTOPEN) {
		return fmt.Errorf("%w: this user must be able to write in its folder, even to read it", err)
	}
	return explainHeld(err)
}

// explainHeld says what to do about a file that somebody else has and does not
// let go of, for longer than anything of ours takes.
func explainHeld(err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY {
		return fmt.Errorf("%w: another program holds the file, such as sqlite3 in the middle of a transaction, or a backup: end that and try again", err)
	}
	return err
}

// sqliteEngine keeps the data in one file, or in memory.
//
// SQLite has one writer at a time whatever we do. So all changes queue here,
// for one session, and BEGIN IMMEDIATE takes the write lock at the start: a
// transaction never has to turn from reader into writer, which is the case
// that SQLite answers with an error instead of waiting. Only another process
// can make us wait, and busy_timeout covers that.
func sqliteEngine(path string, o Options) (engine, error) {
	if path == "" {
		return engine{}, fmt.Errorf("%w: the path of the file is missing", ErrURL)
	}
	eng := engine{
		place: "SQLite database " + path, memory: path == memoryPath,
		dialect: database.DialectSQLite3, migrations: "sqlite",
		writers: 1, beginRead: "BEGIN", beginWrite: "BEGIN IMMEDIATE",
		lastID: sqliteLastID,
		setLastID: []string{
			`UPDATE sqlite_sequence SET seq = $1 WHERE name = 'accounts'`,
			`INSERT INTO sqlite_sequence (name, seq)
				SELECT 'accounts', $1 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'accounts')`,
		},
		rules:   []rule{sqliteDamage, idsRule(sqliteLastID)},
		damaged: isDamage,
		explain: explainSQLite,
		held:    explainHeld,
	}
	if !eng.memory {
		// Readers work beside the writer in WAL mode. More than a few only
		// cost memory: a query is answered in microseconds.
		eng.readers = max(4, runtime.GOMAXPROCS(0))
		eng.readerSetup = "PRAGMA query_only = 1"
		// A connection that a session has given up may come to another.
		eng.setup, eng.bulkSetup = mayWrite, mayWrite
	}
	eng.open = func(context.Context) (*sql.DB, error) { return openSQLite(path, eng, o) }
	return eng, nil
}

func openSQLite(path string, eng engine, o Options) (*sql.DB, error) {
	switch {
	case eng.memory:
	case o.ReadOnly:
		if _, err := os.Stat(path); err != nil {
			return nil, err
		}
	default:
		if err := createPrivate(path); err != nil {
			return nil, err
		}
	}
	connector, err := sqlite.NewConnector(sqliteDSN(path, o))
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(connector)
	// Every connection is held by a session for good. A database in memory
	// is lost with its connection, so there it is one that is never closed.
	// Elsewhere there is one more, for work on everything at once.
	connections := eng.writers + eng.readers
	if !eng.memory {
		connections++
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return pool, nil
}

func sqliteDSN(path string, o Options) string {
	q := url.Values{}
	q.Set("_busy_timeout", strconv.FormatInt(o.BusyTimeout.Milliseconds(), 10))
	q.Set("_foreign_keys", "1")
	q.Set("_txlock", "immediate") // for migrations, which begin by themselves
	q.Set("_dqs", "0")            // "x" names a column, never a text
	if path == memoryPath {
		return memoryPath + "?" + q.Encode()
	}
	if o.ReadOnly {
		q.Set("mode", "ro")
	} else {
		q.Set("_journal_mode", "WAL")
		// FULL makes a commit wait for the disk. NORMAL would survive a killed
		// process as well, but in WAL mode it may lose the last commits when the
		// machine itself stops, and those were acknowledged.
		q.Set("_synchronous", "FULL")
	}
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()}
	return name.String() + "?" + q.Encode()
}

// createPrivate creates the file, which will hold password hashes, so that
// only its owner can read it. SQLite gives its side files the same mode.
func createPrivate(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}
