package main

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func newStorm(rate float64) storm {
	return storm{standard().client, rate, rand.New(rand.NewPCG(1, 1))}
}

func TestEverybodyComesBack(t *testing.T) {
	for _, tt := range []struct {
		name  string
		blow  blow
		rate  float64
		begin time.Duration // nobody before
		end   time.Duration // nobody after
	}{
		// The first attempt is refused, the second is 15 s after the blow.
		{"quick", blow{served: 10 * time.Second}, 1e6, 13500 * time.Millisecond, 17 * time.Second},
		{"at the first attempt", blow{}, 1e6, 4500 * time.Millisecond, 6 * time.Second},
		// Those who wait in vain come again, and again.
		{"slow", blow{}, 50, 4500 * time.Millisecond, time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			back, peak := newStorm(tt.rate).run(tt.blow, []int{4000, 2000})
			if len(back) != 6000 || !slices.IsSorted(back) {
				t.Fatalf("%d of 6000 are back", len(back))
			}
			if back[0] < tt.begin || back[len(back)-1] > tt.end {
				t.Errorf("they come from %v to %v", back[0], back[len(back)-1])
			}
			if peak > tt.rate+1 {
				t.Errorf("%v sign-ins in a second, the node does %v", peak, tt.rate)
			}
		})
	}
}

func TestPausesGrow(t *testing.T) {
	s := newStorm(1)
	a := attempt{pause: s.client.first}
	for range 20 {
		before := a
		s.again(&a, a.at)
		if a.at <= before.at || a.pause < before.pause || a.pause > s.client.longest {
			t.Fatalf("after %v comes %v", before, a)
		}
	}
	if a.pause != s.client.longest {
		t.Errorf("the pause has grown to %v, want %v", a.pause, s.client.longest)
	}
}

func TestReturns(t *testing.T) {
	r := returns{1 * time.Second, 2 * time.Second, 2500 * time.Millisecond, 9 * time.Second}
	if got := r.by(2 * time.Second); got != 0.5 {
		t.Errorf("%v are back by 2 s, want a half", got)
	}
	if got := r.part(0.99); got != 9*time.Second {
		t.Errorf("all but a hundredth after %v", got)
	}
	if got := busiest(r); got != 2 {
		t.Errorf("%v in one second, want 2", got)
	}
}
