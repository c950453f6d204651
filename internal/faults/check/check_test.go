package check

import (
	"strings"
	"testing"
)

// found is what a ledger has found of a promise in all phases.
func found(l *Ledger, i Invariant) Cell {
	var sum Cell
	for _, p := range l.Phases() {
		sum.Checked += p.Cells[i].Checked
		sum.Violations += p.Cells[i].Violations
	}
	return sum
}

// want checks that a ledger has found exactly what it should, in words.
func want(t *testing.T, l *Ledger, parts ...string) {
	t.Helper()
	kept, total := l.Violations()
	if total != len(parts) {
		t.Errorf("found %d, want %d: %v", total, len(parts), kept)
		return
	}
	for i, part := range parts {
		if !strings.Contains(kept[i].What, part) {
			t.Errorf("found %q, want %q in it", kept[i].What, part)
		}
	}
}

func TestLedger(t *testing.T) {
	var told []Violation
	l := NewLedger("start", func(v Violation) { told = append(told, v) })
	l.Kept(Lists, 3)
	l.Begin("kill")
	l.Judge(Lists, nil)
	l.Judge(Lists, []string{"one", "two"})
	l.Add("moves", 2)
	l.Add("moves", 3)
	l.Most("seconds", 4)
	l.Most("seconds", 1)
	phases := l.Phases()
	if len(phases) != 2 || phases[0].Cells[Lists] != (Cell{3, 0}) || phases[1].Cells[Lists] != (Cell{3, 2}) {
		t.Errorf("phases: %+v", phases)
	}
	if f := phases[1].Figures; f["moves"] != 5 || f["seconds"] != 4 {
		t.Errorf("figures: %v", f)
	}
	want(t, l, "one", "two")
	if len(told) != 2 || told[1].Fault != "kill" || !strings.Contains(told[1].String(), "two") {
		t.Errorf("told: %v", told)
	}
}

func TestLedgerKeepsNotAll(t *testing.T) {
	l := NewLedger("start", nil)
	for range maxViolations + 7 {
		l.Broken(Moves, "again")
	}
	if kept, total := l.Violations(); len(kept) != maxViolations || total != maxViolations+7 {
		t.Errorf("kept %d of %d", len(kept), total)
	}
}
