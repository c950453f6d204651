package store

import (
	"context"
	"fmt"
)

// bulk runs one transaction on a connection of its own, without the bounds on
// time that keep a service answering: it is for work on all of the data. It is
// never tried again. fn has the caller's context, and may stop when it ends.
func (db *DB) bulk(ctx context.Context, begin string, fn func(context.Context, *Tx) error) error {
	inside := func(_ context.Context, tx *Tx) error { return fn(ctx, tx) }
	if db.engine.memory { // it has the one connection
		return db.transaction(ctx, db.writers, begin, inside)
	}
	s := &session{pool: db.pool, engine: &db.engine, onOpen: db.engine.bulkSetup}
	defer s.discard()
	if err := s.transaction(context.WithoutCancel(ctx), begin, inside); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("stopped: %w", ctx.Err())
		}
		return db.engine.whoHolds(err)
	}
	return nil
}
