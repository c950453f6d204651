package presence

import (
	"testing"
	"testing/synctest"
	"time"
)

// Shards that are lost one after another are looked at together, none before its
// grace is over, and none is forgotten.
func TestLostShardsWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const grace = 30 * time.Second
		l := lostShards{since: make(map[int]time.Time)}
		for shard := range 100 {
			l.since[shard] = time.Now()
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(grace)
		l.since[200] = time.Now()
		time.Sleep(time.Second)
		due, next := l.due(grace)
		n := 0
		for shard, is := range due {
			if is {
				n++
			}
			if is && shard >= 100 {
				t.Errorf("shard %d is due", shard)
			}
		}
		if n != 100 || next != grace-time.Second || !l.waiting {
			t.Errorf("%d are due, the next in %s", n, next)
		}
		time.Sleep(next)
		if due, next := l.due(grace); !due[200] || next != 0 || l.waiting {
			t.Errorf("the last one is due: %v, another in %s", due[200], next)
		}
	})
}
