package gateway

import (
	"context"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/internal/cluster"
)

const (
	hello    = "VER 1 MSNP12 CVR0\r\nCVR 2 0x0409 win 4.10 i386 MSNMSGR 7.5 MSMSGS ana@example.test\r\nUSR 3 TWN I ana@example.test\r\n"
	proof    = "USR 4 TWN S t=ticket&p=\r\n"
	answers  = "VER 1 MSNP12 CVR0\r\nCVR 2 7.5 7.5 7.5 http://x http://y\r\nUSR 3 TWN S lc=1033,id=507\r\n"
	welcome  = "USR 4 OK ana@example.test Ana 1 0\r\nSBS 0 null\r\nMSG Hotmail Hotmail 4\r\nhi\r\n"
	away     = "XFR 0 NS 192.0.2.2:1864 0 192.0.2.1:1864\r\n"
	contacts = "NLN AWY bea@example.test Bea 0\r\n"
)

// signedIn is a client that has signed in with a ticket.
func (n *node) signedIn() (string, *far) {
	n.t.Helper()
	id, far := n.opened()
	far.says(answers)
	n.send(id, hello)
	n.send(id, proof+"SYN 5 0 0\r\n") // too soon, but so it goes
	far.hears(hello + proof + "SYN 5 0 0\r\n")
	far.says(welcome + "SYN 5 0 0 0 0\r\n")
	for all := ""; !strings.HasSuffix(all, "SYN 5 0 0 0 0\r\n"); {
		all += n.wait(id).body
	}
	return id, far
}

// asks begins a poll that waits.
func (n *node) asks(id string) <-chan got {
	waiting := make(chan got, 1)
	go func() {
		g, err := n.try(context.Background(), "Action=poll&Lifespan=60&SessionID="+id, "")
		if err != nil {
			n.t.Error(err)
		}
		waiting <- g
	}()
	return waiting
}

// A client that has signed in with a ticket does not notice that it is moved.
func TestClientIsMoved(t *testing.T) {
	a, b := twoNodes(t, nil)
	id, first := a.signedIn()
	waiting := a.asks(id)
	first.says(away)
	second := accepts(t, b.ns)
	second.hears(hello + proof)
	first.lost()
	second.says(answers + welcome + contacts)
	(<-waiting).is(t, contacts, false)

	// And back, with a command in the middle.
	second.says("XFR 0 NS 192.0.2.1:1864 0 192.0.2.2:1864\r\n")
	s := a.sessions.find(id)
	eventually(t, "it has come", func() bool { return s.upstream.Buffered() > 0 })
	a.send(id, "PNG\r\n").is(t, "", false)
	third := accepts(t, a.ns)
	third.hears(hello + proof)
	third.says(answers)
	a.send(id, "CHG 9 BSY 0\r\n").is(t, "", false)
	third.says(welcome)
	waiting = a.asks(id)
	third.hears("PNG\r\nCHG 9 BSY 0\r\n")
	third.says("QNG 40\r\nCHG 9 BSY 0\r\n")
	(<-waiting).is(t, "QNG 40\r\nCHG 9 BSY 0\r\n", false)
}

// What the old server has not listened to any more is said to the new one.
func TestClientIsMovedWhileItSpeaks(t *testing.T) {
	a, b := twoNodes(t, nil)
	id, first := a.signedIn()
	sent := make(chan got, 1)
	s := a.sessions.find(id)
	s.srv.times.linger = patience
	go func() {
		g, err := a.try(context.Background(), "SessionID="+id, "CHG 9 BSY 0\r\n")
		if err != nil {
			t.Error(err)
		}
		sent <- g
	}()
	first.hears("CHG 9 BSY 0\r\n")
	first.says(away)
	second := accepts(t, b.ns)
	second.hears(hello + proof)
	second.says(answers + welcome)
	second.hears("CHG 9 BSY 0\r\n")
	second.says("CHG 9 BSY 0\r\n")
	(<-sent).is(t, "CHG 9 BSY 0\r\n", false)
}

// What the old server says of others meanwhile answers nothing, however long it
// takes. What it has answered is not said again.
func TestClientIsMovedWithQuestionsOpen(t *testing.T) {
	a, b := twoNodes(t, nil)
	id, first := a.signedIn()
	const asked = "PNG\r\nREA 8 ana@example.test Ana\r\nCHG 9 BSY 0\r\nPNG\r\n"
	a.send(id, asked).is(t, "", false)
	first.hears(asked)
	const said = "QNG 40\r\nREA 8 5 ana@example.test Ana\r\n" + contacts
	first.says(said)
	for all := ""; all != said; {
		all += a.wait(id).body
	}
	first.says(away)
	waiting := a.asks(id)
	second := accepts(t, b.ns)
	second.hears(hello + proof)
	second.says(answers + welcome)
	second.hears("CHG 9 BSY 0\r\nPNG\r\n")
	second.says("CHG 9 BSY 0\r\n")
	(<-waiting).is(t, "CHG 9 BSY 0\r\n", false)
	second.says("QNG 40\r\n")
	a.wait(id).is(t, "QNG 40\r\n", false)
	if s := a.sessions.find(id); len(s.unanswered) > 0 {
		t.Errorf("it is answered, and kept: %q", s.unanswered)
	}
}

// A client that is moved may be referred on.
func TestClientIsMovedOn(t *testing.T) {
	a, b := twoNodes(t, nil)
	id, first := a.signedIn()
	waiting := a.asks(id)
	first.says(away)
	second := accepts(t, b.ns)
	second.hears(hello + proof)
	second.says("VER 1 MSNP12 CVR0\r\nCVR 2 7.5 7.5 7.5 http://x http://y\r\nXFR 3 NS 192.0.2.1:1864 0 192.0.2.2:1864\r\n")
	third := accepts(t, a.ns)
	third.hears(hello + proof)
	third.says(answers + welcome + contacts)
	(<-waiting).is(t, contacts, false)
}

// A client that is not let in, as when its ticket has grown old, is sent away, to
// sign in by itself.
func TestClientIsNotMoved(t *testing.T) {
	a, b := twoNodes(t, nil)
	for name, end := range map[string]func(*far){
		"refused": func(f *far) { f.says(answers + "911 4\r\n") },
		"lost":    func(f *far) { f.says(answers); _ = f.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			id, first := a.signedIn()
			waiting := a.asks(id)
			first.says(away)
			second := accepts(t, b.ns)
			second.hears(hello + proof)
			end(second)
			(<-waiting).is(t, away, true)
		})
	}
	id, first := a.signedIn()
	const stranger = "XFR 0 NS 198.51.100.7:1864 0 192.0.2.1:1864\r\n"
	first.says(stranger)
	a.wait(id).is(t, stranger, false)
}

func TestTicketIsForgottenAtTheEnd(t *testing.T) {
	n := start(t, cluster.Options{}, nil)
	id, far := n.signedIn()
	s := n.sessions.find(id)
	_ = far.Close()
	n.wait(id).is(t, "", true)
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	if s.greeting.said != nil {
		t.Errorf("%q is kept", s.greeting.said)
	}
}
