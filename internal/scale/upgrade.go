package main

import "time"

// upgrade restarts every node, so many at a time: these are drained, come back
// with nothing, and get their shards again before the next are begun with. It
// tells how many referrals that makes, and how long it takes.
func (s service) upgrade(together int) (referred int, took time.Duration) {
	for first := 0; first < len(s.home.nodes); first += together {
		away := s.home.without(s.home.nodes[first:min(first+together, len(s.home.nodes))]...)
		out, back := s.flow(s.home, away), s.flow(away, s.home)
		referred += out.clients + back.clients
		took += s.takes(out) + s.timing.restart + s.takes(back)
	}
	return referred, took
}

// upgradeTable is a restart of every node.
func (s service) upgradeTable() *table {
	t := newTable("upgrade", "nodes at a time", "clients referred", "for each client", "how long")
	for _, together := range []int{1, 3, 10} {
		referred, took := s.upgrade(together)
		t.row(commas(together), commas(referred), factor(float64(referred)/float64(s.accounts)), span(took))
	}
	return t
}
