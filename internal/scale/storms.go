package main

import (
	"maps"
	"math/rand/v2"
	"slices"
	"time"
)

// outage is how long NATS is away, in the storm of the whole service.
const outage = 30 * time.Second

// storms are the blows that are looked at: those of one node, and the one of
// all at once.
func (s service) storms() []blow {
	t := s.timing
	// The worst case: the node had renewed its lease just before.
	taken := t.lease + t.take
	return []blow{
		{name: "a process is killed", served: taken},
		{name: "a machine loses its power", notices: s.client.notices, served: taken},
		// Everybody is cut off when the leases end. A node that comes back takes
		// shards when it has looked on for a lease.
		{name: "NATS is away for " + span(outage) + ": every node", served: outage - t.lease + taken},
	}
}

// stormTable lets the clients of a middling and of the largest node come back.
func (s service) stormTable() *table {
	t := newTable("storm", "what happens", "clients cut off", "nodes that take them in", "half are back after", "99 %", "all",
		"sign-ins a second, the busiest node", "shown as signed out meanwhile")
	blows := s.storms()
	for i, b := range blows {
		for _, node := range s.median() {
			clients, everybody := s.heirs(node), i == len(blows)-1
			if everybody {
				clients = []int{s.has(node)}
			}
			chance := rand.New(rand.NewPCG(s.seed, uint64(i))) //nolint:gosec // the same on every run is what is wanted
			back, peak := storm{s.client, s.rate(clients, everybody), chance}.run(b, clients)
			left := "nobody is there to see it"
			if !everybody {
				left = percent(1 - back.by(b.served+s.timing.grace))
			}
			t.row(b.name, commas(len(back)), commas(len(clients)), span(back.part(0.5)), span(back.part(0.99)),
				span(back.part(1)), count(peak), left)
		}
	}
	return t
}

// rate is how many clients a second each of the nodes that take them in can sign
// in. The database works for all who come back at the same time: for them alone,
// or for those of every node.
func (s service) rate(clients []int, everybody bool) float64 {
	share := 1 / float64(len(clients))
	if everybody {
		share = float64(clients[0]) / float64(s.accounts)
	}
	return min(s.signIns(), s.machine.databaseSignIns()*share)
}

// heirs is how many clients each node gets when one dies.
func (s service) heirs(node string) []int {
	to := s.flow(s.home, s.home.without(node)).to
	var clients []int
	for _, heir := range slices.Sorted(maps.Keys(to)) {
		clients = append(clients, to[heir])
	}
	return clients
}

// has is how many clients a node has.
func (s service) has(node string) int {
	n := 0
	for shard, clients := range s.size {
		if s.home.of(shard) == node {
			n += clients
		}
	}
	return n
}

// median gives a node in the middle and the largest one.
func (s service) median() []string {
	sorted := slices.Clone(s.home.nodes)
	slices.SortStableFunc(sorted, func(a, b string) int { return s.has(a) - s.has(b) })
	return []string{sorted[len(sorted)/2], sorted[len(sorted)-1]}
}
