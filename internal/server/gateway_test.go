package server_test

import (
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/config"
)

// idText is the id of a session, whose octets no test can know.
var idText = regexp.MustCompile(`SessionID=[0-9]+\.[0-9]{39,}`)

// The requests are as old clients send them, and the answers are exact.
func TestGatewayRequests(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	const header = "Cache-Control: no-cache, no-store\r\n" +
		"Content-Length: %d\r\n" +
		"Content-Type: %s\r\n" +
		"X-MSN-Messenger: SessionID=ID; GW-IP=%s\r\n"
	const usual = "application/x-msn-messenger"
	const target = gatewayPath + "?Action=open&Server=NS&IP=messenger.hotmail.com"
	const ver = "VER 1 MSNP7 CVR0\r\n"
	type test struct{ name, request, status, header, body string }
	tests := []test{
		{"official", "POST http://gateway.messenger.hotmail.com" + target + " HTTP/1.1\r\n" +
			"Accept: */*\r\nAccept-Language: en-us\r\nAccept-Encoding: gzip, deflate\r\nUser-Agent: MSMSGS\r\n" +
			"Host: gateway.messenger.hotmail.com\r\nProxy-Connection: Keep-Alive\r\nConnection: Keep-Alive\r\nPragma: no-cache\r\n" +
			"Content-Type: application/x-msn-messenger\r\nContent-Length: 18\r\n\r\n" + ver,
			"HTTP/1.1 200 OK", fmt.Sprintf(header, 18, usual, "gateway.messenger.hotmail.com"), ver},
		{"origin form", "POST " + target + " HTTP/1.1\r\nHost: 203.0.113.10\r\nContent-Length: 18\r\n\r\n" + ver,
			"HTTP/1.1 200 OK", fmt.Sprintf(header, 18, usual, "203.0.113.10"), ver},
		{"host with a port", "POST " + target + " HTTP/1.1\r\nHost: 203.0.113.10:8080\r\nContent-Length: 18\r\n\r\n" + ver,
			"HTTP/1.1 200 OK", fmt.Sprintf(header, 18, usual, "203.0.113.10"), ver},
		{"no host", "POST " + target + " HTTP/1.0\r\nContent-Length: 18\r\n\r\n" + ver,
			"HTTP/1.0 200 OK", fmt.Sprintf(header, 18, usual, "127.0.0.1"), ver},
		{"through an old proxy", "POST " + target + " HTTP/1.0\r\nHost: g\r\nConnection: keep-alive\r\nContent-Length: 18\r\n\r\n" + ver,
			"HTTP/1.0 200 OK", fmt.Sprintf(header, 18, usual, "g") + "Connection: keep-alive\r\n", ver},
		{"empty body", "POST " + target + " HTTP/1.1\r\nHost: g\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: 0\r\n\r\n",
			"HTTP/1.1 200 OK", fmt.Sprintf(header, 0, usual, "g"), ""},
		{"empty session id", "POST " + gatewayPath + "?SessionID=&Action=open&Server=NS HTTP/1.1\r\nHost: g\r\nContent-Length: 18\r\n\r\n" + ver,
			"HTTP/1.1 200 OK", fmt.Sprintf(header, 18, usual, "g"), ver},
		{"nothing in the query", "POST " + gatewayPath + " HTTP/1.1\r\nHost: g\r\nContent-Length: 18\r\n\r\n" + ver,
			"HTTP/1.1 200 OK", fmt.Sprintf(header, 18, usual, "g"), ver},
		{"type asked for", "POST " + target + " HTTP/1.1\r\nHost: g\r\nContent-Type: text/html; charset=UTF-8\r\n" +
			"X-Requested-Session-Content-Type: text/html\r\nContent-Length: 18\r\n\r\n" + ver,
			"HTTP/1.1 200 OK", fmt.Sprintf(header, 18, "text/html", "g"), ver},
		{"blank lines first", "POST " + target + " HTTP/1.1\r\nHost: g\r\nContent-Length: 20\r\n\r\n\r\n" + ver,
			"HTTP/1.1 200 OK", fmt.Sprintf(header, 18, usual, "g"), ver},
		{"several commands", "POST " + target + " HTTP/1.1\r\nHost: g\r\nContent-Length: 25\r\n\r\n" + ver + "INF 2\r\n",
			"HTTP/1.1 200 OK", fmt.Sprintf(header, 29, usual, "g"), ver + "INF 2 MD5\r\n"},
		{"in pieces", "POST " + target + " HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nVER 1 MSN\r\n9\r\nP7 CVR0\r\n\r\n0\r\n\r\n",
			"HTTP/1.1 200 OK", fmt.Sprintf(header, 18, usual, "g"), ver},
		{"other method", "GET " + target + " HTTP/1.1\r\nHost: g\r\n\r\n",
			"HTTP/1.1 405 Method Not Allowed", "Allow: POST\r\nCache-Control: no-cache, no-store\r\nContent-Length: 0\r\n", ""},
		{"other action", "POST " + gatewayPath + "?Action=close&SessionID=1.2 HTTP/1.1\r\nHost: g\r\nContent-Length: 0\r\n\r\n",
			"HTTP/1.1 400 Bad Request", "Cache-Control: no-cache, no-store\r\nContent-Length: 0\r\n", ""},
		{"too much", "POST " + target + " HTTP/1.1\r\nHost: g\r\nContent-Length: 65537\r\n\r\n" + strings.Repeat("x", 65537),
			"HTTP/1.1 413 Request Entity Too Large", "Cache-Control: no-cache, no-store\r\nContent-Length: 0\r\n", ""},
	}
	for _, id := range []string{"1.2", "12345.340282366920938463463374607431768211455", "x", ".", "1", "1.", strings.Repeat("9", 500)} {
		tests = append(tests, test{"session " + id[:min(len(id), 9)], "POST " + gatewayPath + "?Action=poll&SessionID=" + id + " HTTP/1.1\r\nHost: g\r\nContent-Length: 0\r\n\r\n",
			"HTTP/1.1 400 Bad Request", "Cache-Control: no-cache, no-store\r\nContent-Length: 0\r\n", ""})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			u := newTunnel(t, s)
			a := u.raw(test.request)
			if strings.Contains(a.body, "VER") && len(a.body) < strings.Count(test.body, "\n")*9 {
				u.note(a) // the second answer has not come along
			}
			if got := idText.ReplaceAllString(a.header, "SessionID=ID"); a.status != test.status || got != test.header || a.body != test.body {
				t.Errorf("got\n%s\n%s\n%s\nwant\n%s\n%s\n%s", a.status, got, a.body, test.status, test.header, test.body)
			}
		})
	}
}

