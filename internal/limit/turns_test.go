package limit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// queue has somebody wait for a turn, and notes when it comes.
func queue(t *testing.T, turns *Turns, order *[]string, group, member string) {
	t.Helper()
	go func() {
		done, err := turns.Take(t.Context(), Caller{Group: group, Member: member, Known: group == "known"})
		if err != nil {
			*order = append(*order, group+"/"+member+": full")
			return
		}
		*order = append(*order, group+"/"+member)
		done()
	}()
	synctest.Wait()
}

func TestTurnsGoRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := NewTurns(1, 100)
		done, err := turns.Take(t.Context(), Caller{Group: "x", Member: "x"})
		if err != nil {
			t.Fatal(err)
		}
		var order []string
		for _, who := range [][2]string{{"a", "1"}, {"a", "1"}, {"a", "2"}, {"a", "1"}, {"b", "1"}, {"c", "1"}} {
			queue(t, turns, &order, who[0], who[1])
		}
		done()
		synctest.Wait()
		if got, want := fmt.Sprint(order), "[a/1 b/1 c/1 a/2 a/1 a/1]"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if turns.Waiting() != 0 || turns.running != 0 || len(turns.rooms[0].groups) != 0 {
			t.Errorf("something is left: %+v", turns)
		}
	})
}

func TestTurnsMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := NewTurns(1, 4)
		done, err := turns.Take(t.Context(), Caller{Group: "x", Member: "x"})
		if err != nil {
			t.Fatal(err)
		}
		var order []string
		for _, who := range [][2]string{
			{"a", "1"}, {"a", "1"}, {"a", "2"}, {"a", "1"}, // full
			{"a", "3"}, // has less than a/1
			{"b", "1"}, // has less than a
			{"b", "2"}, // still has
			{"c", "1"}, // has less than a, which has two left
			{"a", "1"}, // has no less than b would have
		} {
			queue(t, turns, &order, who[0], who[1])
		}
		done()
		synctest.Wait()
		want := "[a/1: full a/1: full a/1: full a/2: full a/1: full a/3 b/1 c/1 b/2]"
		if got := fmt.Sprint(order); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// However many strangers wait, every other turn is for those who are known.
func TestKnownCallersWaitApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := NewTurns(1, 3)
		done, err := turns.Take(t.Context(), Caller{Group: "x", Member: "x"})
		if err != nil {
			t.Fatal(err)
		}
		var order []string
		for _, who := range [][2]string{{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}, {"known", "1"}, {"known", "1"}} {
			queue(t, turns, &order, who[0], who[1])
		}
		done()
		synctest.Wait()
		if got, want := fmt.Sprint(order), "[d/1: full known/1 a/1 known/1 b/1 c/1]"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestTurnsEndWithTheirContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := NewTurns(1, 4)
		done, err := turns.Take(t.Context(), Caller{Group: "x", Member: "x"})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := turns.Take(ctx, Caller{Group: "a", Member: "1"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if turns.Waiting() != 0 {
			t.Error("it still waits")
		}
		done()
		if done, err := turns.Take(t.Context(), Caller{Group: "b", Member: "1"}); err != nil {
			t.Error(err)
		} else {
			done()
		}
	})
}

// However they come, wait and give up, no turn is lost and no bound is broken.
func TestTurnsUnderLoad(t *testing.T) {
	const atOnce, room = 3, 8
	turns := NewTurns(atOnce, room)
	var running, most atomic.Int64
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			for j := range 200 {
				ctx, cancel := context.WithCancel(t.Context())
				if (i+j)%3 == 0 {
					go cancel()
				}
				done, err := turns.Take(ctx, Caller{Group: fmt.Sprint(i % 5), Member: fmt.Sprint(j % 3), Known: i%7 == 0})
				if err == nil {
					n := running.Add(1)
					for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
					}
					running.Add(-1)
					done()
				}
				cancel()
			}
		})
	}
	all.Wait()
	if most.Load() > atOnce || turns.running != 0 || turns.Waiting() != 0 || len(turns.rooms[0].groups)+len(turns.rooms[1].groups) != 0 {
		t.Errorf("%d ran at once; left: %d running, %d waiting", most.Load(), turns.running, turns.Waiting())
	}
}
