package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Errors that callers tell apart.
var (
	// ErrNotFound says that no such row exists.
	ErrNotFound = errors.New("store: not found")
	// ErrClosed says that the database has been closed.
	ErrClosed = errors.New("store: closed")
	// ErrURL says that a storage address is not understood.
	ErrURL = errors.New("store: storage address not understood")
	// ErrUncertain says that the connection was lost while a change was being
	// committed. It may have been done and it may not, but not by half; who
	// wants to know has to read it.
	ErrUncertain = errors.New("store: the connection was lost during the commit, nobody knows whether the change was done")
)

func isUncertain(err error) bool { return errors.Is(err, ErrUncertain) }

// Options say where the data is.
type Options struct {
	// URL is "sqlite:///absolute/path/papilio.db", "sqlite:relative.db",
	// "sqlite://:memory:" for a database that ends with the process, or
	// "postgres://user:password@host:5432/database" with the options of libpq.
	URL string
	// BusyTimeout is how long a change waits for another process (the command
	// line beside the service) to finish its own; 10 seconds if zero. It is
	// for SQLite.
	BusyTimeout time.Duration
	// Connections is how many connections to PostgreSQL may be open; 16 if zero.
	Connections int
	// ReadOnly opens data that is there, and leaves it as it is: nothing is
	// created, upgraded or changed.
	ReadOnly bool
	// Log gets one line when the database is created or its schema upgraded. Nothing is logged if nil.
	Log *slog.Logger
}

const defaultBusyTimeout = 10 * time.Second

// DB is an open database. It is safe for use by many goroutines.
type DB struct {
	pool    *sql.DB
	engine  engine
	readers chan *session
	writers chan *session
	waiting atomic.Int64 // for a turn
	done    chan struct{}
	close   sync.Once
}

// Open opens the database, creates it if there is none, and brings its schema
// up to date, unless it is only to be read. A schema that a newer release made
// is refused with [ErrNewerSchema] and left as it is.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.BusyTimeout == 0 {
		o.BusyTimeout = defaultBusyTimeout
	}
	if o.Connections == 0 {
		o.Connections = defaultConnections
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	eng, err := parseURL(o)
	if err != nil {
		return nil, err
	}
	pool, err := eng.open(ctx)
	if err != nil {
		return nil, eng.cannotOpen(err)
	}
	prepare := migrate
	if o.ReadOnly {
		prepare = mustBeCurrent
	}
	if err := prepare(ctx, pool, eng, o.Log); err != nil {
		return nil, errors.Join(eng.cannotOpen(err), pool.Close())
	}
	return newDB(pool, eng), nil
}

// cannotOpen says why a database cannot be opened, and what to do about it.
func (e *engine) cannotOpen(err error) error {
	if e.explain != nil {
		err = e.explain(err)
	}
	return fmt.Errorf("open %s: %w", e.place, err)
}

func newDB(pool *sql.DB, eng engine) *DB {
	db := &DB{
		pool: pool, engine: eng,
		writers: make(chan *session, eng.writers),
		done:    make(chan struct{}),
	}
	for range eng.writers {
		db.writers <- &session{pool: pool, engine: &db.engine, onOpen: eng.setup}
	}
	if eng.readers == 0 {
		db.readers = db.writers
		return db
	}
	db.readers = make(chan *session, eng.readers)
	for range eng.readers {
		db.readers <- &session{pool: pool, engine: &db.engine, onOpen: eng.readerSetup}
	}
	return db
}

// Place names the database in a message. There is no password in it.
func (db *DB) Place() string { return db.engine.place }

// InMemory reports whether the data ends with the process.
func (db *DB) InMemory() bool { return db.engine.memory }

// Shared reports whether other machines use the database too.
func (db *DB) Shared() bool { return db.engine.shared }

// Read runs fn on a snapshot of the database. fn must use the context that it
// is given, which does not end early, and must not call Read or Write. It may
// be called more than once, and must begin anew each time.
func (db *DB) Read(ctx context.Context, fn func(context.Context, *Tx) error) error {
	return db.transaction(ctx, db.readers, db.engine.beginRead, fn)
}

// Write runs fn as a change of the database. What it did is on disk once Write
// returns nil, and undone if fn or Write returns an error, except for
// [ErrUncertain]. ctx is obeyed while waiting for a turn; after that the
// change runs to its end, so that nobody has to guess whether half of it
// happened.
//
// On SQLite fn is the only writer there is. On PostgreSQL it has to lock what
// it reads in order to change it, see [Tx.Lock].
//
// fn must use the context that it is given and must not call Read or Write. It
// may be called more than once, when the database has undone what it did for
// the sake of another change, and must begin anew each time.
func (db *DB) Write(ctx context.Context, fn func(context.Context, *Tx) error) error {
	return db.transaction(ctx, db.writers, db.engine.beginWrite, fn)
}

func (db *DB) acquire(ctx context.Context, from chan *session) (*session, error) {
	select {
	case <-db.done:
		return nil, ErrClosed
	default:
	}
	select {
	case s := <-from:
		return s, nil
	default:
	}
	db.waiting.Add(1)
	defer db.waiting.Add(-1)
	select {
	case s := <-from:
		return s, nil
	case <-db.done:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, fmt.Errorf("store: waiting for a turn: %w", ctx.Err())
	}
}

// longLine is how many may wait for their turn before the database counts as
// busy: the work of a second or two for a machine that has much else to do.
const longLine = 512

// Busy reports whether so many wait for their turn that nothing should be begun
// that takes several: it would come to its first turn late, and to its last when
// nobody wants it any more, and what is done for nothing is what makes the line
// longer still.
func (db *DB) Busy() bool { return db.waiting.Load() >= longLine }

// Close waits for transactions that are running and closes the database.
func (db *DB) Close() error {
	var err error
	db.close.Do(func() {
		close(db.done)
		for range cap(db.writers) {
			(<-db.writers).discard()
		}
		if db.engine.readers > 0 {
			for range cap(db.readers) {
				(<-db.readers).discard()
			}
		}
		err = db.pool.Close()
	})
	return err
}
