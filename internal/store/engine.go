package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/pressly/goose/v3/database"
)

// engine is what differs from one database to another. The queries do not.
type engine struct {
	place       string // for messages: where the data is, never a password
	memory      bool
	dialect     database.Dialect
	migrations  string // folder under migrations/
	open        func(context.Context) (*sql.DB, error)
	writers     int // sessions that may write at once
	readers     int // sessions that only read; 0 if they share those of the writers
	setup       string
	readerSetup string
	beginRead   string
	beginWrite  string
	bulkSetup   string   // in place of setup, for work on everything at once
	lastID      string   // the highest id that an account ever had
	setLastID   []string // make the next one higher than $1
	rules       []rule   // of its own, besides those for all
	damaged     func(error) bool
	explain     func(error) error // why it cannot be had, in plain words
	held        func(error) error // the same, of one that is open and that another process has; nil if none can

	// The rest is for a database that other machines use too; it is zero for
	// one that is a file of ours.

	shared bool
	// askAtOnce has queries answered over a connection of the driver, as one
	// exchange of messages; several are on one snapshot.
	askAtOnce func(ctx context.Context, conn any, asks []ask) error
	// keep ends a query whose rows nobody else may change before the end of
	// the transaction.
	keep string
	// lockSchema makes whoever upgrades the schema wait for the one who does,
	// for as long as its connection lives.
	lockSchema string
	// analyze tells the database how much of everything there is now.
	analyze string
	// lockAll keeps everybody else from changing anything.
	lockAll string
	// dump is the command that saves the data in a file.
	dump func(file string) string
	// means tells what an error says about the transaction that it ended.
	means func(error) fate
	// patience is for how long a transaction that can be tried again is.
	patience time.Duration
	// hello is how long an open connection may take to begin a transaction
	// before it is given up for another.
	hello time.Duration
	// longest bounds one try of a transaction. Nothing waits for ever for a
	// machine that does not answer.
	longest time.Duration
}

// fate is what became of a transaction that an error has ended.
type fate uint8

const (
	refused fate = iota // it is undone, and would fail again
	undone              // it is undone, and may be tried again
	lost                // the connection is gone: undone, if COMMIT was not sent
)

// parseURL picks the engine that a storage address names.
func parseURL(o Options) (engine, error) {
	scheme, rest, found := strings.Cut(o.URL, ":")
	if !found {
		return engine{}, fmt.Errorf("%w: want sqlite:///path/papilio.db or postgres://user:password@host/database", ErrURL)
	}
	switch scheme {
	case "sqlite":
		return sqliteEngine(strings.TrimPrefix(rest, "//"), o)
	case "postgres", "postgresql":
		return postgresEngine(o)
	}
	return engine{}, fmt.Errorf("%w: %s: is neither sqlite: nor postgres:", ErrURL, scheme)
}
