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
	onOpen string // run on each new connection; "" for nothing
	conn   *sql.Conn
	stmts  map[string]*sql.Stmt // closed by discard
}

// Tx is a running transaction. Its methods are the queries of this package.
type Tx struct{ s *session }

func (s *session) transaction(ctx context.Context, begin string, fn func(context.Context, *Tx) error) (err error) {
	if err := s.open(ctx); err != nil {
		return fmt.Errorf("store: connect: %w", err)
	}
	if err := s.exec(ctx, begin); err != nil {
		s.discardIfBroken(err)
		return fmt.Errorf("store: begin: %w", err)
	}
	committed := false
	defer func() {
		if committed {
			return
		}
		// Also reached when fn panics. A connection that cannot roll back is
		// of no more use.
		if s.exec(ctx, "ROLLBACK") != nil {
			s.discard()
		}
	}()
	if err := fn(ctx, &Tx{s}); err != nil {
		return err
	}
	if err := s.exec(ctx, "COMMIT"); err != nil {
		return fmt.Errorf("store: commit: %w", err)
	}
	committed = true
	return nil
}

func (s *session) open(ctx context.Context) error {
	if s.conn != nil {
		return nil
	}
	conn, err := s.pool.Conn(ctx)
	if err != nil {
		return err
	}
	if s.onOpen != "" {
		if _, err := conn.ExecContext(ctx, s.onOpen); err != nil {
			return errors.Join(err, conn.Close())
		}
	}
	s.conn, s.stmts = conn, make(map[string]*sql.Stmt)
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
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) {
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

// exec runs a statement that gives no rows.
func (tx *Tx) exec(ctx context.Context, query string, args ...any) error {
	return tx.s.exec(ctx, query, args...)
}

// row runs a query that gives at most one row, and reads it into dest. The
// error is ErrNotFound if there is none.
func (tx *Tx) row(ctx context.Context, query string, args []any, dest ...any) error {
	stmt, err := tx.s.prepare(ctx, query) //nolint:sqlclosecheck // the session keeps it
	if err != nil {
		return err
	}
	err = stmt.QueryRowContext(ctx, args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// rows runs a query and calls scan for each row.
func (tx *Tx) rows(ctx context.Context, query string, args []any, scan func(*sql.Rows) error) (err error) {
	stmt, err := tx.s.prepare(ctx, query) //nolint:sqlclosecheck // the session keeps it
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
