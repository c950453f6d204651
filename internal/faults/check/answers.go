package check

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// Answers is told of connections that sign one account in again and again, and of
// what is answered on each of them. All times are those of one clock, of the moment
// in which the program had read or was about to write something. Methods can be
// called from any goroutine.
type Answers struct {
	ledger *Ledger

	mu       sync.Mutex
	accounts map[string][]*endpoint
	silences map[string][]span // by node
}

// endpoint is a connection that has signed an account in.
type endpoint struct {
	conn     int
	node     string
	signedIn time.Time
	answered time.Time // when the latest question that was answered was asked
	reported bool
}

type span struct {
	from, to time.Time // to is zero as long as it goes on
	why      string
}

// holds reports whether what is asked at a time must not be answered.
func (s span) holds(asked time.Time) bool {
	return !asked.Before(s.from) && (s.to.IsZero() || asked.Before(s.to))
}

// maxEndpoints bounds the connections of an account that are remembered.
const maxEndpoints = 24

// NewAnswers begins with nothing. What is found goes to the ledger.
func NewAnswers(l *Ledger) *Answers {
	return &Answers{ledger: l, accounts: make(map[string][]*endpoint), silences: make(map[string][]span)}
}

// SignedIn notes that a connection to a node was welcomed.
func (a *Answers) SignedIn(account string, conn int, node string, at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := append(a.accounts[account], &endpoint{conn: conn, node: node, signedIn: at})
	if len(all) > maxEndpoints {
		all = all[1:]
	}
	a.accounts[account] = all
}

// Silent says that a node must not answer what it is asked from now on, until
// Speaks. from may lie in the future.
func (a *Answers) Silent(node, why string, from time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.silences[node] = append(a.silences[node], span{from: from, why: why})
}

// Speaks ends the silence of a node: what is asked from then on may be answered.
func (a *Answers) Speaks(node string, from time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.silences[node] {
		if s := &a.silences[node][i]; s.to.IsZero() {
			s.to = from
		}
	}
}

// Asked notes that a node is asked something. What silent nodes were asked is a figure
// of its own: a silence that nobody asks into proves nothing.
func (a *Answers) Asked(node string, at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.silences[node] {
		if s.holds(at) {
			a.ledger.Add("questions to who had to be silent", 1)
		}
	}
}

// Answered notes that a connection has answered what it was asked at a time.
//
// Two connections break the promise when both answer something that they were asked
// after both had been welcomed: one of them has taken the other's place, in
// whatever order.
func (a *Answers) Answered(account string, conn int, asked time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := a.accounts[account]
	i := slices.IndexFunc(all, func(e *endpoint) bool { return e.conn == conn })
	if i < 0 {
		return
	}
	e := all[i]
	if asked.After(e.answered) {
		e.answered = asked
	}
	wrong := a.spoke(account, e, asked)
	for _, other := range all {
		if other == e || e.reported && other.reported {
			continue
		}
		both := e.signedIn
		if other.signedIn.After(both) {
			both = other.signedIn
		}
		if e.answered.After(both) && other.answered.After(both) {
			e.reported, other.reported = true, true
			wrong = append(wrong, fmt.Sprintf("%s is served by connection %d to %s and by connection %d to %s at the same time",
				account, other.conn, other.node, e.conn, e.node))
		}
	}
	a.ledger.Judge(Owners, wrong)
}

// spoke finds an answer of a node that should have been silent.
func (a *Answers) spoke(account string, e *endpoint, asked time.Time) (wrong []string) {
	for _, s := range a.silences[e.node] {
		if !s.holds(asked) {
			continue
		}
		wrong = append(wrong, fmt.Sprintf("%s answered %s on connection %d what it was asked %.3f s after it had to be silent: %s",
			e.node, account, e.conn, asked.Sub(s.from).Seconds(), s.why))
	}
	return wrong
}
