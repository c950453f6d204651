package limit

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestKeyedCountsEachKeyAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := PerMinute(3)
		for i := range 3 {
			if !k.Allow("ada") {
				t.Fatalf("event %d of 3 was refused", i+1)
			}
		}
		if k.Allow("ada") {
			t.Error("a fourth event within the minute was allowed")
		}
		if !k.Allow("bea") {
			t.Error("another key was refused")
		}
		time.Sleep(20 * time.Second) // the bubble's clock: a third of a minute gives one event back
		if !k.Allow("ada") || k.Allow("ada") {
			t.Error("after a third of the minute exactly one event should be allowed")
		}
	})
}

func TestSpentDoesNotCount(t *testing.T) {
	k := PerMinute(1)
	for range 2 {
		if k.Spent("ada") {
			t.Fatal("asking used the limit up")
		}
	}
	k.Allow("ada")
	if !k.Spent("ada") {
		t.Error("the limit is used up, but Spent says no")
	}
}

func TestUnusedKeysAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := PerMinute(2)
		for i := range 1000 {
			k.Allow(fmt.Sprint("key", i))
		}
		time.Sleep(3 * time.Minute)
		k.Allow("one more")
		if n := len(k.keys); n != 1 {
			t.Errorf("%d keys are kept, want only the last", n)
		}
	})
}

func TestNilAllowsEverything(t *testing.T) {
	var k *Keyed = PerMinute(0)
	for range 1000 {
		if !k.Allow("ada") || k.Spent("ada") {
			t.Fatal("no limit, but refused")
		}
	}
}
