package cluster

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// These must never change: two nodes with other ideas of it would hand a shard
// to and fro.
func TestTargetsAreForEver(t *testing.T) {
	nodes := []string{"ns-1", "ns-2", "ns-3"}
	for shard, want := range map[int]string{0: "ns-1", 1: "ns-1", 2: "ns-1", 500: "ns-1", 1022: "ns-2", 1023: "ns-3"} {
		if got := Target(shard, nodes); got != want {
			t.Errorf("shard %d belongs on %s, want %s", shard, got, want)
		}
	}
	if got := Target(7, nil); got != "" || Targets(nil) != nil {
		t.Errorf("without nodes, shard 7 belongs on %q", got)
	}
}

// However the nodes are listed, all come to the same; and a node more or less
// moves only what is its own.
func TestTargets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z0-9-]{1,12}`), 1, 30, rapid.ID).Draw(t, "nodes")
		extra := rapid.StringMatching(`[A-Z]{1,12}`).Draw(t, "one more")
		mixed := rapid.Permutation(nodes).Draw(t, "in another order")
		before, again, after := Targets(nodes), Targets(mixed), Targets(append(slices.Clone(nodes), extra))
		for shard := range Shards {
			was, is := nodes[before[shard]], ""
			if mixed[again[shard]] != was || Target(shard, nodes) != was {
				t.Fatalf("shard %d is on %s or on %s", shard, was, mixed[again[shard]])
			}
			if int(after[shard]) < len(nodes) {
				is = nodes[after[shard]]
			}
			if is != "" && is != was {
				t.Fatalf("shard %d moves from %s to %s because of %s", shard, was, is, extra)
			}
		}
	})
}

func TestTargetsAreEven(t *testing.T) {
	for _, n := range []int{2, 3, 8} {
		var nodes []string
		for i := range n {
			nodes = append(nodes, fmt.Sprintf("node-%d", i))
		}
		count := make([]int, n)
		for _, node := range Targets(nodes) {
			count[node]++
		}
		for i, c := range count {
			if even := Shards / n; c < even*3/4 || c > even*5/4 {
				t.Errorf("%s of %d has %d shards, want about %d", nodes[i], n, c, even)
			}
		}
	}
}

func BenchmarkTargets(b *testing.B) {
	var nodes []string
	for i := range 300 {
		nodes = append(nodes, fmt.Sprintf("node-%d", i))
	}
	b.ReportAllocs()
	for b.Loop() {
		Targets(nodes)
	}
}
