package presence

import "github.com/papilio-im/papilio/internal/cluster"

// maxAnswer bounds an answer, in octets; what does not fit is asked for again. What
// somebody shows can take 5,000, and a message of the bus holds a million.
const maxAnswer = 512 << 10

// answer tells another node what a watcher may see of those who are here.
func (h *Hub) answer(q cluster.Query) cluster.Answer {
	a := cluster.Answer{AsOf: h.clock.next(), Shown: make([]cluster.Shown, 0, min(len(q.Subjects), maxSubjects))}
	size := 0
	for _, subject := range q.Subjects {
		if size > maxAnswer {
			askAt(&a, "", subject) // it is asked by a node of an earlier release
			continue
		}
		size += h.answerOne(&a, &q, subject)
	}
	return a
}

// answerOne gives about how many octets what it answers takes.
func (h *Hub) answerOne(a *cluster.Answer, q *cluster.Query, subject string) (size int) {
	node, known := h.elsewhere(subject)
	if p := h.Find(subject); p != nil && known {
		p.mu.Lock()
		p.watchedBy(q.Watcher, q.Listed)
		here, settling, s := !p.removed, p.settling(), p.shownTo(q.Watcher)
		p.mu.Unlock()
		switch {
		case here && settling:
			askAt(a, "", subject)
			return 0
		case here:
			if !s.Status.Open() {
				return 0
			}
			a.Shown = append(a.Shown, s)
			return s.Size()
		}
	}
	if node == "" && known {
		return 0 // not signed in, and this node is the one to say so
	}
	askAt(a, node, subject)
	return 0
}

// askAt names the node that is to be asked about somebody. A node that has lost its
// lease, knows no owner, or knows not yet what somebody shows does not say what they
// are shown as, or that they are offline: it names none, and the question is put
// again.
func askAt(a *cluster.Answer, node, subject string) {
	for i := range a.Elsewhere {
		if e := &a.Elsewhere[i]; e.Node == node {
			e.Handles = append(e.Handles, subject)
			return
		}
	}
	a.Elsewhere = append(a.Elsewhere, cluster.Elsewhere{Node: node, Handles: []string{subject}})
}
