package main

import "math"

// handles is how many handles a node has to know that serves so many people:
// theirs and their contacts', each once.
func (m model) handles(sessions int) float64 {
	all := float64(m.accounts)
	return all * (1 - math.Exp(-float64(sessions)*float64(1+m.people.contacts)/all))
}

// memory is what the sessions of a node take, and what is known of people who
// are elsewhere.
func (m model) memory(sessions int) (here, elsewhere float64) {
	strangers := max(m.handles(sessions)-float64(sessions), 0)
	return float64(sessions) * m.machine.session, strangers * m.machine.handle
}

// memoryTable shows it for services of several sizes.
func (s service) memoryTable() *table {
	t := newTable("memory", "nodes", "node", "sessions", "handles known", "for the sessions", "for handles of people elsewhere",
		"together, a session")
	for _, nodes := range []int{10, 100, s.nodes} {
		p := place(s.size, nodes)
		for _, of := range []struct {
			which    string
			sessions int
		}{{"median", p.accounts.median()}, {"largest", p.accounts.max()}} {
			here, elsewhere := s.memory(of.sessions)
			t.row(commas(nodes), of.which, commas(of.sessions), count(s.handles(of.sessions)), size(here), size(elsewhere),
				size((here+elsewhere)/float64(of.sessions)))
		}
	}
	return t
}
