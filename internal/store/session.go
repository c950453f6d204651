package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
)

// session is one connection to the database with the statements that were
// prepared on it: parsing SQL costs more than running most of ours. A session
// belongs to one transaction at a time.
type session struct {
	pool   *sql.DB
	engine *engine
	onOpen string // run on each new connection; "" for nothing
	conn   *sql.Conn
	stmts  map[string]*sql.Stmt // closed by discard
	// timeline of the server that conn leads to, where there are such.
	timeline string
}

// Tx is a running transaction. Its methods are the queries of this package.
//
// A query that fails has spoilt the transaction, whatever its caller makes of
// the error: it is undone in the end. [ErrNotFound] is no failure.
type Tx struct {
	s       *session
	held    map[int64]bool // accounts that are locked; nil if none has to be
	number  string         // that the database knows the transaction by, once it has locked something
	spoiled error
}

func (s *session) transaction(ctx context.Context, begin string, fn func(context.Context, *Tx) error) (err error) {
	if err := s.begin(ctx, begin); err != nil {
		return err
	}
	committed := false
	defer func() {
		if committed {
			return
		}
		// Also reached when fn panics. A connection that cannot roll back is
		// of no more use.
		if s.conn != nil && s.exec(ctx, "ROLLBACK") != nil {
			s.discard()
		}
	}()
	tx := &Tx{s: s}
	if s.engine.shared {
		tx.held = make(map[int64]bool)
	}
	if err := fn(ctx, tx); err != nil {
		return err
	}
	if tx.spoiled != nil {
		return tx.spoiled
	}
	err = s.commit(ctx, tx.number)
	committed = err == nil
	return err
}

// commit makes the transaction real. When the connection breaks after COMMIT
// was sent, it may have been done, and the database is asked.
func (s *session) commit(ctx context.Context, number string) error {
	const commit = "COMMIT"
	_, err := s.prepare(ctx, commit) //nolint:sqlclosecheck // the session keeps it
	sent := err == nil
	if sent {
		err = s.exec(ctx, commit)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone): // broken before
		sent = false
	}
	err = fmt.Errorf("store: commit: %w", err)
	if sent && s.engine.means != nil && s.engine.means(err) == lost {
		return s.resolve(ctx, number, err)
	}
	return err
}

// begin begins a transaction.
func (s *session) begin(ctx context.Context, begin string) error {
	return s.replacing(ctx, func(ctx context.Context) error {
		return s.tryBegin(ctx, begin)
	})
}

// replacing does what a session begins with. A connection that broke while
// nobody used it, as all do when the database is restarted, or that does not
// answer, as when its machine is gone, is replaced, and it is done again.
func (s *session) replacing(ctx context.Context, first func(context.Context) error) error {
	if s.conn != nil && s.engine.shared {
		hello, cancel := context.WithTimeout(ctx, s.engine.hello)
		err := first(hello)
		cancel()
		if err == nil || s.engine.means(err) != lost {
			return err
		}
		s.discard()
	}
	return first(ctx)
}

func (s *session) tryBegin(ctx context.Context, begin string) error {
	if err := s.open(ctx); err != nil {
		return err
	}
	if err := s.exec(ctx, begin); err != nil {
		s.discardIfBroken(err)
		return fmt.Errorf("store: begin: %w", err)
	}
	return nil
}

func (s *session) open(ctx context.Context) error {
	if s.conn != nil {
		return nil
	}
	conn, err := s.pool.Conn(ctx)
	if err != nil {
		return fmt.Errorf("store: connect: %w", err)
	}
	if s.onOpen != "" {
		if _, err := conn.ExecContext(ctx, s.onOpen); err != nil {
			return fmt.Errorf("store: connect: %w", errors.Join(err, conn.Close()))
		}
	}
	s.conn, s.stmts = conn, make(map[string]*sql.Stmt)
	if s.engine.shared {
		s.readTimeline(ctx)
	}
	return nil
}

// discard gives the connection up; the next transaction opens another.
func (s *session) discard() {
	if s.conn == nil {
		return
	}
	for _, stmt := range s.stmts {
		_ = stmt.Close() // the connection goes with it
	}
	_ = s.conn.Close()
	s.conn, s.stmts = nil, nil
}

func (s *session) discardIfBroken(err error) {
	broken := errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone)
	if broken || s.engine.means != nil && s.engine.means(err) == lost {
		s.discard()
	}
}

func (s *session) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, ok := s.stmts[query]; ok {
		return stmt, nil
	}
	stmt, err := s.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s.stmts[query] = stmt
	return stmt, nil
}

func (s *session) exec(ctx context.Context, query string, args ...any) error {
	stmt, err := s.prepare(ctx, query) //nolint:sqlclosecheck // the session keeps it
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(ctx, args...)
	return err
}

// spoil remembers the first failure.
func (tx *Tx) spoil(err error) error {
	if err != nil && tx.spoiled == nil && !errors.Is(err, ErrNotFound) {
		tx.spoiled = err
	}
	return err
}

// exec runs a statement that gives no rows.
func (tx *Tx) exec(ctx context.Context, query string, args ...any) error {
	return tx.spoil(tx.s.exec(ctx, query, args...))
}

// scanner is a row of an answer.
type scanner interface {
	Scan(dest ...any) error
}

// row runs a query that gives at most one row, and reads it into dest. The
// error is ErrNotFound if there is none.
func (tx *Tx) row(ctx context.Context, query string, args []any, dest ...any) error {
	return tx.one(ctx, query, args, func(r scanner) error { return r.Scan(dest...) })
}

// one is row for a row that takes more than that to be read.
func (tx *Tx) one(ctx context.Context, query string, args []any, scan func(scanner) error) error {
	stmt, err := tx.s.prepare(ctx, query) //nolint:sqlclosecheck // the session keeps it
	if err != nil {
		return tx.spoil(err)
	}
	err = scan(stmt.QueryRowContext(ctx, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return tx.spoil(err)
}

// rows runs a query and calls scan for each row.
func (tx *Tx) rows(ctx context.Context, query string, args []any, scan func(scanner) error) error {
	return tx.spoil(tx.s.rows(ctx, query, args, scan))
}

func (s *session) rows(ctx context.Context, query string, args []any, scan func(scanner) error) (err error) {
	stmt, err := s.prepare(ctx, query) //nolint:sqlclosecheck // the session keeps it
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
