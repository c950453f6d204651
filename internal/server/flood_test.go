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
	s := start(t, "[storage]\n[limits]\nenabled = false\n")
	s.addAccount(t, "alice@example.com", "pw", "Alice")
	err := s.database(t.Context(), fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO contacts (owner, handle, lists, name, guid)
		SELECT accounts.id, 'somebody-with-a-long-name-' || i || '@mail.example.com', 8, 'Somebody with a long name ' || i, 'g'
		FROM n, accounts`, watchers))
	if err != nil {
		t.Fatal(err)
	}
	alice := s.signIn(t, "alice@example.com", "pw")
	alice.send("SYN 4 0", "PNG")
	alice.expect("SYN 4 *", "GTC 4 *", "BLP 4 *")
	for range 5 { // the phones
		alice.words("PRP 4 ")
	}
	alice.expect("LST 4 FL *", "LST 4 AL *", "LST 4 BL *")
	for i := range watchers {
		alice.expect(fmt.Sprintf("LST 4 RL 1 %d %d *", i+1, watchers))
	}
	alice.expect("QNG*")
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
