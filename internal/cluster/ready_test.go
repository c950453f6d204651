package cluster

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// A question that nobody answers is put again long before everything is given up.
func TestReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const elected = 3 * time.Second
		began := time.Now()
		lost := func(ctx context.Context) error {
			if time.Since(began) < elected { // there is no leader, and nobody will answer
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}
		ctx, cancel := context.WithTimeout(t.Context(), natsPatience)
		defer cancel()
		ready(ctx, lost)
		if took := time.Since(began); took < elected || took > elected+leaderPatience+leaderPause {
			t.Errorf("ready after %s, with a leader after %s", took, elected)
		}
	})
}

// Where it is never answered, and where it is refused at once, the watch is tried all
// the same, in its time.
func TestNeverReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, asked := time.Now(), 0
		ctx, cancel := context.WithTimeout(t.Context(), natsPatience)
		defer cancel()
		ready(ctx, func(context.Context) error {
			asked++
			return errors.New("no leader")
		})
		if took := time.Since(began); took != natsPatience || asked > int(natsPatience/leaderPause)+1 {
			t.Errorf("asked %d times in %s", asked, took)
		}
	})
}
