package cluster

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
)

// Targets gives for each shard which of the nodes should own it, as an index
// into nodes; nil if there are none. It is rendezvous hashing: a node that
// comes takes only what is its own from then on, and what a node leaves behind
// is spread over all others. The order of the nodes does not matter. Changing
// this function would move every account of a service whose nodes do not all
// have the change.
func Targets(nodes []string) *[Shards]int32 {
	if len(nodes) == 0 {
		return nil
	}
	var targets [Shards]int32
	seeds := make([]uint64, len(nodes))
	for i, node := range nodes {
		seeds[i] = xxhash.Sum64String(node)
	}
	for shard := range targets {
		targets[shard] = int32(target(shard, nodes, seeds))
	}
	return &targets
}

// Target is the node of Targets for one shard, "" if there are no nodes.
func Target(shard int, nodes []string) string {
	if len(nodes) == 0 {
		return ""
	}
	seeds := make([]uint64, len(nodes))
	for i, node := range nodes {
		seeds[i] = xxhash.Sum64String(node)
	}
	return nodes[target(shard, nodes, seeds)]
}

// target is the node whose hash together with the shard's number is highest.
func target(shard int, nodes []string, seeds []uint64) int {
	var key [10]byte
	binary.LittleEndian.PutUint16(key[8:], uint16(shard))
	best, top := 0, uint64(0)
	for i, seed := range seeds {
		binary.LittleEndian.PutUint64(key[:8], seed)
		score := xxhash.Sum64(key[:])
		if i == 0 || score > top || score == top && nodes[i] > nodes[best] {
			best, top = i, score
		}
	}
	return best
}