// Some clients wait to be told that they may send the body.
func TestGatewayTellsToContinue(t *testing.T) {
	t.Parallel()
	u := newTunnel(t, start(t, ""))
	u.write("POST " + gatewayPath + "?Action=open&Server=NS&IP=m HTTP/1.1\r\nHost: g\r\nExpect: 100-continue\r\nContent-Length: 18\r\n\r\n")
	if line, err := u.r.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" || err != nil {
		t.Fatalf("got %q, %v", line, err)
	}
	if line, err := u.r.ReadString('\n'); line != "\r\n" || err != nil {
		t.Fatalf("got %q, %v", line, err)
	}
	u.note(u.raw("VER 1 MSNP7 CVR0\r\n"))
	u.expect("VER 1 MSNP7 CVR0")
}

func TestGatewayProfile(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	s.addAccount(t, "ada@example.net", "secret", "Ada")
	newTunnel(t, s).signIn("ada@example.net", "secret", "Ada")
}

// A long answer is one piece, as long as it says, and as it is.
func TestGatewayLongAnswer(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	s.addAccount(t, "ada@example.net", "secret", "Ada")
	u := newTunnel(t, s)
	u.signIn("ada@example.net", "secret", "Ada")
	long := strings.Repeat("n", 60)
	for i := range 100 {
		handle := fmt.Sprintf("%s%d@example.net", long, i)
		s.addAccount(t, handle, "", long)
		u.send(fmt.Sprintf("ADD %d AL %s %s\r\n", 10+i, handle, long))
		u.next()
	}
	a := u.raw(fmt.Sprintf("POST %s?SessionID=%s HTTP/1.1\r\nHost: g\r\nAccept-Encoding: gzip, deflate\r\nContent-Length: 9\r\n\r\nSYN 9 0\r\n", gatewayPath, u.id))
	if len(a.body) < 10<<10 || !strings.HasPrefix(a.body, "SYN 9 ") || strings.Contains(a.header, "Encoding") {
		t.Errorf("%s\n%d octets: %.100s", a.header, len(a.body), a.body)
	}
}

