package presence

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// gatherTime is how long a client's first status waits for what other nodes
// know. What comes later is news.
const gatherTime = 300 * time.Millisecond

// askTime bounds one question to another node.
const askTime = 5 * time.Second

// maxSubjects bounds a question, such that its answer stays within maxAnswer.
const maxSubjects = 100

// gathering collects for an endpoint what its contacts are shown as to it.
type gathering struct {
	watcher *Principal
	e       *Endpoint
	trid    msnp.TrID
	// listed says from when the watcher's forward list is, which those who are asked
	// for are on; 0 if it may have changed since. See watchedBy.
	listed   uint64
	again    bool // what the client was told may be told again
	thorough bool // contacts who are shown as offline are told of too
	done     chan struct{}

	mu   sync.Mutex
	late bool // what comes is told as news, not as an answer
	left int  // how many have yet to answer, and one for who began
}

// Contacts queues for e the states of everybody on its forward list who shows
// it one: as answers to the first status with its transaction id, or unasked
// if the client was moved and has set none. Those of contacts on other nodes
// that are slow come later, as news.
func (p *Principal) Contacts(e *Endpoint, trid msnp.TrID, unasked bool) {
	g := p.gather(e, trid, unasked)
	e.asking.Add(1)
	g.again = e.asksAgain()
	p.mu.Lock()
	g.listed = p.hub.clock.next()
	var forward []string
	for contact := range p.lists.All(roster.Forward) {
		forward = append(forward, contact.Handle)
	}
	p.mu.Unlock()
	for _, q := range g.sort(forward) {
		g.begin(func(ctx context.Context) { g.ask(ctx, q) })
	}
	g.wait()
}

// Contact queues for e the state of one contact, if it shows one to p. What p
// has changed about the contact's lists comes before.
func (p *Principal) Contact(e *Endpoint, trid msnp.TrID, contact string, unasked bool) {
	g := p.gather(e, trid, unasked)
	e.asking.Add(1)
	g.add()
	p.hub.edit(cluster.Edit{Kind: cluster.EditAsked, Handle: contact, Contact: p.Handle}, func(s cluster.Shown) {
		if s.Handle != "" { // else there was no answer
			g.show(s)
			g.flush()
		}
		g.finished()
	})
	g.wait()
}

func (p *Principal) gather(e *Endpoint, trid msnp.TrID, unasked bool) *gathering {
	return &gathering{watcher: p, e: e, trid: trid, again: true, late: unasked, left: 1, done: make(chan struct{})}
}

func (g *gathering) add() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left++
}

func (g *gathering) finished() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.left--; g.left == 0 {
		g.e.asking.Add(-1)
		close(g.done)
	}
}

// begin runs something that the gathering waits for.
func (g *gathering) begin(task func(context.Context)) {
	g.add()
	started := g.watcher.hub.start(func(ctx context.Context) {
		defer g.finished()
		task(ctx)
	})
	if !started {
		g.finished()
	}
}

// wait waits until all have answered, though not for long.
func (g *gathering) wait() {
	g.finished()
	select {
	case <-g.done:
		return
	default:
	}
	timer := time.NewTimer(gatherTime)
	defer timer.Stop()
	select {
	case <-g.done:
	case <-timer.C:
		g.mu.Lock()
		g.late = true
		g.mu.Unlock()
	}
}

// question is about contacts at home on one node, or if that is "", on one that
// is not known yet.
type question struct {
	node     string
	contacts []string
	hops     int
}

// sort shows the contacts that are signed in here, and makes questions of the
// others.
func (g *gathering) sort(contacts []string) []question {
	h := g.watcher.hub
	var questions []question
next:
	for _, contact := range contacts {
		if !g.e.Session.MakeRoom() {
			return nil
		}
		if subject := h.here(contact); subject != nil && g.showLocal(subject) {
			continue
		}
		node, known := h.elsewhere(contact)
		if node == "" && known {
			g.showAbsent(contact)
			continue
		}
		for i := range questions {
			if q := &questions[i]; q.node == node {
				q.contacts = append(q.contacts, contact)
				continue next
			}
		}
		questions = append(questions, question{node: node, contacts: []string{contact}})
	}
	return questions
}

// ask puts a question, again and elsewhere until it is answered.
func (g *gathering) ask(ctx context.Context, first question) {
	attempts := newAttempts()
	for questions := []question{first}; len(questions) > 0; {
		var q question
		q, questions = next(questions)
		more, err := g.askOnce(ctx, q)
		switch {
		case err == nil:
			questions = append(questions, more...)
		case attempts.again(ctx):
			questions = append(questions, g.sort(q.contacts)...)
		default:
			return
		}
	}
}

// next takes a question out, or as much of it as goes into one message.
func next(questions []question) (question, []question) {
	q := questions[0]
	if len(q.contacts) <= maxSubjects {
		return q, questions[1:]
	}
	questions[0].contacts = q.contacts[maxSubjects:]
	q.contacts = q.contacts[:maxSubjects]
	return q, questions
}

