package switchboard

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// client is the other end of a connection.
type client struct {
	*net.TCPConn
	t       testing.TB
	stage   *stage
	r       *bufio.Reader
	who     *person
	session string
	trid    int
}

func (s *stage) dial() *client {
	s.t.Helper()
	nc, err := new(net.Dialer).DialContext(s.t.Context(), "tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	c := &client{TCPConn: nc.(*net.TCPConn), t: s.t, stage: s, r: bufio.NewReader(nc), trid: 1}
	c.patient(patience)
	s.t.Cleanup(func() { _ = nc.Close() })
	return c
}

func (c *client) patient(d time.Duration) {
	if err := c.SetReadDeadline(time.Now().Add(d)); err != nil {
		c.t.Fatal(err)
	}
}

// send sends lines.
func (c *client) send(lines ...string) {
	c.t.Helper()
	c.write(strings.Join(lines, "\r\n") + "\r\n")
}

func (c *client) write(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		c.t.Fatal(err)
	}
}

// expect reads lines.
func (c *client) expect(lines ...string) {
	c.t.Helper()
	for _, want := range lines {
		got, err := c.r.ReadString('\n')
		if err != nil {
			c.t.Fatalf("want %q, got %q and %v", want, got, err)
		}
		if got != want+"\r\n" {
			c.t.Fatalf("got %q, want %q", got, want)
		}
	}
}

// payload reads what follows a line.
func (c *client) payload(want string) {
	c.t.Helper()
	got := make([]byte, len(want))
	if n, err := io.ReadFull(c.r, got); err != nil {
		c.t.Fatalf("the payload ends after %d octets: %v", n, err)
	}
	if string(got) != want {
		c.t.Fatalf("the payload is %q, want %q", got, want)
	}
}

// message is MSG as a client sends it.
func message(trid int, ack, payload string) string {
	return fmt.Sprintf("MSG %d %s %d\r\n%s", trid, ack, len(payload), payload)
}

// say sends a message.
func (c *client) say(ack, payload string) (trid int) {
	c.t.Helper()
	c.trid++
	c.write(message(c.trid, ack, payload))
	return c.trid
}

// hear expects a message of somebody.
func (c *client) hear(from *person, payload string) {
	c.t.Helper()
	c.expect(fmt.Sprintf("MSG %s %s %d", from.handle, from.name, len(payload)))
	c.payload(payload)
}

// call invites somebody, who rings.
func (c *client) call(who *person) rung {
	c.t.Helper()
	c.trid++
	c.send(fmt.Sprintf("CAL %d %s", c.trid, who.handle))
	c.expect(fmt.Sprintf("CAL %d RINGING %s", c.trid, c.session))
	return who.rung(c.t)
}

// closed expects the end of the connection, and nothing before it.
func (c *client) closed() {
	c.t.Helper()
	rest, err := io.ReadAll(c.r)
	if err != nil && !strings.Contains(err.Error(), "reset") {
		c.t.Fatalf("the connection is not closed: %v", err)
	}
	if len(rest) > 0 {
		c.t.Fatalf("before the end came %q", rest)
	}
}

// in expects that the member is in its session and that nothing was on its way to
// it: what comes next answers what is asked next.
func (c *client) in() {
	c.t.Helper()
	c.trid++
	c.send(fmt.Sprintf("CAL %d nobody", c.trid))
	c.expect(fmt.Sprintf("208 %d", c.trid))
}

func (c *client) hangUp() {
	c.t.Helper()
	if err := c.Close(); err != nil {
		c.t.Fatal(err)
	}
}

func itoa[T int | uint32](n T) string { return fmt.Sprint(n) }

// cutWord splits at the first dot.
func cutWord(s string) (before, after string, found bool) { return strings.Cut(s, ".") }
