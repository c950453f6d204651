package switchboard

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

func TestCallsThatAreRefused(t *testing.T) {
	s := newStage(t)
	ana, bob := s.notifier.person("ana", msnp.MSNP7), s.notifier.person("bob", msnp.MSNP7)
	off := s.notifier.person("off", msnp.MSNP7)
	shy := s.notifier.person("shy", msnp.MSNP7)
	sick := s.notifier.person("sick", msnp.MSNP7)
	cleo := s.notifier.person("cleo", msnp.MSNP7)
	s.notifier.change(func() {
		off.offline, shy.refuse, sick.refuse = true, msnp.CodeNotOnList, msnp.CodeSwitchboardFailed
	})
	m := s.conversation(ana, bob)
	a, b := m[0], m[1]
	a.call(cleo)
	for _, tt := range []struct{ name, callee, code string }{
		{"no handle", "hello", "208"},
		{"no handle either", "@@a", "208"},
		{"herself", "ana@example.test", "215"},
		{"herself in capitals", "ANA@example.test", "215"},
		{"a member", "bob@example.test", "215"},
		{"who rings already", "cleo@example.test", "215"},
		{"nobody", "dan@example.test", "217"},
		{"offline", "off@example.test", "217"},
		{"an incomplete domain", "bob@host", "217"},
		{"who does not want", "shy@example.test", "217"}, // and must not be known not to want
		{"who cannot be rung", "sick@example.test", "280"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a.send("CAL 9 " + tt.callee)
			a.expect(tt.code + " 9")
		})
	}
	b.send("CAL 10 cleo@example.test") // whoever calls
	b.expect("215 10")
	a.in()
	b.in()
}

// Nobody takes the place of a node that is not there, for as long as a call may
// take.
func TestCallsThatReachNobody(t *testing.T) {
	s := newStage(t, func(_ *Options, w *times) { w.request, w.owner = time.Second, time.Millisecond })
	a := s.open(s.notifier.person("ana", msnp.MSNP7))
	for _, callee := range []string{unowned, distant} {
		a.send("CAL 9 " + callee)
		a.expect("217 9")
	}
	a.in()
}

// The node of the callee has died; the call reaches the one that takes its place,
// and rings once.
func TestCallWhileTheNodeIsReplaced(t *testing.T) {
	s := newStage(t, func(_ *Options, w *times) { w.request, w.owner = patience, time.Millisecond })
	ana, cleo := s.notifier.person("ana", msnp.MSNP7), s.notifier.person("distant", msnp.MSNP7)
	if cleo.handle != distant {
		t.Fatal(cleo.handle)
	}
	a := s.open(ana)
	a.send("CAL 2 " + distant)
	looked := s.ownership.looked.Load()
	s.eventually("it was tried", func() bool { return s.ownership.looked.Load() > looked+3 })
	s.ownership.replaced.Store(true)
	a.expect("CAL 2 RINGING " + a.session)
	s.answer(cleo, cleo.rung(t), a)
	if len(cleo.rng) > 0 {
		t.Error("it rang again")
	}
}

func TestUnreachableNodes(t *testing.T) {
	s := newStage(t, func(_ *Options, w *times) { w.request = time.Second })
	ana, bob := s.notifier.person("ana", msnp.MSNP7), s.notifier.person("bob", msnp.MSNP7)
	a := s.open(ana)
	release := make(chan struct{})
	s.notifier.change(func() { s.notifier.beforeAnswer = func(rung) { <-release } })
	a.send("CAL 2 bob@example.test")
	a.expect("217 2")
	if log := s.log.String(); !strings.Contains(log, "cannot invite") {
		t.Error("the log does not say so:\n" + log)
	}
	s.notifier.change(func() { s.notifier.beforeAnswer = nil })
	close(release)
	// What rang all the same does not count; the next call does.
	late := bob.rung(t)
	r := a.call(bob)
	c := s.dial()
	c.send("ANS 1 bob@example.test " + late.param + " " + a.session)
	c.expect("911 1")
	c.closed()
	s.answer(bob, r, a)
}

