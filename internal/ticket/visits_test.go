package ticket

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

func TestVisits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := NewVisits(10 * time.Second)
		here, other := netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("192.0.2.8")
		wait := func(a netip.Addr) (bool, time.Duration) {
			ctx, cancel := context.WithTimeout(t.Context(), 1200*time.Millisecond)
			defer cancel()
			begun := time.Now()
			return v.Wait(ctx, a), time.Since(begun)
		}
		if came, after := wait(here); came || after != 1200*time.Millisecond {
			t.Errorf("nobody has come: %t after %s", came, after)
		}
		go func() {
			time.Sleep(300 * time.Millisecond) // the bubble's clock
			v.Note(other)
			v.Note(netip.MustParseAddr("::ffff:192.0.2.7"))
		}()
		if came, after := wait(here); !came || after != 300*time.Millisecond {
			t.Errorf("one came meanwhile: %t after %s", came, after)
		}
		if came, after := wait(here); !came || after != 0 {
			t.Errorf("one has come before: %t after %s", came, after)
		}
		time.Sleep(10 * time.Second)
		if came, _ := wait(here); came {
			t.Error("one came long ago")
		}
		v.Note(other)
		if len(v.waiting) != 0 || len(v.at) != 1 {
			t.Errorf("left: %d waiting, %d visits", len(v.waiting), len(v.at))
		}
	})
}
