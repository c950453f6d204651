package switchboard

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/referral"
	"github.com/papilio-im/papilio/msnp"
)

func TestUSRIsAnsweredAsItWasAsked(t *testing.T) {
	s := newStage(t)
	ana := s.notifier.person("ana", msnp.MSNP7)
	c := s.dial()
	c.send("USR 0 Ana@Example.TEST " + s.transfer(ana.handle, ana.version)) // some begin with TrID 0
	c.expect("USR 0 OK Ana@Example.TEST ana%20T")
	c.in()
	if n := s.Sessions(); n != 1 {
		t.Errorf("there are %d sessions instead of one", n)
	}
	if n := s.node.Members()[0].Load; n != 1 {
		t.Errorf("the load is %d instead of 1", n)
	}
}

// What a client shows that is not let in.
func TestBadCookies(t *testing.T) {
	s := newStage(t)
	ana := s.notifier.person("ana", msnp.MSNP7)
	s.notifier.person("eve", msnp.MSNP7)
	out := s.notifier.person("out", msnp.MSNP7)
	s.notifier.change(func() { out.offline = true })

	mint := func(change func(*referral.Pass)) string {
		p := referral.Pass{
			Purpose: referral.ForTransfer, Session: referral.NewSession(), Handle: ana.handle,
			Version: ana.version, Node: s.node.ID(),
		}
		change(&p)
		cookie, err := s.keys.Mint(p)
		if err != nil {
			t.Fatal(err)
		}
		return cookie
	}
	good := func(*referral.Pass) {}
	for _, tt := range []struct{ name, line string }{
		{"garbage", "USR 7 ana@example.test 17262740.1050826919.32307"},
		{"of somebody else", "USR 7 eve@example.test " + mint(good)},
		{"for another purpose", "USR 7 ana@example.test " + mint(func(p *referral.Pass) { p.Purpose = referral.ForRing })},
		{"for another node", "USR 7 ana@example.test " + mint(func(p *referral.Pass) { p.Node = "two" })},
		{"for a ring, with ANS", "ANS 7 ana@example.test " + mint(func(p *referral.Pass) { p.Session = 5 }) + " 5"},
		{"to no session", "ANS 7 ana@example.test " + mint(func(p *referral.Pass) { p.Purpose, p.Session = referral.ForRing, 5 }) + " 5"},
		{"of nobody", "USR 7 nobody@example.test " + mint(func(p *referral.Pass) { p.Handle = "nobody@example.test" })},
		{"of somebody offline", "USR 7 out@example.test " + mint(func(p *referral.Pass) { p.Handle = out.handle })},
		{"no handle", "USR 7 ana " + mint(good)},
		{"nothing granted", "USR 7 MD5 S ana@example.test 25e69b1b7495cac3003d981a37e29b44"},
		{"nothing granted, first step", "USR 7 MD5 I ana@example.test"},
		{"nobody", "USR 7 MD5 I"},
		{"no password", "USR 7 CTP I ana@example.test (null)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := s.dial()
			c.send(tt.line)
			c.expect("911 7")
			c.closed()
		})
	}
	s.eventually("nobody is connected", func() bool { return s.node.Members()[0].Load == 0 })
	if n := s.Sessions(); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}

func TestCookiesAreGoodOnce(t *testing.T) {
	s := newStage(t)
	ana, bob := s.notifier.person("ana", msnp.MSNP7), s.notifier.person("bob", msnp.MSNP7)
	cookie := s.transfer(ana.handle, ana.version)
	a, again := s.dial(), s.dial()
	a.send("USR 1 ana@example.test " + cookie)
	a.expect("USR 1 OK ana@example.test ana%20T")
	again.send("USR 1 ana@example.test " + cookie)
	again.expect("911 1")
	again.closed()

	a.session, _, _ = cutWord(cookie)
	a.who = ana
	r := a.call(bob)
	b := s.answer(bob, r, a)
	again = s.dial()
	again.send("ANS 1 bob@example.test " + r.param + " " + a.session)
	again.expect("911 1")
	again.closed()
	b.in()
	a.in()
}

// Two transfers never get one number, and would not meet if they did.
func TestSessionNumbersAreNotShared(t *testing.T) {
	s := newStage(t)
	ana, eve := s.notifier.person("ana", msnp.MSNP7), s.notifier.person("eve", msnp.MSNP7)
	for i, p := range []*person{ana, eve} {
		cookie, err := s.keys.Mint(referral.Pass{
			Purpose: referral.ForTransfer, Session: 5, Handle: p.handle, Version: p.version, Node: s.node.ID(),
		})
		if err != nil {
			t.Fatal(err)
		}
		c := s.dial()
		c.send("USR 1 " + p.handle + " " + cookie)
		if i == 0 {
			c.expect("USR 1 OK ana@example.test ana%20T")
		} else {
			c.expect("911 1")
			c.closed()
		}
	}
}

