package store

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

// While a change takes its time others wait; when they are many the database is
// busy, until they have had their turns.
func testBusy(t *testing.T, db *DB) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var waiting sync.WaitGroup
	write(t, db, func(context.Context, *Tx) error {
		if db.Busy() {
			t.Error("busy with one")
		}
		for range longLine + cap(db.writers) {
			waiting.Go(func() {
				err := db.Write(ctx, func(context.Context, *Tx) error {
					<-ctx.Done()
					return nil
				})
				if err != nil && !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			})
		}
		for until := time.Now().Add(time.Minute); !db.Busy(); {
			if time.Now().After(until) {
				t.Error("not busy with so many")
				break
			}
			<-time.After(time.Millisecond)
		}
		cancel()
		return nil
	})
	waiting.Wait()
	if db.Busy() {
		t.Error("still busy")
	}
}
