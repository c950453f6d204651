package main

import "strings"

// report is all of the tables.
func report(m model) string {
	var b strings.Builder
	for _, t := range tables(m) {
		b.WriteString(t.String())
	}
	return b.String()
}

func tables(m model) []*table {
	size := sizes(m.accounts)
	s := newService(m, size)
	return []*table{
		s.supposedTable(),
		placementTable(size, m.nodes),
		waysTable(m.nodes),
		s.movesTable(),
		s.upgradeTable(),
		s.stormTable(),
		s.memoryTable(),
		s.busTable(),
		s.growthTable(),
	}
}
