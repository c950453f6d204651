package server_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/msnp"
)

// tunnel is a client of the HTTP gateway that sends and gets raw octets.
type tunnel struct {
	t    testing.TB
	at   string // of the gateway, for the next connection
	conn net.Conn
	r    *bufio.Reader
	id   string // of the session
	over bool   // the gateway has said so
	got  string // commands that were not asked for yet
}

const gatewayPath = "/gateway/gateway.dll"

func newTunnel(t testing.TB, s *running) *tunnel {
	u := &tunnel{t: t, at: s.address(t, config.RoleWeb)}
	t.Cleanup(u.leave)
	return u
}

// leave ends the session, if it goes on, so that nobody waits for its client.
func (u *tunnel) leave() {
	defer u.hangUp()
	if u.id == "" || u.over {
		return
	}
	u.hangUp()
	conn, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", u.at)
	if err != nil {
		return // the service has gone
	}
	u.conn = conn
	_, _ = fmt.Fprintf(conn, "POST %s?SessionID=%s HTTP/1.1\r\nHost: g\r\nContent-Length: 5\r\n\r\nOUT\r\n", gatewayPath, u.id)
	_, _ = readReply(bufio.NewReader(conn))
}

func (u *tunnel) hangUp() {
	if u.conn != nil {
		_ = u.conn.Close()
		u.conn = nil
	}
}

// dial connects anew.
func (u *tunnel) dial() {
	u.t.Helper()
	u.hangUp()
	conn, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", u.at)
	if err != nil {
		u.t.Fatal(err)
	}
	u.conn, u.r = conn, bufio.NewReader(conn)
	_ = conn.SetDeadline(time.Now().Add(2 * patience))
}

// reply is what came, with its header as it stands on the wire.
type reply struct {
	status string
	header string // without the date
	body   string
}

// raw sends octets and reads one answer.
func (u *tunnel) raw(request string) reply {
	u.t.Helper()
	u.write(request)
	return u.answer()
}

func (u *tunnel) write(request string) {
	u.t.Helper()
	if u.conn == nil {
		u.dial()
	}
	if _, err := io.WriteString(u.conn, request); err != nil {
		u.t.Fatal(err)
	}
}

var contentLength = regexp.MustCompile(`(?m)^Content-Length: (\d+)\r$`)

func (u *tunnel) answer() reply {
	u.t.Helper()
	a, err := readReply(u.r)
	if err != nil {
		u.t.Fatal(err)
	}
	return a
}

func readReply(r *bufio.Reader) (a reply, err error) {
	if a.status, err = r.ReadString('\n'); err != nil {
		return a, err
	}
	a.status = strings.TrimSuffix(a.status, "\r\n")
	length := 0
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return a, err
		}
		if line == "\r\n" {
			break
		}
		if m := contentLength.FindStringSubmatch(line); m != nil {
			_, _ = fmt.Sscan(m[1], &length)
		}
		if !strings.HasPrefix(line, "Date: ") {
			a.header += line
		}
	}
	body := make([]byte, length)
	_, err = io.ReadFull(r, body)
	a.body = string(body)
	return a, err
}

var stateLine = regexp.MustCompile(`(?m)^X-MSN-Messenger: SessionID=(\d+\.\d+); GW-IP=([^;\r]+)(; Session=close)?\r$`)

// post makes a request, and takes note of what it says of the session.
func (u *tunnel) post(query, body string) reply {
	u.t.Helper()
	a := u.raw(fmt.Sprintf("POST %s?%s HTTP/1.1\r\nHost: gateway.messenger.hotmail.com\r\nContent-Length: %d\r\n\r\n%s",
		gatewayPath, query, len(body), body))
	u.note(a)
	return a
}

func (u *tunnel) note(a reply) {
	u.t.Helper()
	if a.status != "HTTP/1.1 200 OK" {
		u.t.Fatalf("answer: %s", a.status)
	}
	m := stateLine.FindStringSubmatch(a.header)
	if m == nil {
		u.t.Fatalf("header:\n%s", a.header)
	}
	u.id, u.over = m[1], m[3] != ""
	u.got += a.body
}

// open begins a session.
func (u *tunnel) open(server, body string) {
	u.t.Helper()
	u.post("Action=open&Server="+server+"&IP=192.0.2.1", body)
}

func (u *tunnel) send(body string)  { u.t.Helper(); u.post("SessionID="+u.id, body) }
func (u *tunnel) poll(query string) { u.t.Helper(); u.post("Action=poll&"+query+"SessionID="+u.id, "") }

// next gives the next command, without its payload, and polls for it if need be.
func (u *tunnel) next() string {
	u.t.Helper()
	for end := time.Now().Add(patience); !strings.Contains(u.got, "\r\n"); {
		if u.over {
			u.t.Fatal("the session is over")
		}
		if time.Now().After(end) {
			u.t.Fatal("nothing comes")
		}
		u.poll("Lifespan=10&")
	}
	line, rest, _ := strings.Cut(u.got, "\r\n")
	u.got = rest
	return line
}

// ends waits until the gateway says that the session is over.
func (u *tunnel) ends() {
	u.t.Helper()
	for end := time.Now().Add(patience); !u.over; {
		if time.Now().After(end) {
			u.t.Fatal("the session goes on")
		}
		u.poll("Lifespan=10&")
	}
}

// payload gives n octets.
func (u *tunnel) payload(n int) string {
	u.t.Helper()
	if len(u.got) < n {
		u.t.Fatalf("the payload is not with its command: %q", u.got)
	}
	p := u.got[:n]
	u.got = u.got[n:]
	return p
}

func (u *tunnel) expect(want string) {
	u.t.Helper()
	if got := u.next(); got != want {
		u.t.Fatalf("got  %q\nwant %q", got, want)
	}
}

// signIn opens a session with a notification server and signs in with MSNP7. It
// gives the profile message.
func (u *tunnel) signIn(handle, password, name string) string {
	u.t.Helper()
	u.open("NS", "VER 1 MSNP7 CVR0\r\n")
	u.expect("VER 1 MSNP7 CVR0")
	u.send("INF 2\r\n")
	u.expect("INF 2 MD5")
	u.send("USR 3 MD5 I " + handle + "\r\n")
	var salt string
	if _, err := fmt.Sscanf(u.next(), "USR 3 MD5 S %s", &salt); err != nil {
		u.t.Fatal(err)
	}
	u.send("USR 4 MD5 S " + msnp.MD5Response(salt, password) + "\r\n")
	u.expect("USR 4 OK " + handle + " " + string(msnp.Encode(name)) + " 1")
	var size int
	if _, err := fmt.Sscanf(u.next(), "MSG Hotmail Hotmail %d", &size); err != nil {
		u.t.Fatal(err)
	}
	return u.payload(size)
}

// online sets the first status, and reads what comes with it: news of mails, and
// the question whether the client is one.
func (u *tunnel) online() {
	u.t.Helper()
	u.send("CHG 5 NLN\r\n")
	u.expect("CHG 5 NLN")
	var size int
	if _, err := fmt.Sscanf(u.next(), "MSG Hotmail Hotmail %d", &size); err != nil {
		u.t.Fatal(err)
	}
	u.payload(size)
	if line := u.next(); !strings.HasPrefix(line, "CHL 0 ") {
		u.t.Fatalf("instead of a challenge comes %q", line)
	}
}
