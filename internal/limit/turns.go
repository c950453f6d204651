package limit

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// ErrFull says that so many wait for a turn that one more would wait in vain.
var ErrFull = errors.New("too many are waiting for a turn")

// Turns lets a bounded number of callers do something dear at once, and a bounded
// number wait for it. Turns go round: first among the groups that wait, an
// address each, and within a group among its members, an account each. So whoever
// asks ten thousand times waits ten thousand times as long, and the others no
// longer than before. When there is no more room to wait in, whoever has the most
// waiting makes room for whoever has less.
type Turns struct {
	atOnce, room int

	mu      sync.Mutex
	running int
	waiting int
	groups  []*group // that have somebody waiting, the next first
}

type group struct {
	key     string
	members []*member // that wait, the next first
	waiting int
}

type member struct {
	key     string
	waiting []*waiter // the first to come first
}

// waiter is one caller. The channel gives its turn (nil) or turns it away.
type waiter struct{ turn chan error }

// NewTurns lets atOnce callers run and room more wait.
func NewTurns(atOnce, room int) *Turns {
	return &Turns{atOnce: max(atOnce, 1), room: max(room, 1)}
}

// Take waits for a turn of a member of a group. If there is no error the caller
// has to call done when its turn is over. The error is [ErrFull] or the context's.
func (t *Turns) Take(ctx context.Context, groupKey, memberKey string) (done func(), err error) {
	w, err := t.enter(groupKey, memberKey)
	if err != nil {
		return nil, err
	}
	if w == nil {
		return t.leave, nil
	}
	select {
	case err := <-w.turn:
		if err != nil {
			return nil, err
		}
		return t.leave, nil
	case <-ctx.Done():
		t.giveUp(w, groupKey, memberKey)
		return nil, ctx.Err()
	}
}

// Waiting is how many wait.
func (t *Turns) Waiting() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.waiting
}

// enter gives a turn at once, with no waiter, or queues one.
func (t *Turns) enter(groupKey, memberKey string) (*waiter, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running < t.atOnce {
		t.running++
		return nil, nil
	}
	if t.waiting >= t.room && !t.makeRoom(groupKey, memberKey) {
		return nil, ErrFull
	}
	g := t.group(groupKey)
	if g == nil {
		g = &group{key: groupKey}
		t.groups = append(t.groups, g)
	}
	m := g.member(memberKey)
	if m == nil {
		m = &member{key: memberKey}
		g.members = append(g.members, m)
	}
	w := &waiter{turn: make(chan error, 1)}
	m.waiting = append(m.waiting, w)
	g.waiting++
	t.waiting++
	return w, nil
}

// leave passes a turn on to the next.
func (t *Turns) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.groups) == 0 {
		t.running--
		return
	}
	g := t.groups[0]
	m := g.members[0]
	w := m.waiting[0]
	// Whoever has had a turn goes to the end, if anything is left of it.
	t.groups = append(t.groups[1:], g)
	g.members = append(g.members[1:], m)
	t.remove(g, m, 0)
	w.turn <- nil
}

// makeRoom turns somebody away who has more waiting than the newcomer would have.
func (t *Turns) makeRoom(groupKey, memberKey string) bool {
	most := slices.MaxFunc(t.groups, func(a, b *group) int { return a.waiting - b.waiting })
	own := t.group(groupKey)
	switch {
	case own == most:
		longest := most.longest()
		if have := own.member(memberKey); len(longest.waiting) <= lengthOf(have)+1 {
			return false
		}
	case most.waiting <= waitingOf(own)+1:
		return false
	}
	m := most.longest()
	last := len(m.waiting) - 1
	m.waiting[last].turn <- ErrFull
	t.remove(most, m, last)
	return true
}

// giveUp takes a waiter out that waits no longer. It may have had its turn in the
// same moment, and then passes it on.
func (t *Turns) giveUp(w *waiter, groupKey, memberKey string) {
	t.mu.Lock()
	if g := t.group(groupKey); g != nil {
		if m := g.member(memberKey); m != nil {
			if i := slices.Index(m.waiting, w); i >= 0 {
				t.remove(g, m, i)
				t.mu.Unlock()
				return
			}
		}
	}
	t.mu.Unlock()
	if <-w.turn == nil {
		t.leave()
	}
}

// remove takes the waiter i of a member out, and what is empty then.
func (t *Turns) remove(g *group, m *member, i int) {
	m.waiting = slices.Delete(m.waiting, i, i+1)
	g.waiting--
	t.waiting--
	if len(m.waiting) == 0 {
		g.members = slices.DeleteFunc(g.members, func(x *member) bool { return x == m })
	}
	if g.waiting == 0 {
		t.groups = slices.DeleteFunc(t.groups, func(x *group) bool { return x == g })
	}
}

func (t *Turns) group(key string) *group {
	for _, g := range t.groups {
		if g.key == key {
			return g
		}
	}
	return nil
}

func (g *group) member(key string) *member {
	for _, m := range g.members {
		if m.key == key {
			return m
		}
	}
	return nil
}

func (g *group) longest() *member {
	return slices.MaxFunc(g.members, func(a, b *member) int { return len(a.waiting) - len(b.waiting) })
}

func waitingOf(g *group) int {
	if g == nil {
		return 0
	}
	return g.waiting
}

func lengthOf(m *member) int {
	if m == nil {
		return 0
	}
	return len(m.waiting)
}
