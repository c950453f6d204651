package store

import (
	"context"
	"fmt"
	"time"
)

// Look is what somebody wants to read, asked for before any of it is there. Its
// methods are queries; what they are to read is there when [DB.Look] returns.
type Look struct {
	asks []ask
}

// ask is one query of a Look.
type ask struct {
	query string
	args  []any
	scan  func(scanner) error // called for each row
	found *bool               // set if there was a row; nil where there need be none
}

// Known is what somebody has of an account's lists, so that it need not be read
// again: the lists up to a version, or those with both of the stamps. The zero value
// is nothing.
type Known struct {
	Version                  uint32
	ListStamp, SettingsStamp time.Time
}

// newer gives the id of the account $1, and nothing if all is [Known] about it: the
// version $2, or the stamps $3 and $4.
const newer = `(SELECT id FROM accounts WHERE handle = $1 AND version > $2
	AND NOT (list_stamp = $3 AND settings_stamp = $4))`

// args are the arguments of newer.
func (k Known) args(owner string) []any {
	return []any{owner, int64(k.Version), stampOrNone(k.ListStamp), stampOrNone(k.SettingsStamp)}
}

// stampOrNone gives a stamp as it is stored. No account has the one for none.
func stampOrNone(t time.Time) int64 {
	if t.IsZero() {
		return -1
	}
	return t.UnixMicro()
}

// Look reads what want asks for, on one snapshot of the database. It is
// [DB.Read] for queries that need not know each other's answers: a database on
// another machine is sent all of them in one message, without the two more that
// a transaction takes. The error is [ErrNotFound] if there is no such account.
//
// want may be called more than once, and must begin anew each time.
func (db *DB) Look(ctx context.Context, want func(*Look)) error {
	return db.run(ctx, db.readers, func(ctx context.Context, s *session) error {
		return s.look(ctx, want)
	})
}

// rows asks for any number of rows.
func (l *Look) rows(query string, args []any, scan func(scanner) error) {
	l.asks = append(l.asks, ask{query: query, args: args, scan: scan})
}

// row is rows where there has to be one.
func (l *Look) row(query string, args []any, scan func(scanner) error) {
	found := new(bool)
	l.asks = append(l.asks, ask{query: query, args: args, found: found, scan: func(r scanner) error {
		*found = true
		return scan(r)
	}})
}

// complete tells whether there was all that has to be.
func (l *Look) complete() error {
	for i := range l.asks {
		if found := l.asks[i].found; found != nil && !*found {
			return ErrNotFound
		}
	}
	return nil
}

func (s *session) look(ctx context.Context, want func(*Look)) error {
	if s.engine.askAtOnce != nil {
		return s.replacing(ctx, func(ctx context.Context) error { return s.lookAtOnce(ctx, want) })
	}
	var l Look
	want(&l)
	if len(l.asks) == 1 { // a query is a snapshot by itself
		if err := s.open(ctx); err != nil {
			return err
		}
		return s.answer(ctx, &l)
	}
	return s.transaction(ctx, s.engine.beginRead, func(ctx context.Context, _ *Tx) error {
		return s.answer(ctx, &l)
	})
}

// lookAtOnce has all queries answered by one exchange of messages.
func (s *session) lookAtOnce(ctx context.Context, want func(*Look)) error {
	if err := s.open(ctx); err != nil {
		return err
	}
	var l Look
	want(&l)
	err := s.conn.Raw(func(conn any) error { return s.engine.askAtOnce(ctx, conn, l.asks) })
	if err != nil {
		s.discard() // it is closed
		return fmt.Errorf("store: look: %w", err)
	}
	return l.complete()
}

// answer has the queries answered one after the other.
func (s *session) answer(ctx context.Context, l *Look) error {
	for i := range l.asks {
		a := &l.asks[i]
		if err := s.rows(ctx, a.query, a.args, a.scan); err != nil {
			s.discardIfBroken(err)
			return fmt.Errorf("store: look: %w", err)
		}
	}
	return l.complete()
}
