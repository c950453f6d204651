package gateway

import (
	"strings"
	"testing"
)

// A referral is followed by the gateway. The client hears the answers that it has
// not had, and nothing of the way.
func TestReferralIsFollowed(t *testing.T) {
	a, b := twoNodes(t, nil)
	g := a.open("NS", "")
	first := accepts(t, a.ns)
	a.send(g.id, "VER 1 MSNP12 CVR0\r\n")
	a.send(g.id, "CVR 2 0x0409 win 4.10 i386 MSNMSGR 7.5 MSMSGS ana@example.test\r\n")
	first.says("VER 1 MSNP12 CVR0\r\n")
	first.says("CVR 2 7.5 7.5 7.5 http://x http://y\r\n")
	for answers := ""; strings.Count(answers, "\n") < 2; {
		answers += a.wait(g.id).body
	}
	a.send(g.id, "USR 3 TWN I ana@example.test\r\n")
	const said = "VER 1 MSNP12 CVR0\r\n" + "CVR 2 0x0409 win 4.10 i386 MSNMSGR 7.5 MSMSGS ana@example.test\r\n" + "USR 3 TWN I ana@example.test\r\n"
	first.hears(said)
	first.says("XFR 3 NS 192.0.2.2:1864 0 192.0.2.1:1864\r\n")

	waiting := make(chan got, 1)
	go func() { g, _ := a.try(t.Context(), "Action=poll&Lifespan=60&SessionID="+g.id, ""); waiting <- g }()
	second := accepts(t, b.ns)
	second.hears(said)
	first.lost()
	second.says("VER 1 MSNP12 CVR0\r\nCVR 2 7.5 7.5 7.5 http://x http://y\r\nUSR 3 TWN S lc=1033,id=507\r\n")
	(<-waiting).is(t, "USR 3 TWN S lc=1033,id=507\r\n", false)

	// It may be referred on when it has shown its ticket.
	a.send(g.id, "USR 4 TWN S t=ticket&p=\r\n")
	second.hears("USR 4 TWN S t=ticket&p=\r\n")
	second.says("XFR 4 NS 192.0.2.1:1864 0 192.0.2.2:1864\r\n")
	go func() { g, _ := a.try(t.Context(), "Action=poll&Lifespan=60&SessionID="+g.id, ""); waiting <- g }()
	third := accepts(t, a.ns)
	third.hears(said + "USR 4 TWN S t=ticket&p=\r\n")
	third.says("VER 1 MSNP12 CVR0\r\nCVR 2 7.5 7.5 7.5 http://x http://y\r\nUSR 3 TWN S lc=1033,id=507\r\nUSR 4 OK ana@example.test Ana 1 0\r\n")
	(<-waiting).is(t, "USR 4 OK ana@example.test Ana 1 0\r\n", false)
}

// A referral that cannot be followed is the client's to see.
func TestReferralThatIsNotFollowed(t *testing.T) {
	a, _ := twoNodes(t, nil)
	for name, lines := range map[string][]string{
		"to a stranger":          {"XFR 3 NS 198.51.100.9:1864 0 192.0.2.1:1864\r\n"},
		"with a salt":            {"USR 3 MD5 S 123.456\r\n", "XFR 4 NS 192.0.2.2:1864 0 192.0.2.1:1864\r\n"},
		"reset":                  {"XFR 0 NS 0\r\n"},
		"after the sign-in":      {"USR 4 OK ana@example.test Ana\r\n", "XFR 9 NS 192.0.2.2:1864 0 192.0.2.1:1864\r\n"},
		"of a long conversation": {"XFR 3 NS 192.0.2.2:1864 0 192.0.2.1:1864\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			id, far := a.opened()
			said := "VER 1 MSNP7 CVR0\r\n"
			if name == "of a long conversation" {
				said = strings.Repeat(said, maxGreeting/len(said)+1)
			}
			a.send(id, said)
			far.hears(said)
			for _, line := range lines {
				far.says(line)
				a.wait(id).is(t, line, false)
			}
		})
	}
}

// The next server may refer the client before it has come as far as the one before.
func TestReferralIsFollowedFromTheMiddle(t *testing.T) {
	a, b := twoNodes(t, nil)
	id, first := a.opened()
	first.says(answers)
	for all := a.send(id, hello).body; all != answers; {
		all += a.wait(id).body
	}
	first.hears(hello)
	a.send(id, proof)
	first.hears(proof)
	first.says("XFR 4 NS 192.0.2.2:1864 0 192.0.2.1:1864\r\n")
	waiting := a.asks(id)
	second := accepts(t, b.ns)
	second.hears(hello + proof)
	second.says("VER 1 MSNP12 CVR0\r\nCVR 2 7.5 7.5 7.5 http://x http://y\r\nXFR 3 NS 192.0.2.1:1864 0 192.0.2.2:1864\r\n")
	third := accepts(t, a.ns)
	third.hears(hello + proof)
	third.says(answers + "USR 4 OK ana@example.test Ana 1 0\r\n")
	(<-waiting).is(t, "USR 4 OK ana@example.test Ana 1 0\r\n", false)
}
