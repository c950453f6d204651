package main

import (
	"fmt"
	"strconv"

	"github.com/papilio-im/papilio/internal/cluster"
)

// handle is the name of an account. Hashing makes of it that it does not
// matter what people call themselves.
func handle(i int) string { return "user" + strconv.Itoa(i) + "@example.com" }

// sizes is how many accounts each shard has.
func sizes(accounts int) *[cluster.Shards]int {
	var all [cluster.Shards]int
	for i := range accounts {
		all[cluster.ShardOf(handle(i))]++
	}
	return &all
}

// names are those of so many nodes.
func names(nodes int) []string {
	all := make([]string, nodes)
	for i := range all {
		all[i] = fmt.Sprintf("node-%03d", i+1)
	}
	return all
}

// placed is how much each node has: its shards, and the accounts of these.
type placed struct{ shards, accounts spread }

func place(size *[cluster.Shards]int, nodes int) placed {
	shards, accounts := loads(size, cluster.Targets(names(nodes)), nodes)
	return placed{spreadOf(shards), spreadOf(accounts)}
}

// loads adds up what each node owns.
func loads(size *[cluster.Shards]int, owners *[cluster.Shards]int32, nodes int) (shards, accounts []int) {
	shards, accounts = make([]int, nodes), make([]int, nodes)
	for s, owner := range owners {
		shards[owner]++
		accounts[owner] += size[s]
	}
	return shards, accounts
}

// placementTable shows from how many nodes on the shards are too few.
func placementTable(size *[cluster.Shards]int, nodes int) *table {
	t := newTable("placement", "nodes", "shards a node: fewest, median, most", "nodes without any",
		"sessions a node: median", "most", "the most against the mean")
	for _, n := range []int{3, 10, 30, 100, nodes, 1000} {
		p := place(size, n)
		t.row(commas(n), fmt.Sprintf("%d, %d, %d", p.shards.min(), p.shards.median(), p.shards.max()),
			commas(p.shards.zeroes()), commas(p.accounts.median()), commas(p.accounts.max()),
			factor(p.accounts.lopsided()))
	}
	return t
}
