package main

import (
	"math/rand/v2"

	"github.com/papilio-im/papilio/internal/cluster"
)

// asked is how many accounts are drawn to see where their contacts are.
const asked = 10_000

// spreadOfContacts is over how many other nodes somebody's contacts are spread,
// on average. Who knows whom has nothing to do with how handles are hashed.
func (s service) spreadOfContacts() float64 {
	chance := rand.New(rand.NewPCG(s.seed, 0)) //nolint:gosec // the same on every run is what is wanted
	seen := make([]int, len(s.home.nodes))     // by whom of those asked, last
	total := 0
	for i := 1; i <= asked; i++ {
		seen[s.somewhere(chance)] = i
		for range s.people.contacts {
			if node := s.somewhere(chance); seen[node] != i {
				seen[node] = i
				total++
			}
		}
	}
	return float64(total) / asked
}

// somewhere is the node of anybody.
func (s service) somewhere(chance *rand.Rand) int32 {
	return s.home.owners[cluster.ShardOf(handle(chance.IntN(s.accounts)))]
}

// signIns is how many clients a second a node can sign in, if the database lets
// it: each other node that has contacts of theirs is asked for their states.
func (s service) signIns() float64 {
	each := s.machine.signIn.Seconds() + s.reach*s.machine.ask.Seconds()
	return s.machine.cores / each
}

// databaseSignIns is how many the database bears, of all nodes together.
func (m machine) databaseSignIns() float64 { return m.databaseCores / m.database.Seconds() }