// converses puts a client of the gateway and one that is connected directly into
// a conversation that the first has opened.
func (s *running) converses(t *testing.T, u *tunnel, p *peer, callee string) (board *tunnel, other *peer) {
	t.Helper()
	u.send("XFR 20 SB\r\n")
	var at, cookie string
	if _, err := fmt.Sscanf(u.next(), "XFR 20 SB %s CKI %s", &at, &cookie); err != nil {
		t.Fatal(err)
	}
	if at != s.address(t, config.RoleSwitchboard) {
		t.Errorf("sent to %s", at)
	}
	host, _, _ := net.SplitHostPort(at)
	board = newTunnel(t, s)
	board.post("Action=open&Server=SB&IP="+host, "USR 1 ada@example.net "+cookie+"\r\n")
	board.expect("USR 1 OK ada@example.net Ada")
	board.send("CAL 2 " + callee + "\r\n")
	var session string
	if _, err := fmt.Sscanf(board.next(), "CAL 2 RINGING %s", &session); err != nil {
		t.Fatal(err)
	}
	ring := p.words("RNG")
	other = dial(t, ring[2])
	other.send("ANS 1 " + callee + " " + ring[4] + " " + ring[1])
	other.expect("IRO 1 1 1 ada@example.net Ada", "ANS 1 OK")
	board.expect("JOI " + callee + " Bea")
	return board, other
}

func TestGatewayConversation(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	s.addAccount(t, "ada@example.net", "secret", "Ada")
	s.addAccount(t, "bea@example.net", "secret", "Bea")
	u := newTunnel(t, s)
	u.signIn("ada@example.net", "secret", "Ada")
	u.online()
	p := s.signIn(t, "bea@example.net", "secret")
	p.send("CHG 5 NLN")
	p.expect("CHG 5 NLN", "MSG Hotmail Hotmail *")
	board, other := s.converses(t, u, p, "bea@example.net")
	binary := strings.Repeat("\x00\r\n\xff MSG 1 N 3\r\n", 100)[:1202]
	board.send(fmt.Sprintf("MSG 3 A %d\r\n%s", len(binary), binary))
	board.expect("ACK 3")
	if got := other.message(fmt.Sprintf("MSG ada@example.net Ada %d", len(binary))); got != binary {
		t.Errorf("to the one that is connected came %q", got)
	}
	// Many at once, as of a file: all come, in order, whole.
	const pieces = 1000
	for i := range pieces {
		other.write(fmt.Sprintf("MSG %d N %d\r\n%s", 10+i, len(binary), piece(binary, i)))
	}
	for i := range pieces {
		board.expect(fmt.Sprintf("MSG bea@example.net Bea %d", len(binary)))
		if got := board.payload(len(binary)); got != piece(binary, i) {
			t.Fatalf("piece %d is %q", i, got)
		}
	}
	// Several commands in a body, and a command in two.
	board.send("MSG 30 N 2\r\nhiMSG 31 A 5\r\nthe")
	board.send("re")
	board.expect("ACK 31")
	if got := other.message("MSG ada@example.net Ada 2"); got != "hi" {
		t.Errorf("got %q", got)
	}
	if got := other.message("MSG ada@example.net Ada 5"); got != "there" {
		t.Errorf("got %q", got)
	}
	other.send("OUT")
	board.expect("BYE bea@example.net")
	board.send("OUT\r\n")
	if !board.over {
		t.Error("OUT has not ended the session")
	}
	a := board.raw("POST " + gatewayPath + "?SessionID=" + board.id + " HTTP/1.1\r\nHost: g\r\nContent-Length: 0\r\n\r\n")
	if a.status != "HTTP/1.1 400 Bad Request" {
		t.Errorf("after the end: %s", a.status)
	}
}