func TestTooManyFailingCalls(t *testing.T) {
	s := newStage(t, limits(Limits{FailedCallsPer10s: 5}))
	ana, bob := s.notifier.person("ana", msnp.MSNP7), s.notifier.person("bob", msnp.MSNP7)
	m := s.conversation(ana, bob)
	for range 5 {
		m[0].send("CAL 2 dan@example.test")
		m[0].expect("217 2")
	}
	m[0].send("CAL 3 dan@example.test", "CAL 4 bob@example.test", "CAL 5 hello")
	m[0].expect("713 3", "713 4", "208 5")
	m[1].send("CAL 2 dan@example.test")
	m[1].expect("217 2") // is counted by itself
	if n := s.counted("papilio_rate_limits_total", "role", "switchboard", "what", "calls"); n != 2 {
		t.Errorf("%v refusals were counted instead of 2", n)
	}
}

// gateway brings clients of which only the address is known, which several can have.
type gateway struct{ net.Listener }

func (g gateway) Accept() (net.Conn, error) {
	c, err := g.Listener.Accept()
	return far{c}, err
}

type far struct{ net.Conn }

func (far) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7)} }

func TestCallsByTheGatewayAreCountedApart(t *testing.T) {
	s := newStage(t, limits(Limits{FailedCallsPer10s: 2}))
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.serve(gateway{ln})
	ana, bob := s.notifier.person("ana", msnp.MSNP7), s.notifier.person("bob", msnp.MSNP7)
	one, another, bobs := s.open(ana), s.open(ana), s.open(bob)
	for _, c := range []*client{one, another, bobs} {
		for range 2 {
			c.send("CAL 2 dan@example.test")
			c.expect("217 2")
		}
		c.send("CAL 3 dan@example.test")
		c.expect("713 3")
	}
}

func TestTooManyCalls(t *testing.T) {
	s := newStage(t, limits(Limits{CallsPerMinute: 2}))
	ana := s.notifier.person("ana", msnp.MSNP7)
	a := s.open(ana)
	a.call(s.notifier.person("bob", msnp.MSNP7))
	a.send("CAL 2 dan@example.test")
	a.expect("217 2") // did not ring
	a.call(s.notifier.person("cleo", msnp.MSNP7))
	a.send("CAL 3 dan@example.test")
	a.expect("713 3")
}

func TestTooManyMembers(t *testing.T) {
	s := newStage(t, limits(Limits{MembersPerSession: 3}))
	p := make([]*person, 4)
	for i, name := range []string{"ana", "bob", "cleo", "dan"} {
		p[i] = s.notifier.person(name, msnp.MSNP7)
	}
	m := s.conversation(p[0], p[1])
	m[0].call(p[2])
	m[0].send("CAL 9 dan@example.test")
	m[0].expect("713 9")
	m[1].send("OUT")
	m[0].expect("BYE bob@example.test")
	m[0].call(p[3])
}

// lapse lets the time pass in which somebody may not be rung again.
func lapse(s *session, handle string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rings[handle].lapses = time.Now()
}

// A ring that nobody has answered may be repeated after a while. The cookie of
// the first is void then, before it expires.
func TestRingingLapses(t *testing.T) {
	s := newStage(t)
	ana, bob := s.notifier.person("ana", msnp.MSNP7), s.notifier.person("bob", msnp.MSNP7)
	a := s.open(ana)
	first := a.call(bob)
	a.send("CAL 8 bob@example.test")
	a.expect("215 8")
	lapse(s.session(a), bob.handle)
	second := a.call(bob)
	c := s.dial()
	c.send("ANS 1 bob@example.test " + first.param + " " + a.session)
	c.expect("911 1")
	c.closed()
	b := s.answer(bob, second, a)
	b.in()
}