// A good cookie with the wrong number is no case for an answer.
func TestCookieOfAnotherSession(t *testing.T) {
	s := newStage(t)
	ana, bob := s.notifier.person("ana", msnp.MSNP7), s.notifier.person("bob", msnp.MSNP7)
	a := s.open(ana)
	r := a.call(bob)
	c := s.dial()
	c.send("ANS 1 bob@example.test " + r.param + " 5")
	c.closed()
	s.answer(bob, r, a) // the cookie is still good
}

// The ways in of clients that know no cookie: MD5, which Beta 2 is advised to
// use, in the forms that it may have, and CTP.
func TestEnteringWithoutACookie(t *testing.T) {
	for _, tt := range []struct {
		name   string
		method msnp.Method
		words  func(handle, salt string) string
	}{
		{"MD5", msnp.MethodMD5, func(h, salt string) string { return h + " " + hash(salt, "s3cret") }},
		{"MD5 in capitals", msnp.MethodMD5, func(h, salt string) string { return h + " " + strings.ToUpper(hash(salt, "s3cret")) }},
		{"MD5 named", msnp.MethodMD5, func(h, salt string) string { return "MD5 S " + h + " " + hash(salt, "s3cret") }},
		{"CTP", msnp.MethodCTP, func(h, _ string) string { return h + " s3cret" }},
		{"CTP named", msnp.MethodCTP, func(h, _ string) string { return "CTP I " + h + " s3cret" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newStage(t, wire)
			ana, bob := s.notifier.person("ana", msnp.Beta2), s.notifier.person("bob", msnp.Beta2)
			ana.method, bob.method = tt.method, tt.method
			pass := referral.Pass{
				Purpose: referral.ForTransfer, Session: 40211873, Handle: ana.handle, Version: ana.version,
				Node: s.node.ID(), Expires: time.Now().Add(time.Minute),
			}
			salt, err := s.notifier.expect(t.Context(), ana, pass)
			if err != nil {
				t.Fatal(err)
			}
			a := s.dial()
			a.who, a.session = ana, "40211873"
			a.send("INF 0")
			a.expect("INF 0 MD5")
			a.send("USR 1 " + tt.words(ana.handle, salt))
			a.expect("USR 1 OK ana@example.test ana%20T")

			r := a.call(bob)
			b := s.dial()
			b.send("ANS 1 " + tt.words(bob.handle, r.param) + " 40211873")
			b.expect("IRO 1 1 1 ana@example.test ana%20T", "ANS 1 OK")
			a.expect("JOI bob@example.test bob%20T")
			if log := s.log.String(); strings.Contains(log, "s3cret") || strings.Contains(log, hash(salt, "s3cret")) {
				t.Error("the log has a secret:\n" + log)
			}
		})
	}
}