// piece is a message with a number in it.
func piece(text string, i int) string { return fmt.Sprintf("%08d", i) + text[8:] }

// message reads a message whose line is this, and gives its payload.
func (p *peer) message(line string) string {
	p.t.Helper()
	if got, err := p.r.ReadString('\n'); got != line+"\r\n" {
		p.t.Fatalf("want %q, got %q, %v", line, got, err)
	}
	n, err := strconv.Atoi(line[strings.LastIndexByte(line, ' ')+1:])
	if err != nil {
		p.t.Fatal(err)
	}
	payload := make([]byte, n)
	if _, err := io.ReadFull(p.r, payload); err != nil {
		p.t.Fatal(err)
	}
	return string(payload)
}

// callers are two people online through the gateway, Ada and Bea, of whom Ada has
// asked for a switchboard. It gives Bea's session and the words of Ada's answer.
func callers(t *testing.T, s *running) (bea *tunnel, transfer []string) {
	t.Helper()
	s.addAccount(t, "ada@example.net", "secret", "Ada")
	s.addAccount(t, "bea@example.net", "secret", "Bea")
	ada, bea := newTunnel(t, s), newTunnel(t, s)
	ada.signIn("ada@example.net", "secret", "Ada")
	bea.signIn("bea@example.net", "secret", "Bea")
	ada.online()
	bea.online()
	ada.send("XFR 6 SB\r\n")
	return bea, strings.Fields(ada.next())
}

// A client of the gateway that is called opens its session by ANS.
func TestGatewayAnswersCall(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	v, transfer := callers(t, s)
	a, b := newTunnel(t, s), newTunnel(t, s)
	a.open("SB", "") // some say nothing yet
	a.send("USR 1 ada@example.net " + transfer[5] + "\r\n")
	a.expect("USR 1 OK ada@example.net Ada")
	a.send("CAL 2 bea@example.net\r\n")
	a.next()
	ring := strings.Fields(v.next())
	b.open("SB", "ANS 1 bea@example.net "+ring[4]+" "+ring[1]+"\r\n")
	b.expect("IRO 1 1 1 ada@example.net Ada")
	b.expect("ANS 1 OK")
	a.expect("JOI bea@example.net Bea")
	// A cookie is good once, and only for whom it was made.
	for _, line := range []string{"USR 1 ada@example.net " + transfer[5], "USR 1 bea@example.net 1.2.3"} {
		c := newTunnel(t, s)
		c.open("SB", line+"\r\n")
		c.expect("911 1")
		c.ends()
	}
}

// What a client says is the address of the server is not dialled.
func TestGatewayDialsNoAddressOfClients(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	accepted := make(chan struct{})
	go func() {
		if c, err := ln.Accept(); err == nil {
			_ = c.Close()
			close(accepted)
		}
	}()
	u := newTunnel(t, s)
	u.post("Action=open&Server=NS&IP="+ln.Addr().String(), "VER 1 MSNP7 CVR0\r\n")
	u.expect("VER 1 MSNP7 CVR0")
	u = newTunnel(t, s)
	u.post("Action=open&Server=SB&IP="+ln.Addr().String(), "USR 1 ada@example.net 1.2.3\r\n")
	u.expect("911 1")
	select {
	case <-accepted:
		t.Error("the gateway has dialled what the client said")
	default:
	}
}

