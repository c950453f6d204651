package ticket

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

func TestVisits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := NewVisits(5 * time.Second)
		here, other := netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("192.0.2.8")
		calls := 0
		await := func(a netip.Addr) (stop func()) { return v.Await(a, func() { calls++ }) }
		for range 2 { // there may be several behind one address
			if await(here) == nil {
				t.Fatal("nobody has come yet")
			}
		}
		v.Note(other)
		if calls != 0 {
			t.Error("another has come")
		}
		v.Note(netip.MustParseAddr("::ffff:192.0.2.7"))
		v.Note(here)
		if calls != 2 {
			t.Errorf("two have waited, %d were called", calls)
		}
		if await(here) != nil || calls != 2 {
			t.Error("one has come just before")
		}
		if stop := await(here); stop == nil {
			t.Error("that one was another")
		} else {
			stop()
		}
		v.Note(here)
		time.Sleep(5 * time.Second) // the bubble's clock
		stop := await(here)
		if stop == nil {
			t.Fatal("that was long ago")
		}
		stop()
		stop()
		v.Note(here)
		if calls != 2 {
			t.Error("one was called that waits no longer")
		}
		if len(v.waiting) != 0 || len(v.unused) != 1 {
			t.Errorf("left: %d waiting, %d visits", len(v.waiting), len(v.unused))
		}
	})
}

// Each of those behind an address who have been at the nexus finds a visit, and no
// more than they.
func TestVisitsOfMany(t *testing.T) {
	v := NewVisits(time.Hour)
	school := netip.MustParseAddr("192.0.2.7")
	const clients = 60
	for range clients {
		v.Note(school)
	}
	for n := range clients {
		if v.Await(school, func() {}) != nil {
			t.Fatalf("client %d waits", n)
		}
	}
	if v.Await(school, func() {}) == nil {
		t.Error("one who was not at the nexus does not wait")
	}
}
