package switchboard

import (
	"context"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/msnp"
)

const text = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nyes"

// renamed is what is told of a new name after all profiles.
func renamed(handle string, name msnp.Encoded) cluster.Renamed {
	return cluster.Renamed{Handle: handle, Name: name, Order: profileOrder + 1}
}

// people signs four people in, of these versions.
func (s *stage) people(versions ...msnp.Version) []*person {
	names := []string{"ana", "bob", "cleo", "dan", "eve"}
	all := make([]*person, len(versions))
	for i, v := range versions {
		all[i] = s.notifier.person(names[i], v)
	}
	return all
}

func TestTwoPeople(t *testing.T) {
	s := newStage(t)
	for _, v := range msnp.Versions(msnp.Beta2, msnp.MSNP7) {
		for _, w := range []msnp.Version{msnp.Beta2, msnp.MSNP2, msnp.MSNP7} {
			p := s.people(v, w)
			ana, bob := p[0], p[1]
			a := s.open(ana)
			r := a.call(bob)
			if r.Caller != ana.handle || r.CallerName != ana.name || r.Callee != bob.handle ||
				itoa(r.Session) != a.session || r.SwitchboardNode != s.node.ID() {
				t.Errorf("bob was rung with %+v", r)
			}
			b := s.answer(bob, r, a)
			a.say("N", text)
			b.hear(ana, text)
			b.say("N", "")
			a.hear(bob, "")
			b.send("OUT")
			a.expect("BYE " + bob.handle)
			b.closed()
			a.in()
			a.send("OUT")
			a.closed()
		}
	}
	s.eventually("all sessions are gone", func() bool { return s.Sessions() == 0 })
	if n := s.counted("papilio_switchboard_sessions"); n != 0 {
		t.Errorf("%v sessions are counted as open", n)
	}
}

func TestGroup(t *testing.T) {
	s := newStage(t)
	p := s.people(msnp.MSNP7, msnp.Beta2, msnp.MSNP4, msnp.MSNP2)
	m := s.conversation(p[:3]...)
	m = append(m, s.answer(p[3], m[1].call(p[3]), m...)) // not only the first may call
	for i, from := range m {
		from.say("U", text)
		for j, to := range m {
			if i != j {
				to.hear(p[i], text)
			}
		}
	}
	m[0].send("OUT")
	for _, c := range m[1:] {
		c.expect("BYE ana@example.test")
	}
	m[1].hangUp() // the same without a word
	for _, c := range m[2:] {
		c.expect("BYE bob@example.test")
	}
	m[2].say("A", text)
	m[2].expect("ACK " + itoa(m[2].trid))
	m[3].hear(p[2], text)
	if err := m[2].SetLinger(0); err != nil {
		t.Fatal(err)
	}
	m[2].hangUp() // and with a reset
	m[3].expect("BYE cleo@example.test")
	m[3].in()
}

// Who is alone, and who was called once, can call others into the session.
func TestReinvited(t *testing.T) {
	s := newStage(t)
	p := s.people(msnp.MSNP7, msnp.MSNP5)
	m := s.conversation(p...)
	a, b := m[0], m[1]
	b.send("OUT")
	a.expect("BYE bob@example.test")
	a.say("N", text)
	a.expect("NAK " + itoa(a.trid))
	b = s.answer(p[1], a.call(p[1]), a) // at once, although it rang a moment ago
	b.say("N", text)
	a.hear(p[1], text)

	a.send("OUT")
	b.expect("BYE ana@example.test")
	r := b.call(p[0])
	if itoa(r.Session) != a.session {
		t.Errorf("ana was called to session %d instead of %s", r.Session, a.session)
	}
	a = s.answer(p[0], r, b)
	a.say("N", text)
	b.hear(p[0], text)
}

// A session that rings somebody is still there when its caller has left.
func TestAnsweredToAnEmptySession(t *testing.T) {
	s := newStage(t)
	p := s.people(msnp.MSNP7, msnp.MSNP7)
	a := s.open(p[0])
	r := a.call(p[1])
	a.send("OUT")
	a.closed()
	s.eventually("ana is gone", func() bool { return len(s.board.connectionsOf(p[0].handle)) == 0 })
	b := s.answer(p[1], r)
	b.say("A", text)
	b.expect("NAK " + itoa(b.trid))
	a = s.answer(p[0], b.call(p[0]), b)
	a.in()
}

