package main

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// Other ways to place shards, to see what would even the load out. They are
// tried here only; the service does what cluster.Targets does.

// trials is how many nodes are let join, and leave, for one figure.
const trials = 20

// ranking has, for each shard, the nodes from the most to the least wanted.
// Its last so many nodes are not there yet: they join, one at a time.
type ranking struct {
	shards, nodes int
	order         [][]int32
}

func rank(shards, nodes, joiners int) ranking {
	r := ranking{shards: shards, nodes: nodes, order: make([][]int32, shards)}
	seeds := make([]uint64, nodes+joiners)
	for i, name := range names(len(seeds)) {
		seeds[i] = xxhash.Sum64String(name)
	}
	weights := make([]uint64, len(seeds))
	for s := range r.order {
		for i, seed := range seeds {
			weights[i] = weight(seed, s)
		}
		order := make([]int32, len(seeds))
		for i := range order {
			order[i] = int32(i)
		}
		slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(weights[b], weights[a]) })
		r.order[s] = order
	}
	return r
}

// weight is how much a shard wants a node, as cluster.Targets has it.
func weight(node uint64, shard int) uint64 {
	var b [10]byte
	binary.LittleEndian.PutUint64(b[:], node)
	binary.LittleEndian.PutUint16(b[8:], uint16(shard))
	return xxhash.Sum64(b[:])
}

// owners gives each shard to the node that it wants most among those that are
// there and have less than most.
func (r ranking) owners(there func(int32) bool, most int) []int32 {
	owner, has := make([]int32, r.shards), make([]int, r.nodes+trials)
	for s, order := range r.order {
		for _, node := range order {
			if there(node) && has[node] < most {
				owner[s] = node
				has[node]++
				break
			}
		}
	}
	return owner
}

// standing are the nodes of the beginning.
func (r ranking) standing(node int32) bool { return int(node) < r.nodes }

// way is a rule for placing shards.
type way struct {
	name   string
	shards int
	// room is how much more than its share a node may have, as a part of it;
	// infinite for rendezvous hashing as it is.
	room float64
}

func (w way) most(nodes int) int {
	if math.IsInf(w.room, 1) {
		return w.shards
	}
	return int(math.Ceil(float64(w.shards) / float64(nodes) * (1 + w.room)))
}

// outcome is what a way of placing comes to.
type outcome struct {
	has          spread
	joins, leave float64 // the part of all shards that moves
}

func (w way) try(nodes int) outcome {
	r := rank(w.shards, nodes, trials)
	before := r.owners(r.standing, w.most(nodes))
	has := make([]int, nodes)
	for _, owner := range before {
		has[owner]++
	}
	o := outcome{has: spreadOf(has)}
	for i := range int32(trials) {
		joined, left := int32(nodes)+i, i*int32(nodes)/trials
		after := r.owners(func(n int32) bool { return r.standing(n) || n == joined }, w.most(nodes+1))
		o.joins += differ(before, after) / trials
		after = r.owners(func(n int32) bool { return r.standing(n) && n != left }, w.most(nodes-1))
		o.leave += differ(before, after) / trials
	}
	return o
}

// differ is the part of the shards that two placements give to different nodes.
func differ(a, b []int32) float64 {
	n := 0
	for s := range a {
		if a[s] != b[s] {
			n++
		}
	}
	return float64(n) / float64(len(a))
}

// waysTable compares them.
func waysTable(nodes int) *table {
	free := math.Inf(1)
	t := newTable("ways", "way", "the most against the mean", "nodes without any",
		"moves when a node joins", "when one leaves")
	for _, w := range []way{
		{"rendezvous, 1,024 shards: as it is", 1024, free},
		{"rendezvous, 4,096 shards", 4096, free},
		{"rendezvous, 16,384 shards", 16384, free},
		{"1,024 shards, none with more than a tenth above the mean", 1024, 0.1},
		{"4,096 shards, none with more than a tenth above the mean", 4096, 0.1},
	} {
		o := w.try(nodes)
		t.row(w.name, factor(o.has.lopsided()), commas(o.has.zeroes()), percent(o.joins), percent(o.leave))
	}
	return t
}
