package referral

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func checked(t testing.TB, k *Keys) Pass {
	t.Helper()
	p, err := k.Check(mint(t, k, testPass()), testClaim())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestUsedOnce(t *testing.T) {
	k, u := testKeys(t), NewUsed(0)
	first, second := checked(t, k), checked(t, k)
	for _, p := range []Pass{first, second} {
		if err := u.Take(p); err != nil {
			t.Error(err)
		}
		if err := u.Take(p); !errors.Is(err, ErrUsed) {
			t.Errorf("a second time: %v", err)
		}
	}
	if u.Len() != 2 {
		t.Errorf("%d are remembered", u.Len())
	}
}

func TestUsedByOneOfMany(t *testing.T) {
	u, p := NewUsed(0), checked(t, testKeys(t))
	var in atomic.Int32
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			if u.Take(p) == nil {
				in.Add(1)
			}
		})
	}
	all.Wait()
	if in.Load() != 1 {
		t.Errorf("%d were let in", in.Load())
	}
}

func TestUsedForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, u := testKeys(t), NewUsed(100)
		early := checked(t, k)
		if err := u.Take(early); err != nil {
			t.Fatal(err)
		}
		time.Sleep(Life / 2)
		for range 99 {
			if err := u.Take(checked(t, k)); err != nil {
				t.Fatal(err)
			}
		}
		if err := u.Take(checked(t, k)); !errors.Is(err, ErrFull) {
			t.Errorf("beyond the bound: %v", err)
		}
		if err := u.Take(early); !errors.Is(err, ErrUsed) {
			t.Errorf("used again when full: %v", err)
		}
		time.Sleep(time.Until(early.Expires))
		if err := u.Take(early); !errors.Is(err, ErrExpired) {
			t.Errorf("used again when expired: %v", err)
		}
		time.Sleep(2 * time.Second)
		if err := u.Take(checked(t, k)); err != nil {
			t.Errorf("when there was room again: %v", err)
		}
		if u.Len() != 100 {
			t.Errorf("%d are remembered, want 99 and the last", u.Len())
		}
		time.Sleep(Life + 2*time.Second)
		if err := u.Take(checked(t, k)); err != nil {
			t.Error(err)
		}
		if u.Len() != 1 || len(u.ends.ends) != 1 {
			t.Errorf("%d are remembered, in %d groups", u.Len(), len(u.ends.ends))
		}
	})
}

func BenchmarkTake(b *testing.B) {
	u := NewUsed(1 << 30)
	p := Pass{Session: 1, Expires: time.Now().Add(time.Hour)}
	b.ReportAllocs()
	for b.Loop() {
		p.nonce++
		if p.nonce == 0 {
			p.Session++
		}
		if err := u.Take(p); err != nil {
			b.Fatal(err)
		}
	}
}