func TestWrongSecrets(t *testing.T) {
	s := newStage(t)
	ana := s.notifier.person("ana", msnp.Beta2)
	ana.method = msnp.MethodCTP
	_, err := s.notifier.expect(t.Context(), ana, referral.Pass{
		Purpose: referral.ForTransfer, Session: 5, Handle: ana.handle, Version: ana.version,
		Node: s.node.ID(), Expires: time.Now().Add(time.Minute),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"(null)", "wrong"} {
		c := s.dial()
		c.send("USR 1 ana@example.test " + secret)
		c.expect("911 1")
		c.closed()
	}
}

// The first thing said is USR, ANS or OUT, and it is said once.
func TestTheOrderOfThings(t *testing.T) {
	s := newStage(t)
	ana := s.notifier.person("ana", msnp.MSNP7)
	for _, line := range []string{
		"CAL 1 bob@example.test", "MSG 1 N 3\r\nabc", "VER 1 MSNP7", "PNG", "OUT", "IRO 1 1 1 a b", "BYE ana@example.test",
		"USR 1", "USR 1 ana@example.test", "ANS 1 ana@example.test 5.5.5", "ANS 1 ana@example.test 5.5.5 x", "USR x a b",
		"ANS 1 ana@example.test 5.5.5 4294967296", "usr 1 ana@example.test 1.2.3", "INF", "FOO 1", "\x00\x01\x02",
		"USR 1 ana@example.test " + strings.Repeat("1", msnp.MaxSwitchboardLine),
	} {
		c := s.dial()
		c.send(line)
		c.closed()
	}
	for _, line := range []string{
		"USR 2 ana@example.test " + s.transfer(ana.handle, ana.version), "ANS 2 ana@example.test 1.2.3 4", "INF 2",
		"CAL 2", "CAL x bob@example.test", "MSG 2 N", "MSG 2 N x", "MSG 2 N -1", "MSG 2 N 99999999999999999999",
		"MSG 2 n 3\r\nabc", "MSG 2 X 3\r\nabc", "MSG 2 NN 3\r\nabc", "JOI ana@example.test x", "ACK 2", "911 2", "VER 2 MSNP7",
	} {
		c := s.open(ana)
		c.send(line)
		c.closed()
	}
}

func TestNobodyWaitsForEverToComeIn(t *testing.T) {
	s := newStage(t, func(_ *Options, w *times) { w.greeting = 30 * time.Millisecond })
	c := s.dial()
	c.closed()
	s.eventually("the end is counted", func() bool {
		return s.counted("papilio_closes_total", "role", "switchboard", "reason", "sign_in_timeout") == 1
	})
}

func TestTooManySessionsOfOnePerson(t *testing.T) {
	s := newStage(t, limits(Limits{SessionsPerUser: 2}))
	ana, bob := s.notifier.person("ana", msnp.MSNP7), s.notifier.person("bob", msnp.MSNP7)
	first := s.open(ana)
	s.open(ana)
	third := s.dial()
	third.send("USR 1 ana@example.test " + s.transfer(ana.handle, ana.version))
	third.expect("911 1")
	third.closed()
	s.open(bob) // is somebody else
	first.hangUp()
	s.eventually("ana has room for one more", func() bool { return len(s.board.connectionsOf(ana.handle)) == 1 })
	s.open(ana)
}

// Trouble on our side is told as such, and does not let anybody in.
func TestTheNotificationServerDoesNotKnow(t *testing.T) {
	s := newStage(t, func(_ *Options, w *times) { w.request, w.owner = time.Second, time.Millisecond })
	ana := s.notifier.person("ana", msnp.MSNP7)
	s.notifier.change(func() { s.notifier.lookUp = func() error { return errors.New("out of order") } })
	for _, handle := range []string{ana.handle, unowned, distant} {
		c := s.dial()
		c.send("USR 1 " + handle + " " + s.transfer(handle, msnp.MSNP7))
		c.expect("280 1")
		c.closed()
	}
	if n := s.Sessions(); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}

// A new name that comes while the old one is looked up is not lost.
func TestRenamedWhileEntering(t *testing.T) {
	s := newStage(t)
	ana := s.notifier.person("ana", msnp.MSNP7)
	s.notifier.change(func() {
		s.notifier.lookUp = func() error {
			s.renamed(t.Context(), renamed(ana.handle, "Ana"))
			return nil
		}
	})
	c := s.dial()
	c.send("USR 1 ana@example.test " + s.transfer(ana.handle, ana.version))
	c.expect("USR 1 OK ana@example.test Ana")
}

// An earlier name that is heard of late is not taken for the new one.
func TestRenamedBeforeEntering(t *testing.T) {
	s := newStage(t)
	ana := s.notifier.person("ana", msnp.MSNP7)
	earlier := cluster.Renamed{Handle: ana.handle, Name: "Anna", Order: profileOrder - 1}
	s.notifier.change(func() {
		s.notifier.lookUp = func() error {
			s.renamed(t.Context(), earlier)
			return nil
		}
	})
	c := s.dial()
	c.send("USR 1 ana@example.test " + s.transfer(ana.handle, ana.version))
	c.expect("USR 1 OK ana@example.test " + string(ana.name))
	s.renamed(t.Context(), earlier)
	if name := s.board.connectionsOf(ana.handle)[0].called(); name != ana.name {
		t.Errorf("she is called %s", name)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("a switchboard without options was made")
	}
}

// Those with MSNP12 are told what the clients of members can do: as it was when they
// came, and 0 for those of whom that is not known.
func TestCapabilities(t *testing.T) {
	s := newStage(t)
	p := s.people(msnp.MSNP12, msnp.MSNP2, msnp.MSNP8, msnp.MSNP11, msnp.MSNP12)
	s.notifier.change(func() { p[0].caps, p[2].caps, p[3].caps, p[4].caps = 1342177316, 7, 1<<28, 1<<31 })
	m := s.conversation(p...)
	m[4].send("OUT")
	m[4].closed()
	for _, c := range m[:4] {
		c.expect("BYE " + p[4].handle)
	}
	s.notifier.change(func() { p[4].caps = 5 })
	s.answer(p[4], m[1].call(p[4]), m[:4]...).in()
}
