package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/notification"
	"github.com/papilio-im/papilio/internal/switchboard"
)

// flood is a row of commands that take their time, some 200 KB of them, which
// one connection sends without waiting for the answers.
func flood(contact string) (commands string, n int) {
	n = 6000
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "REA %d %s n%d\r\n", 100+i, contact, i)
	}
	return b.String(), n
}

// Somebody who is signed out by the service is so at once, and not when
// everything is done that was sent ahead.
func TestSignOutInAFlood(t *testing.T) {
	s := start(t, "[limits]\nenabled = false\n")
	s.addAccount(t, "alice@example.com", "pw", "Alice")
	s.addAccount(t, "bob@example.com", "pw", "Bob")
	alice := s.signIn(t, "alice@example.com", "pw")
	alice.send("ADD 5 FL bob@example.com Bob")
	alice.expect("ADD 5 FL *")
	commands, n := flood("bob@example.com")
	go func() { _, _ = alice.TCPConn.Write([]byte(commands)) }() // until it is closed
	alice.expect("REA 100 *")
	if err := s.SetBanned(t.Context(), "alice@example.com", true); err != nil {
		t.Fatal(err)
	}
	answers, told := 1, false
	for {
		line, err := alice.line()
		if err != nil {
			break
		}
		switch {
		case strings.HasPrefix(line, "REA "):
			answers++
		case line == "OUT":
			told = true
		default:
			t.Errorf("got %q", line)
		}
	}
	if answers > n/2 {
		t.Errorf("%d of %d commands were answered", answers, n)
	}
	if !told {
		t.Error("was not told")
	}
}

// Somebody whom thousands have on their lists can fetch the lists, which are
// longer then than what is queued for a client.
func TestListsOfSomebodyPopular(t *testing.T) {
	const watchers = 16000
	s := startPopular(t, watchers)
	alice := s.signIn(t, "alice@example.com", "pw")
	alice.send("SYN 4 0", "PNG")
	alice.expectLists(4, watchers)
	alice.expect("QNG*")
}

// So can somebody who asks for them again before having read any of them.
func TestListsAskedForManyTimes(t *testing.T) {
	const watchers, times = 3000, 6
	s := startPopular(t, watchers)
	alice := s.signIn(t, "alice@example.com", "pw")
	for i := range times {
		alice.send(fmt.Sprintf("SYN %d 0", i))
	}
	for i := range times {
		alice.expectLists(i, watchers)
	}
}

// startPopular has an account alice whom so many have on their lists.
func startPopular(t *testing.T, watchers int) *running {
	t.Helper()
	s := start(t, "[storage]\n[limits]\nenabled = false\n")
	s.addAccount(t, "alice@example.com", "pw", "Alice")
	err := s.database(t.Context(), fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO contacts (owner, handle, lists, name, guid)
		SELECT accounts.id, 'somebody-with-a-long-name-' || i || '@mail.example.com', 8, 'Somebody with a long name ' || i, 'g'
		FROM n, accounts`, watchers))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// expectLists reads the answer to SYN of somebody who is on so many lists.
func (p *peer) expectLists(trid, watchers int) {
	p.t.Helper()
	p.expect(fmt.Sprintf("SYN %d *", trid), fmt.Sprintf("GTC %d *", trid), fmt.Sprintf("BLP %d *", trid))
	for range 5 { // the phones
		p.words(fmt.Sprintf("PRP %d ", trid))
	}
	p.expect(fmt.Sprintf("LST %d FL *", trid), fmt.Sprintf("LST %d AL *", trid), fmt.Sprintf("LST %d BL *", trid))
	for i := range watchers {
		p.expect(fmt.Sprintf("LST %d RL 1 %d %d *", trid, i+1, watchers))
	}
}

// Nobody is in any number of conversations.
func TestManyConversations(t *testing.T) {
	s := start(t, "")
	s.addAccount(t, "alice@example.com", "pw", "Alice")
	alice := s.signIn(t, "alice@example.com", "pw")
	alice.send("CHG 4 NLN")
	alice.expect("CHG 4 NLN", "MSG Hotmail Hotmail *")
	for i := range switchboard.UsualSessionsPerUser + 1 {
		alice.send("XFR 5 SB")
		cookie := alice.words("XFR 5 SB ")[5]
		room := dial(t, s.address(t, config.RoleSwitchboard))
		room.send("USR 1 alice@example.com " + cookie)
		if i < switchboard.UsualSessionsPerUser {
			room.expect("USR 1 OK *")
		} else {
			room.expect("911 1")
		}
	}
}

// Who changes lists without pause is told to slow down: those whom the changes
// are about hear of each.
func TestManyListChanges(t *testing.T) {
	s := start(t, "")
	s.addAccount(t, "alice@example.com", "pw", "Alice")
	s.addAccount(t, "bob@example.com", "pw", "Bob")
	alice := s.signIn(t, "alice@example.com", "pw")
	refused := 0
	for range notification.UsualListChanges {
		alice.send("ADD 5 FL bob@example.com Bob", "REM 6 FL bob@example.com")
		for range 2 {
			line, err := alice.line()
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(line, "800 ") {
				refused++
			}
		}
	}
	if refused == 0 {
		t.Errorf("%d list changes were made at once", 2*notification.UsualListChanges)
	}
}