// A call in vain does not take the place of the ring before it.
func TestLapsedRingIsGoodUntilThereIsAnother(t *testing.T) {
	s := newStage(t, func(_ *Options, w *times) { w.ringing = 0 })
	ana, bob := s.notifier.person("ana", msnp.MSNP7), s.notifier.person("bob", msnp.MSNP7)
	a := s.open(ana)
	r := a.call(bob)
	s.notifier.change(func() { bob.refuse = msnp.CodeNotOnline })
	a.send("CAL 8 bob@example.test")
	a.expect("217 8")
	s.answer(bob, r, a)
}

// The callee can be faster than the answer to the caller, who is to hear that
// it rings before it hears that somebody came.
func TestCalleeIsQuick(t *testing.T) {
	s := newStage(t)
	ana := s.notifier.person("ana", msnp.MSNP7)
	s.notifier.person("bob", msnp.MSNP7)
	a := s.open(ana)
	asked := make(chan *client, 1)
	s.notifier.change(func() {
		s.notifier.beforeAnswer = func(r rung) {
			c := s.dial()
			c.send("ANS 1 bob@example.test " + r.param + " " + a.session)
			s.eventually("the cookie is used", func() bool { return s.used.Len() == 2 })
			asked <- c
		}
	})
	a.send("CAL 2 bob@example.test")
	a.expect("CAL 2 RINGING "+a.session, "JOI bob@example.test bob%20T")
	b := <-asked
	b.expect("IRO 1 1 1 ana@example.test ana%20T", "ANS 1 OK")
}

// Two who call the same person at once make one ring.
func TestCalledByTwoAtOnce(t *testing.T) {
	s := newStage(t)
	p := make([]*person, 3)
	for i, name := range []string{"ana", "bob", "cleo"} {
		p[i] = s.notifier.person(name, msnp.MSNP7)
	}
	m := s.conversation(p[0], p[1])
	ringing, release := make(chan struct{}), make(chan struct{})
	s.notifier.change(func() {
		s.notifier.beforeAnswer = func(rung) {
			close(ringing)
			<-release
		}
	})
	m[0].send("CAL 8 cleo@example.test")
	<-ringing
	m[1].send("CAL 9 cleo@example.test")
	m[1].expect("215 9")
	close(release)
	m[0].expect("CAL 8 RINGING " + m[0].session)
	s.answer(p[2], p[2].rung(t), m...)
}

// Nobody joins who was not rung, although the cookie is good: neither with one
// that was not rung with, nor when the ring was answered.
func TestUninvited(t *testing.T) {
	s := newStage(t)
	ana, bob := s.notifier.person("ana", msnp.MSNP7), s.notifier.person("bob", msnp.MSNP7)
	a := s.open(ana)
	r := a.call(bob)
	intrude := func() {
		other, err := s.notifier.ring(t.Context(), bob, r.Invitation, time.Now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		c := s.dial()
		c.send("ANS 1 bob@example.test " + other.param + " " + a.session)
		c.expect("911 1")
		c.closed()
	}
	intrude()
	b := s.answer(bob, r, a)
	intrude()
	a.in()
	b.in()
}

// A ring that can no longer be answered keeps neither a place nor a session.
func TestRingsAreForgotten(t *testing.T) {
	s := newStage(t, limits(Limits{MembersPerSession: 2}))
	ana, bob := s.notifier.person("ana", msnp.MSNP7), s.notifier.person("bob", msnp.MSNP7)
	cleo := s.notifier.person("cleo", msnp.MSNP7)
	a := s.open(ana)
	a.call(bob)
	a.send("CAL 9 cleo@example.test")
	a.expect("713 9")
	expire(s.session(a), bob.handle)
	a.call(cleo)
	expire(s.session(a), cleo.handle)
	a.send("OUT")
	a.closed()
	s.eventually("the session is gone", func() bool { return s.Sessions() == 0 })
}

// expire lets the time pass in which somebody can answer.
func expire(s *session, handle string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rings[handle].lapses, s.rings[handle].expires = time.Now(), time.Now()
}
