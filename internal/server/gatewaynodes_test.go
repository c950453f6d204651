package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/control"
	"github.com/papilio-im/papilio/internal/ticket"
	"github.com/papilio-im/papilio/msnp"
)

// signInByTicket opens a session with a notification server and signs in with
// MSNP12.
func (u *tunnel) signInByTicket(handle, shown string) {
	u.t.Helper()
	u.open("NS", "VER 1 MSNP12 CVR0\r\n")
	u.expect("VER 1 MSNP12 CVR0")
	u.send("CVR 2 0x0409 win 4.10 i386 MSNMSGR 7.5.0324 MSMSGS " + handle + "\r\n")
	if line := u.next(); !strings.HasPrefix(line, "CVR 2 7.5.0324 ") {
		u.t.Fatalf("got %q", line)
	}
	u.send("USR 3 TWN I " + handle + "\r\n")
	if line := u.next(); !strings.HasPrefix(line, "USR 3 TWN S ") {
		u.t.Fatalf("got %q", line)
	}
	u.send("USR 4 TWN S " + shown + "\r\n")
	u.expect("USR 4 OK " + handle + " 1 0")
	u.expect("SBS 0 null")
	var size int
	if _, err := fmt.Sscanf(u.next(), "MSG Hotmail Hotmail %d", &size); err != nil {
		u.t.Fatal(err)
	}
	if profile := u.payload(size); !strings.Contains(profile, "\r\nClientIP: 127.0.0.1\r\nClientPort: 0\r\n") {
		u.t.Errorf("the profile is\n%s", profile)
	}
}

// awaits polls until a command comes that begins so, and passes over the others.
func (u *tunnel) awaits(begin string) string {
	u.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		line := u.next()
		if strings.HasPrefix(line, "XFR") {
			u.t.Errorf("the client hears %q", line)
		}
		if strings.HasPrefix(line, begin) {
			return line
		}
		var size int
		if words := strings.Fields(line); words[0] == "MSG" || words[0] == "UBX" {
			_, _ = fmt.Sscan(words[len(words)-1], &size)
			u.payload(size)
		}
	}
	u.t.Fatalf("in vain: %s", begin)
	return ""
}

// A client of the gateway has its account on one node, its session on another, and
// its requests come in on both. It talks with one that is connected, and neither
// notices that the account is moved.
func TestGatewayOfTwoNodes(t *testing.T) {
	s := newService(t)
	one, two := s.node("one", ""), s.node("two", "")
	s.settled(one, two)
	bea := people(t, one, one.address(t, config.RoleDispatch), "bea")[0]
	one.addAccount(t, "ada@example.net", "pw", "Ada")
	shown, err := one.ticket(t.Context(), "ada@example.net", ticket.ForSignIn)
	if err != nil {
		t.Fatal(err)
	}
	home, away := one, two
	if one.Shards()[cluster.ShardOf("ada@example.net")].Owner == "two" {
		home, away = two, one
	}
	u := newTunnel(t, away)
	u.signInByTicket("ada@example.net", shown)
	u.at = home.address(t, config.RoleGateway)
	u.dial()
	u.send("CHG 5 AWY 0\r\n")
	u.expect("CHG 5 AWY 0")
	if err := bea.Add(t.Context(), msnp.ForwardList, "ada@example.net", "Ada", msnp.NoGroup); err != nil {
		t.Fatal(err)
	}
	ada := func() msnp.Status { c, _ := bea.Contact("ada@example.net"); return c.Status }
	eventually(t, "bea sees ada", func() bool { return ada() == msnp.StatusAway })
	u.send("ADC 6 FL N=bea@example.net F=Bea\r\n")
	u.awaits("ADC 6 FL ")

	u.send("XFR 7 SB\r\n")
	transfer := strings.Fields(u.transferred("XFR 7 SB "))
	board := newTunnel(t, home)
	board.open("SB", "USR 1 ada@example.net "+transfer[5]+"\r\n")
	board.expect("USR 1 OK ada@example.net Ada")
	board.at = away.address(t, config.RoleGateway)
	board.dial()
	board.send("CAL 2 bea@example.net\r\n")
	board.awaits("JOI bea@example.net ")
	bea.forget()

	if err := home.Drain(t.Context(), control.Drain{Node: home.Node(), Rate: 500, Deadline: patience}); err != nil {
		t.Fatal(err)
	}
	u.send("PNG\r\n")
	u.awaits("QNG")
	eventually(t, "the account is on the other node", func() bool {
		w, err := away.Where(t.Context(), "ada@example.net")
		u.poll("")
		return err == nil && w.SignedIn && !w.Moving && w.Node == away.Node()
	})
	if ada() != msnp.StatusAway {
		t.Errorf("bea sees ada as %s", ada())
	}
	bea.undisturbed()
	if err := bea.SetStatus(t.Context(), msnp.StatusBusy); err != nil {
		t.Fatal(err)
	}
	u.awaits("NLN BSY bea@example.net ")
}

// transferred is awaits for the one XFR that a client asks for.
func (u *tunnel) transferred(begin string) string {
	u.t.Helper()
	line := u.next()
	for !strings.HasPrefix(line, begin) {
		line = u.next()
	}
	return line
}
