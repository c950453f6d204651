package check

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// Invariant is the name of a promise.
type Invariant string

// The promises.
const (
	// Owners: no account has two owners that answer, and a node that has lost its
	// lease answers nothing.
	Owners Invariant = "owners"
	// Lists: no acknowledged change of a list is lost.
	Lists Invariant = "lists"
	// Messages: what was acknowledged has arrived, once and in order.
	Messages Invariant = "messages"
	// Presence: people are shown as they are, and nobody who has left is shown for
	// longer than lease and grace.
	Presence Invariant = "presence"
	// Looks: what people show beside that, pictures and personal messages among it, is
	// what each watcher sees whose version knows it.
	Looks Invariant = "looks"
	// Moves: who is moved notices nothing, nor does anybody else.
	Moves Invariant = "moves"
	// Service: everybody who wants to is signed in again soon after.
	Service Invariant = "service"
)

// Invariants lists them, in the order of the report.
func Invariants() []Invariant {
	return []Invariant{Owners, Lists, Messages, Presence, Looks, Moves, Service}
}

// Violation is a broken promise.
type Violation struct {
	Fault     string        `json:"fault"`
	Invariant Invariant     `json:"invariant"`
	After     time.Duration `json:"after"` // since the beginning of the run
	What      string        `json:"what"`
}

// String is the violation in one line.
func (v Violation) String() string {
	return fmt.Sprintf("%7.1fs  %-14s %-9s %s", v.After.Seconds(), v.Fault, v.Invariant, v.What)
}

// Cell is what was checked of one promise during one fault.
type Cell struct {
	Checked    int `json:"checked"`
	Violations int `json:"violations"`
}

// Phase is the time of one fault.
type Phase struct {
	Fault string             `json:"fault"`
	Cells map[Invariant]Cell `json:"invariants"`
	// Figures are what else is worth knowing, by name.
	Figures map[string]float64 `json:"figures"`
	// Took is how long it lasted.
	Took time.Duration `json:"took"`

	began time.Time
}

// maxViolations bounds the violations that are kept; all are counted.
const maxViolations = 500

// Ledger counts what was checked and keeps what was found. What is told to it
// belongs to the phase that has begun last.
type Ledger struct {
	began time.Time
	tell  func(Violation) // called with each violation that is kept, under the lock

	mu     sync.Mutex
	phases []*Phase
	found  []Violation
	total  int
}

// NewLedger begins a ledger, with a phase for what comes before the first fault.
// tell may be nil.
func NewLedger(first string, tell func(Violation)) *Ledger {
	l := &Ledger{began: time.Now(), tell: tell}
	l.Begin(first)
	return l
}

// Begin begins a phase.
func (l *Ledger) Begin(fault string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.finish()
	l.phases = append(l.phases, &Phase{
		Fault: fault, Cells: make(map[Invariant]Cell), Figures: make(map[string]float64), began: time.Now(),
	})
}

// finish ends the last phase. It is called with the lock held.
func (l *Ledger) finish() {
	if p := l.last(); p != nil && p.Took == 0 {
		p.Took = time.Since(p.began)
	}
}

func (l *Ledger) last() *Phase {
	if len(l.phases) == 0 {
		return nil
	}
	return l.phases[len(l.phases)-1]
}

// Kept notes that a promise was found kept so many times.
func (l *Ledger) Kept(i Invariant, times int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.last()
	c := p.Cells[i]
	c.Checked += times
	p.Cells[i] = c
}

// Broken notes a violation.
func (l *Ledger) Broken(i Invariant, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.last()
	c := p.Cells[i]
	c.Checked++
	c.Violations++
	p.Cells[i] = c
	l.total++
	if len(l.found) >= maxViolations {
		return
	}
	v := Violation{Fault: p.Fault, Invariant: i, After: time.Since(l.began), What: fmt.Sprintf(format, args...)}
	l.found = append(l.found, v)
	if l.tell != nil {
		l.tell(v)
	}
}

// Judge notes that a promise was kept, or what is wrong.
func (l *Ledger) Judge(i Invariant, wrong []string) {
	if len(wrong) == 0 {
		l.Kept(i, 1)
	}
	for _, what := range wrong {
		l.Broken(i, "%s", what)
	}
}

// Add adds to a figure of the phase.
func (l *Ledger) Add(figure string, n float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last().Figures[figure] += n
}

// Most keeps the greatest value of a figure of the phase.
func (l *Ledger) Most(figure string, n float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	figures := l.last().Figures
	figures[figure] = max(figures[figure], n)
}

// Phases gives what there is, the phase that goes on included.
func (l *Ledger) Phases() []Phase {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]Phase, len(l.phases))
	for i, p := range l.phases {
		all[i] = *p
		if p.Took == 0 {
			all[i].Took = time.Since(p.began)
		}
	}
	return all
}

// Violations gives what was found, and how many there were in all.
func (l *Ledger) Violations() (kept []Violation, total int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.found), l.total
}