// But not for long.
func TestEmptySessionsEnd(t *testing.T) {
	s := newStage(t, func(_ *Options, w *times) { w.emptied = 50 * time.Millisecond })
	p := s.people(msnp.MSNP7, msnp.MSNP7)
	a := s.open(p[0])
	r := a.call(p[1])
	a.send("OUT")
	a.closed()
	s.eventually("the session is gone", func() bool { return s.Sessions() == 0 })
	b := s.dial()
	b.send("ANS 1 bob@example.test " + r.param + " " + a.session)
	b.expect("911 1")
	b.closed()
}

func TestRenamed(t *testing.T) {
	s := newStage(t)
	p := s.people(msnp.MSNP7, msnp.MSNP7, msnp.MSNP7)
	m := s.conversation(p[0], p[1])
	s.notifier.change(func() { p[0].name = "Ana%20B" })
	if err := s.node.AnnounceRename(renamed(p[0].handle, "Ana%20B")); err != nil {
		t.Fatal(err)
	}
	ana := s.board.connectionsOf(p[0].handle)[0]
	s.eventually("the name has come", func() bool { return ana.called() == "Ana%20B" })
	m[0].say("N", text)
	m[1].hear(p[0], text) // under the new name
	s.answer(p[2], m[1].call(p[2]), m...)
	if r := m[0].call(s.notifier.person("dan", msnp.MSNP7)); r.CallerName != "Ana%20B" {
		t.Errorf("dan was called by %q", r.CallerName)
	}
}

// Signing out is one thing; being thrown out is another.
func TestSignedOut(t *testing.T) {
	s := newStage(t)
	p := s.people(msnp.MSNP7, msnp.MSNP7)
	m := s.conversation(p...)
	alone := s.open(p[0])
	if err := s.node.AnnounceSignOut(cluster.SignedOut{Handle: p[0].handle}); err != nil {
		t.Fatal(err)
	}
	if err := s.node.AnnounceSignOut(cluster.SignedOut{Handle: "nobody@example.test", Forced: true}); err != nil {
		t.Fatal(err)
	}
	m[0].say("N", text)
	m[1].hear(p[0], text)
	if err := s.node.AnnounceSignOut(cluster.SignedOut{Handle: p[0].handle, Forced: true}); err != nil {
		t.Fatal(err)
	}
	m[0].closed()
	alone.closed()
	m[1].expect("BYE ana@example.test")
	m[1].in()
}

// Who has signed in again since a sign-out that is heard of late keeps what was
// begun since; who comes in just then with what was begun before is not let in.
func TestSignedOutBefore(t *testing.T) {
	s := newStage(t)
	p := s.people(msnp.MSNP7)[0]
	now := time.Now().Truncate(time.Millisecond)
	p.since = now
	a := s.open(p)
	out := func(at time.Time) {
		if err := s.node.AnnounceSignOut(cluster.SignedOut{Handle: p.handle, Forced: true, At: at}); err != nil {
			t.Fatal(err)
		}
	}
	out(now.Add(-time.Millisecond))
	s.eventually("it was heard", func() bool { return s.board.connectionsOf(p.handle)[0].ousted.Load() != 0 })
	a.in()
	out(now.Add(time.Millisecond))
	a.closed()

	s.notifier.change(func() {
		s.notifier.lookUp = func() error {
			out(now)
			s.eventually("it was heard", func() bool {
				all := s.board.connectionsOf(p.handle)
				return len(all) == 1 && all[0].ousted.Load() != 0
			})
			return nil
		}
	})
	b := s.dial()
	b.send("USR 1 " + p.handle + " " + s.transfer(p.handle, p.version))
	b.expect("911 1")
	b.closed()
}

func TestIdle(t *testing.T) {
	s := newStage(t, func(o *Options, _ *times) { o.Idle = 50 * time.Millisecond })
	p := s.people(msnp.MSNP7, msnp.MSNP2)
	m := s.conversation(p...)
	m[0].expect("BYE bob@example.test 1")
	m[0].closed()
	m[1].expect("BYE ana@example.test 1")
	m[1].closed()
	s.eventually("the session is gone", func() bool { return s.Sessions() == 0 })
	s.eventually("both ends are counted", func() bool {
		return s.counted("papilio_closes_total", "role", "switchboard", "reason", "idle") == 2
	})
}

// Who was alone for longer than a conversation may be idle is not ended for it,
// and the time begins when somebody comes.
func TestAloneForLong(t *testing.T) {
	const limit = 30 * time.Millisecond
	s := newStage(t, func(o *Options, _ *times) { o.Idle = limit })
	p := s.people(msnp.MSNP7, msnp.MSNP7)
	a := s.open(p[0])
	begin := s.now()
	s.eventually("time has passed", func() bool { return s.now() > begin+4*limit })
	r := a.call(p[1])
	begin = s.now()
	s.answer(p[1], r, a).expect("BYE ana@example.test 1")
	if took := s.now() - begin; took < limit {
		t.Errorf("the conversation was ended after %v", took)
	}
}

