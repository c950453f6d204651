package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
)

// service is the model with its accounts in their shards and its shards on
// their nodes.
type service struct {
	model
	size  *[cluster.Shards]int
	home  placing
	reach float64 // over how many other nodes somebody's contacts are spread
}

func newService(m model, size *[cluster.Shards]int) service {
	s := service{model: m, size: size, home: placingOf(names(m.nodes))}
	s.reach = s.spreadOfContacts()
	return s
}

// placing is which of some nodes has which shard.
type placing struct {
	nodes  []string
	owners *[cluster.Shards]int32
}

func placingOf(nodes []string) placing { return placing{nodes, cluster.Targets(nodes)} }

func (p placing) of(shard int) string { return p.nodes[p.owners[shard]] }

// without is the placing when some nodes have left, and with when one has come.
func (p placing) without(gone ...string) placing {
	return placingOf(slices.DeleteFunc(slices.Clone(p.nodes), func(n string) bool {
		return slices.Contains(gone, n)
	}))
}

func (p placing) with(node string) placing { return placingOf(append(slices.Clone(p.nodes), node)) }

// flow is what moves from one placing to another.
type flow struct {
	shards, clients int
	from, to        map[string]int // clients by node
}

func (s service) flow(before, after placing) flow {
	f := flow{from: make(map[string]int), to: make(map[string]int)}
	for shard, clients := range s.size {
		from, to := before.of(shard), after.of(shard)
		if from == to {
			continue
		}
		f.shards++
		f.clients += clients
		f.from[from] += clients
		f.to[to] += clients
	}
	return f
}

// takes is how long a flow takes: as long as the node that has most to refer, at
// the rate of all, or the one that has most to sign in.
func (s service) takes(f flow) time.Duration {
	refers, signsIn := 0, 0
	for _, clients := range f.from {
		refers = max(refers, clients)
	}
	for _, clients := range f.to {
		signsIn = max(signsIn, clients)
	}
	return seconds(max(float64(refers)/s.timing.drain, float64(signsIn)/s.signIns()))
}

// movesTable shows what every node takes with it when it goes, and what new
// ones take when they come.
func (s service) movesTable() *table {
	t := newTable("moves", "what happens", "shards moved: fewest, median, most", "clients referred: median", "most",
		"nodes at the other end", "how long: median", "most")
	left, joined := make([]flow, len(s.home.nodes)), make([]flow, len(s.home.nodes))
	for i, node := range s.home.nodes {
		left[i] = s.flow(s.home, s.home.without(node))
		joined[i] = s.flow(s.home, s.home.with(fmt.Sprintf("new-%03d", i+1)))
	}
	s.movesRow(t, "a node is drained", left, func(f flow) int { return len(f.to) })
	s.movesRow(t, "a node joins", joined, func(f flow) int { return len(f.from) })
	return t
}

func (s service) movesRow(t *table, what string, flows []flow, others func(flow) int) {
	of := func(figure func(flow) int) spread {
		values := make([]int, len(flows))
		for i, f := range flows {
			values[i] = figure(f)
		}
		return spreadOf(values)
	}
	shards := of(func(f flow) int { return f.shards })
	clients := of(func(f flow) int { return f.clients })
	concerned := of(others)
	long := of(func(f flow) int { return int(s.takes(f)) })
	t.row(what, fmt.Sprintf("%d, %d, %d", shards.min(), shards.median(), shards.max()),
		commas(clients.median()), commas(clients.max()),
		fmt.Sprintf("%d to %d", concerned.min(), concerned.max()),
		span(time.Duration(long.median())), span(time.Duration(long.max())))
}