var errNobody = errors.New("presence: nobody serves the account now")

// askOnce asks a node, and shows what it answers. It gives the questions that
// are to be put elsewhere.
func (g *gathering) askOnce(ctx context.Context, q question) ([]question, error) {
	if q.node == "" {
		return nil, errNobody
	}
	h := g.watcher.hub
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	answer, err := h.bus.States(ctx, q.node, cluster.Query{Watcher: g.watcher.Handle, Subjects: q.contacts, Listed: g.listed})
	if err != nil {
		return nil, err
	}
	h.clock.observe(answer.AsOf)
	known := make(map[string]bool, len(answer.Shown))
	for _, s := range answer.Shown {
		if !g.e.Session.MakeRoom() {
			return nil, nil
		}
		known[s.Handle] = true
		g.show(s)
	}
	var more []question
	for _, e := range answer.Elsewhere {
		if q.hops == cluster.MaxHops && e.Node != "" {
			break // neither of two nodes has them: they are not signed in
		}
		for _, contact := range e.Handles {
			known[contact] = true
		}
		more = append(more, question{e.Node, e.Handles, q.hops + 1})
	}
	for _, contact := range q.contacts {
		if !known[contact] {
			g.show(cluster.Shown{Handle: contact, Seq: answer.AsOf})
		}
	}
	g.flush()
	return more, nil
}

// show queues what a contact is shown as by its node, unless the contact has come
// here since.
func (g *gathering) show(s cluster.Shown) {
	h := g.watcher.hub
	if subject := h.here(s.Handle); subject != nil && g.showLocal(subject) {
		return
	}
	h.clock.observe(max(s.Seq, s.PersonalSeq))
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.late || g.watcher.watches(s.Handle) {
		g.note(&s)
	}
}

// showLocal is show for a contact who is here. It reports false for one who has
// just left.
func (g *gathering) showLocal(subject *Principal) bool {
	if subject == g.watcher {
		return true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	// Queued under the subject's lock: a change of its status that comes now is
	// queued behind it, never before.
	subject.mu.Lock()
	defer subject.mu.Unlock()
	if subject.removed {
		return false
	}
	subject.watchedBy(g.watcher.Handle, g.listed)
	if subject.settling() {
		subject.debut.awaited = append(subject.debut.awaited, g.watcher.Handle)
	} else {
		g.put(subject)
	}
	return true
}

// put queues what a contact who is here is shown as. Both locks are held.
func (g *gathering) put(subject *Principal) {
	s := subject.shownTo(g.watcher.Handle)
	switch {
	case subject.cameLately():
		g.note(&s)
	case g.tells(&s):
		g.putBoth(&s)
	}
}

// putBoth queues the two lines about a contact, one behind the other.
func (g *gathering) putBoth(s *cluster.Shown) {
	g.e.Put(g.line(s))
	if personal := g.personalLine(s); personal != nil {
		g.e.Put(personal)
	}
}

// note queues what a contact is shown as unless something later was told, and
// keeps what is older from being told. The lock is held.
func (g *gathering) note(s *cluster.Shown) {
	o := g.watcher.hub.order
	subject := o.subject(s.Handle)
	if g.tells(s) {
		o.tell(subject, g.e, s.Seq, g.line(s), g.again)
	} else {
		o.absent(subject, g.e, s.Seq, news(s, g.e.Version))
	}
	o.tellPersonal(subject, g.e, s, g.personalLine(s), g.again)
}

// showAbsent is show for a contact that is not signed in.
func (g *gathering) showAbsent(contact string) {
	h := g.watcher.hub
	s := cluster.Shown{Handle: contact, Seq: h.clock.next()}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case h.company.Load():
		g.note(&s)
	case g.tells(&s):
		g.e.Put(g.line(&s))
	}
}

// tells reports whether there is anything to tell. To a client that has just come
// everybody is offline of whom it hears nothing.
func (g *gathering) tells(s *cluster.Shown) bool { return s.Status.Open() || g.thorough }

// line is called with the lock held.
func (g *gathering) line(s *cluster.Shown) []byte {
	if g.late {
		return news(s, g.e.Version)
	}
	return msnp.InitialStatus{
		TrID: g.trid, Status: s.Status, Handle: s.Handle, Name: s.Name, Capabilities: s.Capabilities, Object: s.Object,
	}.Append(nil, g.e.Version)
}

// personalLine is what follows it, nil for nothing. To a client that has just come
// nothing is to be cleared.
func (g *gathering) personalLine(s *cluster.Shown) []byte {
	if !showsPersonal(s, g.e.Version) || !g.late && s.Personal == (msnp.Personal{}) {
		return nil
	}
	return personalNews(s, g.e.Version)
}

// flush writes what has come late: until then, who began does so.
func (g *gathering) flush() {
	g.mu.Lock()
	late := g.late
	g.mu.Unlock()
	if late {
		g.e.Session.Flush()
	}
}

// watches reports whether somebody is on the forward list.
func (p *Principal) watches(contact string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lists.Lookup(contact).Has(roster.Forward)
}