// Only two who say nothing to each other are idle: who is alone is left alone,
// and a group is left together.
func TestWhatIsIdle(t *testing.T) {
	s := newStage(t)
	p := s.people(msnp.MSNP7, msnp.MSNP7, msnp.MSNP7)
	long := func(session *session) bool {
		session.active.Store(int64(s.now() - time.Hour))
		return session.quiet(time.Minute) <= 0
	}
	m := []*client{s.open(p[0])}
	session := s.session(m[0])
	if long(session) {
		t.Error("one who is alone is idle")
	}
	m = append(m, s.answer(p[1], m[0].call(p[1]), m...))
	if session.quiet(time.Minute) <= 0 {
		t.Error("two who have just met are idle")
	}
	if !long(session) {
		t.Error("two who say nothing are not idle")
	}
	m[1].say("U", "") // whatever it is, and whoever says it
	m[0].hear(p[1], "")
	if session.quiet(time.Minute) <= 0 {
		t.Error("two who speak are idle")
	}
	m = append(m, s.answer(p[2], m[0].call(p[2]), m...))
	if long(session) {
		t.Error("a group is idle")
	}
	m[2].send("OUT")
	m[0].expect("BYE cleo@example.test")
	if session.quiet(time.Minute) > 0 {
		t.Error("the two that are left are not idle")
	}
}

// What a client sends while the others are told that the session has ended
// reaches them before its good-bye, or not at all: never after.
func TestNothingIsSaidAfterTheGoodBye(t *testing.T) {
	s := newStage(t)
	p := s.people(msnp.MSNP7, msnp.MSNP7)
	m := s.conversation(p...)
	session := s.session(m[0])
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for {
			if _, err := m[1].Write([]byte(message(3, "U", text))); err != nil {
				return
			}
		}
	}()
	m[0].hear(p[1], text)
	session.end(endIdle)
	for {
		line, err := m[0].r.ReadString('\n')
		if err != nil {
			t.Fatal("no good-bye: ", err)
		}
		if line == "BYE bob@example.test 1\r\n" {
			break
		}
		if line != "MSG bob@example.test bob%20T "+itoa(len(text))+"\r\n" {
			t.Fatalf("got %q", line)
		}
		m[0].payload(text)
	}
	m[0].closed()
	<-sent
	m[1].expect("BYE ana@example.test 1")
	if _, err := m[1].r.ReadByte(); err == nil {
		t.Error("something follows the good-bye")
	}
}

func TestShutdown(t *testing.T) {
	s := newStage(t)
	p := s.people(msnp.MSNP7, msnp.MSNP7, msnp.MSNP7, msnp.MSNP7)
	m := s.conversation(p[:3]...)
	alone := s.open(p[3])
	early := s.dial()
	early.send("INF 1")
	early.expect("INF 1 MD5")
	rings := s.open(p[3])
	rings.call(s.notifier.person("eve", msnp.MSNP7))
	rings.send("OUT")
	rings.closed()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(ctx) }()
	for i, c := range m {
		said := make(map[string]int)
		for range len(m) - 1 {
			line, err := c.r.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			said[line]++
		}
		for j, o := range p[:3] {
			if want := "BYE " + o.handle + " 1\r\n"; i != j && said[want] != 1 {
				t.Errorf("%s heard %q %d times", p[i].handle, want, said[want])
			}
		}
		c.closed()
	}
	alone.expect("OUT")
	alone.closed()
	early.closed()
	for _, c := range append(m, alone, early, rings) {
		c.hangUp()
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := s.Sessions(); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}

// A call that is still waiting for its answer does not hold the shutdown up.
func TestShutdownDuringACall(t *testing.T) {
	s := newStage(t)
	p := s.people(msnp.MSNP7, msnp.MSNP7)
	a := s.open(p[0])
	ringing, release := make(chan struct{}), make(chan struct{})
	s.notifier.change(func() {
		s.notifier.beforeAnswer = func(rung) {
			close(ringing)
			<-release
		}
	})
	a.send("CAL 2 bob@example.test")
	<-ringing
	begin := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(ctx) }()
	a.expect("217 2", "OUT")
	a.closed()
	a.hangUp()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if took := time.Since(begin); took > usual.request/2 {
		t.Errorf("the shutdown took %v", took)
	}
	close(release)
}
