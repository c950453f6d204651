package check

import (
	"fmt"
	"slices"
	"sync"
)

// Talks are the conversations that go on. A conversation is judged when all its
// members have left it; what is heard of it must be told before that. Methods can be
// called from any goroutine.
type Talks struct {
	ledger *Ledger

	mu   sync.Mutex
	open map[string]*talk
}

// NewTalks begins without conversations. What is found goes to the ledger.
func NewTalks(l *Ledger) *Talks { return &Talks{ledger: l, open: make(map[string]*talk)} }

// talk is one conversation. Messages are numbered by their senders, from 1.
type talk struct {
	members []string // nil as long as nobody has said who they are
	said    map[string]int
	acked   map[string][]int
	heard   map[way][]int
	ended   map[string]bool // whether everything must have come until then
	wrong   []string
}

// way is from whom to whom.
type way struct{ from, to string }

// get gives a conversation, which is made if need be: a member may be lost before
// the one who began has told of it.
func (t *Talks) get(id string) *talk {
	v := t.open[id]
	if v == nil {
		v = &talk{said: make(map[string]int), acked: make(map[string][]int), heard: make(map[way][]int), ended: make(map[string]bool)}
		t.open[id] = v
	}
	return v
}

// Begin tells who is in a conversation, before anybody has said anything.
func (t *Talks) Begin(id string, members ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	v := t.get(id)
	v.members = members
	t.judgeIfOver(id, v)
}

// Said notes that a message is about to be sent.
func (t *Talks) Said(id, from string, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.get(id).said[from] = n
}

// Acknowledged notes that the switchboard has promised a message to everybody.
func (t *Talks) Acknowledged(id, from string, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	v := t.get(id)
	v.acked[from] = append(v.acked[from], n)
}

// Heard notes that a message has come. about is the conversation that the message
// itself names.
func (t *Talks) Heard(id, to, from string, n int, about string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	v := t.get(id)
	if about != id {
		v.wrong = append(v.wrong, fmt.Sprintf("%s heard in %s what %s had said in %s", to, id, from, about))
		return
	}
	w := way{from, to}
	v.heard[w] = append(v.heard[w], n)
}

// Ended notes that somebody is out of a conversation. all says that it was ended in
// order by the switchboard or because everybody else had left, so that everything
// acknowledged must have come before; it is false for who went by their own will,
// or was cut off.
func (t *Talks) Ended(id, member string, all bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	v := t.get(id)
	v.ended[member] = all
	t.judgeIfOver(id, v)
}

// judgeIfOver is called with the lock held.
func (t *Talks) judgeIfOver(id string, v *talk) {
	if v.members == nil {
		return
	}
	for _, m := range v.members {
		if _, ok := v.ended[m]; !ok {
			return
		}
	}
	delete(t.open, id)
	t.judge(id, v)
}

// judge tells the ledger what became of a conversation.
func (t *Talks) judge(id string, v *talk) {
	wrong, kept := v.wrong, 0
	for _, from := range v.members {
		for _, to := range v.members {
			if from == to {
				continue
			}
			wrong = append(wrong, v.judgeWay(way{from, to})...)
			kept += v.arrived(way{from, to})
		}
		t.ledger.Add("messages said", float64(v.said[from]))
		t.ledger.Add("messages acknowledged", float64(len(v.acked[from])))
	}
	t.ledger.Kept(Messages, kept)
	for _, what := range wrong {
		t.ledger.Broken(Messages, "%s: %s", id, what)
	}
}

// arrived counts what was acknowledged and heard. What somebody did not stay to hear
// proves nothing.
func (v *talk) arrived(w way) (n int) {
	for _, number := range v.acked[w.from] {
		if slices.Contains(v.heard[w], number) {
			n++
		}
	}
	return n
}

// judgeWay compares what somebody said with what somebody else heard. What was
// heard is a part of what came over one connection, so that nothing can be missing
// before something that was heard.
func (v *talk) judgeWay(w way) (wrong []string) {
	last := 0
	for i, n := range v.heard[w] {
		switch {
		case slices.Contains(v.heard[w][:i], n):
			wrong = append(wrong, fmt.Sprintf("%s heard number %d of %s twice", w.to, n, w.from))
		case n < last:
			wrong = append(wrong, fmt.Sprintf("%s heard number %d of %s after number %d", w.to, n, w.from, last))
		case n > v.said[w.from]:
			wrong = append(wrong, fmt.Sprintf("%s heard number %d of %s, who said only %d", w.to, n, w.from, v.said[w.from]))
		}
		last = max(last, n)
	}
	for _, n := range v.acked[w.from] {
		if slices.Contains(v.heard[w], n) {
			continue
		}
		switch {
		case n < last:
			wrong = append(wrong, fmt.Sprintf("%s did not hear number %d of %s, which was acknowledged, but number %d", w.to, n, w.from, last))
		case v.ended[w.to]:
			wrong = append(wrong, fmt.Sprintf("%s was there to the end and did not hear number %d of %s, which was acknowledged", w.to, n, w.from))
		}
	}
	return wrong
}

// Close judges what is still open, as far as it can be: nobody is taken to have
// been there to the end. It gives how many conversations that were.
func (t *Talks) Close() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for id, v := range t.open {
		if v.members != nil {
			n++
			t.judge(id, v)
		}
	}
	clear(t.open)
	return n
}
