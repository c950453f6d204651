package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// When the connection is lost during a commit, the database still knows what
// became of the transaction, and can be asked by its number. Only a database
// that has taken the place of another, with its own idea of what happened, may
// know another transaction by that number; a server that is promoted begins a
// new timeline, and so is told from the one that was asked to commit.
const (
	// xid is the number of the transaction that asks.
	xid = `pg_current_xact_id()::text`
	// timelineQuery gives the timeline that the server is on.
	timelineQuery = `SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)`
	// outcomeQuery gives what became of a transaction; NULL if it is too long ago.
	outcomeQuery = `SELECT COALESCE(pg_xact_status($1::text::xid8), '')`
)

// readTimeline notes the timeline of a new connection; "" if it cannot be had.
func (s *session) readTimeline(ctx context.Context) {
	s.timeline = ""
	_ = s.conn.QueryRowContext(ctx, timelineQuery).Scan(&s.timeline)
}

// resolve asks, over a new connection, what became of a transaction whose
// commit was lost on the way, until it is known or ctx ends. It gives nil if it
// was done, cause if it was undone, and else [ErrUncertain].
func (s *session) resolve(ctx context.Context, number string, cause error) error {
	uncertain := fmt.Errorf("%w: %w", ErrUncertain, cause)
	timeline := s.timeline
	s.discard()
	if number == "" || timeline == "" {
		return uncertain
	}
	for try := 0; ; try++ {
		outcome, err := s.outcome(ctx, number, timeline)
		switch {
		case err == nil && outcome == "committed":
			return nil
		case err == nil && outcome == "aborted":
			return cause
		case err == nil && outcome != "in progress", err != nil && s.engine.means(err) != lost:
			return uncertain
		}
		select {
		case <-ctx.Done():
			return uncertain
		case <-time.After(backoff(try)):
		}
	}
}

// errOtherTimeline says that there is no one left who would know.
var errOtherTimeline = errors.New("store: another server has taken over")

func (s *session) outcome(ctx context.Context, number, timeline string) (outcome string, err error) {
	if err := s.open(ctx); err != nil {
		return "", err
	}
	if s.timeline != timeline {
		return "", errOtherTimeline
	}
	err = s.conn.QueryRowContext(ctx, outcomeQuery, number).Scan(&outcome)
	if err != nil {
		s.discard()
	}
	return outcome, err
}

// scanLocked reads a row of a query that locks accounts.
func (tx *Tx) scanLocked(r scanner) error {
	var id int64
	if err := r.Scan(&id, &tx.number); err != nil {
		return err
	}
	tx.hold(id)
	return nil
}
