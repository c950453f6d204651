package server_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/msnp"
)

// patience is how long something that must come may take.
const patience = 2 * time.Minute

// peer is a connection to a service, for what is not said line by line in a
// transcript.
type peer struct {
	*net.TCPConn
	t testing.TB
	r *bufio.Reader
}

func dial(t testing.TB, address string) *peer {
	t.Helper()
	nc, err := (&net.Dialer{Timeout: patience}).DialContext(context.Background(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	p := &peer{TCPConn: nc.(*net.TCPConn), t: t, r: bufio.NewReader(nc)}
	p.wait(patience)
	return p
}

// wait sets how long everything that is to come may take from now on.
func (p *peer) wait(d time.Duration) {
	p.t.Helper()
	if err := p.SetDeadline(time.Now().Add(d)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) send(lines ...string) {
	p.t.Helper()
	p.write(strings.Join(lines, "\r\n") + "\r\n")
}

func (p *peer) write(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p, text); err != nil {
		p.t.Fatal(err)
	}
}

// line reads a line, and the payload of a MSG.
func (p *peer) line() (string, error) {
	line, err := p.r.ReadString('\n')
	if err != nil {
		return line, err
	}
	line = strings.TrimSuffix(line, "\r\n")
	if strings.HasPrefix(line, "MSG ") {
		size, err := strconv.Atoi(line[strings.LastIndexByte(line, ' ')+1:])
		if err != nil {
			return line, err
		}
		_, err = p.r.Discard(size)
		return line, err
	}
	return line, nil
}

// expect reads lines. One that ends in * has to begin so.
func (p *peer) expect(lines ...string) {
	p.t.Helper()
	for _, want := range lines {
		got, err := p.line()
		if err != nil {
			p.t.Fatalf("want %q: %v", want, err)
		}
		if begin, ok := strings.CutSuffix(want, "*"); got != want && (!ok || !strings.HasPrefix(got, begin)) {
			p.t.Fatalf("want %q, got %q", want, got)
		}
	}
}

// words reads a line that begins so, and gives its words.
func (p *peer) words(begin string) []string {
	p.t.Helper()
	got, err := p.line()
	if err != nil || !strings.HasPrefix(got, begin) {
		p.t.Fatalf("want %s ..., got %q, %v", begin, got, err)
	}
	return strings.Fields(got)
}

// signIn signs an account in with MSNP5, which is not challenged.
func (s *running) signIn(t testing.TB, handle, password string) *peer {
	t.Helper()
	p := dial(t, s.address(t, config.RoleNotification))
	p.send("VER 1 MSNP5 CVR0", "USR 2 MD5 I "+handle)
	p.expect("VER 1 MSNP5 CVR0")
	salt := p.words("USR 2 MD5 S ")[4]
	p.send("USR 3 MD5 S " + msnp.MD5Response(salt, password))
	p.expect("USR 3 OK "+handle+" *", "MSG Hotmail Hotmail *")
	return p
}

// converse opens a conversation of people who are signed in and have a status,
// by their handles, and gives their connections to it.
func (s *running) converse(t testing.TB, handles []string, people []*peer) []*peer {
	t.Helper()
	people[0].send("XFR 90 SB")
	cookie := people[0].words("XFR 90 SB ")[5]
	first := dial(t, s.address(t, config.RoleSwitchboard))
	first.send("USR 1 " + handles[0] + " " + cookie)
	first.expect("USR 1 OK *")
	members := []*peer{first}
	for i, handle := range handles[1:] {
		first.send(fmt.Sprintf("CAL 2 %s", handle))
		session := first.words("CAL 2 RINGING ")[3]
		cookie := people[i+1].words("RNG " + session)[4]
		p := dial(t, s.address(t, config.RoleSwitchboard))
		p.send(fmt.Sprintf("ANS 1 %s %s %s", handle, cookie, session))
		for range members {
			p.expect("IRO 1 *")
		}
		p.expect("ANS 1 OK")
		for _, m := range members {
			m.expect("JOI " + handle + " *")
		}
		members = append(members, p)
	}
	return members
}

// eventually waits until something becomes true that nothing announces.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !is(); <-tick.C {
		if time.Now().After(end) {
			t.Fatal("not so in time: " + what)
		}
	}
}
