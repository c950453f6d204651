package store

import (
	"context"
	"math/rand/v2"
	"time"
)

// transaction runs fn in a transaction.
func (db *DB) transaction(ctx context.Context, from chan *session, begin string, fn func(context.Context, *Tx) error) error {
	return db.run(ctx, from, func(ctx context.Context, s *session) error {
		return s.transaction(ctx, begin, fn)
	})
}

// run does what a session is for, a transaction or a look, and does it again
// where the database has undone it for no fault of its own: because another was
// in its way, or because the database was restarted.
func (db *DB) run(ctx context.Context, from chan *session, work func(context.Context, *session) error) error {
	limit := time.Now().Add(db.engine.patience)
	for try := range maxTries {
		err := db.once(ctx, from, work)
		if err == nil || !db.engine.again(err) {
			return db.engine.whoHolds(err)
		}
		pause := backoff(try)
		if time.Now().Add(pause).After(limit) || !db.sleep(ctx, pause) {
			return err
		}
	}
	return db.once(ctx, from, work)
}

// maxTries is more than there is patience for.
const maxTries = 1000

// once does it a single time, in the caller's turn.
func (db *DB) once(ctx context.Context, from chan *session, work func(context.Context, *session) error) error {
	s, err := db.acquire(ctx, from)
	if err != nil {
		return err
	}
	defer func() { from <- s }()
	inside := context.WithoutCancel(ctx)
	if db.engine.longest > 0 {
		var cancel context.CancelFunc
		inside, cancel = context.WithTimeout(inside, db.engine.longest)
		defer cancel()
	}
	return work(inside, s)
}

// whoHolds says what to do where another process does not let go of the data.
func (e *engine) whoHolds(err error) error {
	if err == nil || e.held == nil {
		return err
	}
	return e.held(err)
}

// again tells whether a transaction that ended with an error is to be tried
// once more. Never when it may have been done.
func (e *engine) again(err error) bool {
	return e.means != nil && !isUncertain(err) && (isUnlocked(err) || e.means(err) != refused)
}

const (
	firstPause = 5 * time.Millisecond
	lastPause  = time.Second
)

// backoff gives longer and longer pauses, and random ones, so that those who
// were in each other's way do not meet again.
func backoff(try int) time.Duration {
	pause := lastPause
	if try < 8 {
		pause = min(firstPause<<try, lastPause)
	}
	return pause/2 + rand.N(pause) //nolint:gosec // spreads work, keeps no secret
}

// sleep waits, and reports whether there is still something to wait for.
func (db *DB) sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-db.done:
	}
	return false
}
