package limit

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// ErrFull says that so many wait for a turn that one more would wait in vain.
var ErrFull = errors.New("too many are waiting for a turn")

// Caller is who wants a turn.
type Caller struct {
	Group  string // an address
	Member string // of the group: an account
	// Known callers wait apart from the others, however many those are.
	Known bool
}

// Turns lets a bounded number of callers do something dear at once, and a bounded
// number wait for it. Turns go round: first among the groups that wait, and within
// a group among its members. So whoever asks ten thousand times waits ten thousand
// times as long, and the others no longer than before. When there is no more room
// to wait in, whoever has the most waiting makes room for whoever has less.
//
// Callers that are known wait in a room of their own. While both wait, every other
// turn is theirs.
type Turns struct {
	atOnce, room int

	mu      sync.Mutex
	running int
	rooms   [2]waitingRoom // of the others, and of those that are known
	served  int            // the room that the last turn went to
}

// waitingRoom is who waits, and in what order.
type waitingRoom struct {
	groups  []*group // that have somebody waiting, the next first
	waiting int
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

// NewTurns lets atOnce callers run and as many as there is room for wait, in each
// of both rooms.
func NewTurns(atOnce, room int) *Turns {
	return &Turns{atOnce: max(atOnce, 1), room: max(room, 1)}
}

// Take waits for a turn. If there is no error the caller has to call done when its
// turn is over. The error is [ErrFull] or the context's.
func (t *Turns) Take(ctx context.Context, c Caller) (done func(), err error) {
	w, err := t.enter(c)
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
		t.giveUp(w, c)
		return nil, ctx.Err()
	}
}

// Waiting is how many wait.
func (t *Turns) Waiting() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.rooms[0].waiting + t.rooms[1].waiting
}

// of is the room that a caller waits in.
func (t *Turns) of(c Caller) *waitingRoom {
	if c.Known {
		return &t.rooms[1]
	}
	return &t.rooms[0]
}

// enter gives a turn at once, with no waiter, or queues one.
func (t *Turns) enter(c Caller) (*waiter, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running < t.atOnce {
		t.running++
		return nil, nil
	}
	r := t.of(c)
	if r.waiting >= t.room && !r.makeRoom(c) {
		return nil, ErrFull
	}
	return r.add(c), nil
}

// leave passes a turn on to the next.
func (t *Turns) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	next := 1 - t.served
	if t.rooms[next].waiting == 0 {
		next = t.served
	}
	if t.rooms[next].waiting == 0 {
		t.running--
		return
	}
	t.served = next
	t.rooms[next].next().turn <- nil
}

// giveUp takes a waiter out that waits no longer. It may have had its turn in the
// same moment, and then passes it on.
func (t *Turns) giveUp(w *waiter, c Caller) {
	t.mu.Lock()
	waited := t.of(c).drop(w, c)
	t.mu.Unlock()
	if !waited && <-w.turn == nil {
		t.leave()
	}
}

// add queues a caller.
func (r *waitingRoom) add(c Caller) *waiter {
	g := r.group(c.Group)
	if g == nil {
		g = &group{key: c.Group}
		r.groups = append(r.groups, g)
	}
	m := g.member(c.Member)
	if m == nil {
		m = &member{key: c.Member}
		g.members = append(g.members, m)
	}
	w := &waiter{turn: make(chan error, 1)}
	m.waiting = append(m.waiting, w)
	g.waiting++
	r.waiting++
	return w
}

// next takes out whose turn it is. Its group and member go to the end, if they
// have more waiting.
func (r *waitingRoom) next() *waiter {
	g := r.groups[0]
	m := g.members[0]
	w := m.waiting[0]
	r.groups = append(r.groups[1:], g)
	g.members = append(g.members[1:], m)
	r.remove(g, m, 0)
	return w
}

// makeRoom turns somebody away who has more waiting than the newcomer would have.
func (r *waitingRoom) makeRoom(c Caller) bool {
	most := slices.MaxFunc(r.groups, func(a, b *group) int { return a.waiting - b.waiting })
	own := r.group(c.Group)
	longest := most.longest()
	if own == most {
		if len(longest.waiting) <= lengthOf(own.member(c.Member))+1 {
			return false
		}
	} else if most.waiting <= waitingOf(own)+1 {
		return false
	}
	last := len(longest.waiting) - 1
	longest.waiting[last].turn <- ErrFull
	r.remove(most, longest, last)
	return true
}

// drop takes a waiter out that gives up, and reports whether it still waited.
func (r *waitingRoom) drop(w *waiter, c Caller) bool {
	g := r.group(c.Group)
	if g == nil {
		return false
	}
	m := g.member(c.Member)
	if m == nil {
		return false
	}
	i := slices.Index(m.waiting, w)
	if i >= 0 {
		r.remove(g, m, i)
	}
	return i >= 0
}

// remove takes the waiter i of a member out, and what is empty then.
func (r *waitingRoom) remove(g *group, m *member, i int) {
	m.waiting = slices.Delete(m.waiting, i, i+1)
	g.waiting--
	r.waiting--
	if len(m.waiting) == 0 {
		g.members = slices.DeleteFunc(g.members, func(x *member) bool { return x == m })
	}
	if g.waiting == 0 {
		r.groups = slices.DeleteFunc(r.groups, func(x *group) bool { return x == g })
	}
}

func (r *waitingRoom) group(key string) *group {
	for _, g := range r.groups {
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
