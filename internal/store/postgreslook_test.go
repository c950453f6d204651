package store

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/store/postgrestest"
)

// throughGate opens a database with one connection, behind a gate.
func throughGate(t *testing.T) (*DB, *gate) {
	t.Helper()
	g := newGate(t, postgrestest.Need(t).Address())
	db := openOne(t, changed(t, onPostgres.URL(t), func(u *url.URL) { u.Host = g.address }))
	insert(t, db, "ada@example.net")
	return db, g
}

// However much a look asks for, it is one message and one answer.
func TestLookIsOneMessage(t *testing.T) {
	db, g := throughGate(t)
	var o Owner
	looks := map[string]func(){
		"alone": func() { look(t, db, func(l *Look) { l.Owner("ada@example.net", &o) }) },
		"many":  func() { seen(t, db, "ada@example.net", Known{}) },
	}
	for what, run := range looks {
		run() // its statements are prepared
		before := g.sent.Load()
		run()
		if n := g.sent.Load() - before; n != 1 {
			t.Errorf("%s: %d messages", what, n)
		}
	}
}

// A look whose connection breaks, or is broken already, or does not answer, is
// made again over another, and what was read before does not come twice.
func TestLookOverAnotherConnection(t *testing.T) {
	for what, breakIt := range map[string]func(*testing.T, *DB, *gate){
		"the answer is lost": func(_ *testing.T, _ *DB, g *gate) { g.cutAtCommit(true) },
		"the ask is lost":    func(_ *testing.T, _ *DB, g *gate) { g.cutAtCommit(false) },
		"no answer": func(_ *testing.T, db *DB, g *gate) {
			db.engine.hello = 100 * time.Millisecond
			g.silence()
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			db, g := throughGate(t)
			want := seen(t, db, "ada@example.net", Known{})
			breakIt(t, db, g)
			diff(t, "after it", seen(t, db, "ada@example.net", Known{}), want)
		})
	}
}

// What has arrived before the connection broke is read anew.
func TestLookBeginsAnew(t *testing.T) {
	db := openURL(t, onPostgres.URL(t))
	insert(t, db, "ada@example.net", "bea@example.net")
	tries, rows := 0, 0
	look(t, db, func(l *Look) {
		rows = 0
		l.rows(`SELECT id FROM accounts`, nil, func(scanner) error { rows++; return nil })
		if tries++; tries < 4 {
			l.rows(`SELECT pg_terminate_backend(pg_backend_pid())`, nil, ignore)
			l.rows(`SELECT pg_sleep(60)`, nil, ignore)
		}
	})
	if tries != 4 || rows != 2 {
		t.Errorf("%d tries, %d rows", tries, rows)
	}
}

// A look is a snapshot, and changes nothing.
func TestLookIsReadOnly(t *testing.T) {
	db := openURL(t, onPostgres.URL(t))
	var isolation, mode string
	look(t, db, func(l *Look) {
		l.rows(`SELECT current_setting('transaction_isolation')`, nil, func(r scanner) error { return r.Scan(&isolation) })
		l.rows(`SELECT current_setting('transaction_read_only')`, nil, func(r scanner) error { return r.Scan(&mode) })
	})
	if isolation != "repeatable read" || mode != "on" {
		t.Errorf("%s, read only %s", isolation, mode)
	}
	err := db.Write(t.Context(), func(ctx context.Context, tx *Tx) error { // and leaves nothing behind
		return tx.row(ctx, `SELECT current_setting('transaction_isolation')`, nil, &isolation)
	})
	if err != nil || isolation != "read committed" {
		t.Errorf("a change afterwards: %s, %v", isolation, err)
	}
}
