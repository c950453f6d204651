package cluster

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(100)
		begin := time.Now()
		for range 50 {
			if err := p.Wait(t.Context(), 2); err != nil {
				t.Fatal(err)
			}
		}
		// A tenth of a second's worth goes at once, and each waits a little more.
		if d := time.Since(begin); d < 800*time.Millisecond || d > 1300*time.Millisecond {
			t.Errorf("100 took %s at 100 a second", d)
		}
		p.set(1)
		_ = p.Wait(t.Context(), 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := p.Wait(ctx, 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it waited for its turn: %v", err)
		}
		if got := p.PerSecond(); got != 1 {
			t.Errorf("the pace is %v", got)
		}
	})
}