// A poll that waits is answered as soon as something comes, and at its end
// otherwise; the next request releases it.
func TestGatewayLongPoll(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	s.addAccount(t, "ada@example.net", "secret", "Ada")
	s.addAccount(t, "bea@example.net", "secret", "Bea")
	u := newTunnel(t, s)
	u.signIn("ada@example.net", "secret", "Ada")
	u.online()
	u.poll("Lifespan=1&")
	if u.got != "" {
		t.Errorf("at the end of its life a poll is answered with %q", u.got)
	}
	u.poll("Lifespan=never&")

	waiting := u.waits()
	if err := s.Alert(t.Context(), "ada@example.net", "tea"); err != nil {
		t.Fatal(err)
	}
	if a := waiting(); !strings.HasPrefix(a.body, "NOT ") {
		t.Errorf("something has come, and the poll is answered with %q", a.body)
	}

	waiting = u.waits()
	other := newTunnel(t, s)
	other.id = u.id
	other.send("PNG\r\n")
	if a := waiting(); a.body == "" {
		if line := other.next(); !strings.HasPrefix(line, "QNG") {
			t.Errorf("instead of the answer comes %q", line)
		}
	} else if !strings.HasPrefix(a.body, "QNG") {
		t.Errorf("released with %q", a.body)
	}
}

// waits begins a poll that waits, and gives what waits for its answer. The request
// may come in only after what the test does next: then it waits to its end.
func (u *tunnel) waits() func() reply {
	u.t.Helper()
	u.write("POST " + gatewayPath + "?Action=poll&Lifespan=10&SessionID=" + u.id + " HTTP/1.1\r\nHost: g\r\nContent-Length: 0\r\n\r\n")
	return u.answer
}

// What clients repeat because they have not seen the answer is done again.
func TestGatewayRepeatedRequest(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	s.addAccount(t, "ada@example.net", "secret", "Ada")
	u := newTunnel(t, s)
	u.signIn("ada@example.net", "secret", "Ada")
	for range 2 {
		u.dial()
		u.send("REA 7 ada@example.net Ada\r\n")
	}
	first, second := u.next(), u.next()
	if !strings.HasPrefix(first, "REA 7 ") || !strings.HasPrefix(second, "REA 7 ") {
		t.Errorf("got %q and %q", first, second)
	}
}

// Where switchboards are reached through gateways alone, the gateway's host
// stands in the place of theirs.
func TestGatewayStandsForSwitchboards(t *testing.T) {
	t.Parallel()
	s := start(t, "[switchboard]\ndirect = false\n[gateway]\nhost = \"gateway.example.net\"\n")
	v, transfer := callers(t, s)
	_, port, _ := net.SplitHostPort(s.address(t, config.RoleSwitchboard))
	want := "gateway.example.net:" + port
	if transfer[3] != want {
		t.Errorf("XFR names %s, want %s", transfer[3], want)
	}
	a := newTunnel(t, s)
	a.post("Action=open&Server=SB&IP=gateway.example.net", "USR 1 ada@example.net "+transfer[5]+"\r\n")
	a.expect("USR 1 OK ada@example.net Ada")
	a.send("CAL 2 bea@example.net\r\n")
	a.next()
	if ring := strings.Fields(v.next()); ring[0] != "RNG" || ring[2] != want {
		t.Errorf("rung with %q, want %s", ring, want)
	}
}

// A client that asks for nothing more is lost to those who see it, as one whose
// connection is.
func TestGatewayEndsWithService(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	s.addAccount(t, "ada@example.net", "secret", "Ada")
	u := newTunnel(t, s)
	u.signIn("ada@example.net", "secret", "Ada")
	s.stop()
	u.expect("OUT SSD")
	u.ends()
	select {
	case <-s.ended:
	case <-time.After(patience):
		t.Error("the service does not end")
	}
}
