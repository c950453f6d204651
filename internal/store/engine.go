package store

import (
	"database/sql"
	"fmt"
	"strings"

	"github.com/pressly/goose/v3/database"
)

// engine is what differs from one database to another. The queries do not.
type engine struct {
	place       string // for messages: where the data is, never a password
	memory      bool
	dialect     database.Dialect
	migrations  string // folder under migrations/
	open        func() (*sql.DB, error)
	writers     int // sessions that may write at once
	readers     int // sessions that only read; 0 if they share the writer
	readerSetup string
	beginRead   string
	beginWrite  string
}

// parseURL picks the engine that a storage address names.
func parseURL(o Options) (engine, error) {
	scheme, rest, found := strings.Cut(o.URL, ":")
	if !found {
		return engine{}, fmt.Errorf("%w: want sqlite:///path/papilio.db", ErrURL)
	}
	switch scheme {
	case "sqlite":
		return sqliteEngine(strings.TrimPrefix(rest, "//"), o)
	case "postgres", "postgresql":
		return engine{}, fmt.Errorf("%w: PostgreSQL is not supported yet, use sqlite:///path/papilio.db", ErrURL)
	}
	return engine{}, fmt.Errorf("%w: %s: is not sqlite:", ErrURL, scheme)
}
