package benchmark

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/config"
)

// tunnel is a session of the HTTP gateway, over one connection.
type tunnel struct {
	p       *peer
	session string // what a request says of it
}

// post makes a request and gives what it is answered with.
func (u *tunnel) post(query, body string) ([]byte, error) {
	_, err := fmt.Fprintf(u.p.nc, "POST /gateway/gateway.dll?%s%s HTTP/1.1\r\nHost: g\r\nContent-Length: %d\r\n\r\n%s", query, u.session, len(body), body)
	if err != nil {
		return nil, err
	}
	a, err := http.ReadResponse(u.p.in, nil)
	if err != nil {
		return nil, err
	}
	got, err := io.ReadAll(a.Body)
	if a.StatusCode != http.StatusOK {
		err = errors.Join(err, errors.New(a.Status))
	}
	id, _, _ := strings.Cut(a.Header.Get("X-Msn-Messenger"), ";")
	u.session = id
	return got, errors.Join(err, a.Body.Close())
}

// tunnelled opens a conversation of one who comes by the gateway and one who is
// connected.
func tunnelled(b *testing.B, s service, handle, other string) (*tunnel, *peer) {
	b.Helper()
	a, c := arrived(b, s, handle), arrived(b, s, other)
	if err := a.send("XFR %d SB"); err != nil {
		b.Fatal(err)
	}
	transfer, err := a.until("XFR")
	if err != nil {
		b.Fatal(err)
	}
	p, err := dial(s.address(config.RoleGateway))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(p.close)
	u := &tunnel{p: p}
	b.Cleanup(func() { _, _ = u.post("", "OUT\r\n") })
	open, err := u.post("Action=open&Server=SB&IP=m&", "USR 1 "+handle+" "+transfer[5]+"\r\nCAL 2 "+other+"\r\n")
	if err != nil {
		b.Fatal(err, string(open))
	}
	ring, err := c.until("RNG")
	if err != nil {
		b.Fatal(err)
	}
	to, err := dial(s.address(config.RoleSwitchboard))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(to.close)
	if err := to.send("ANS %d %s %s %s", other, ring[4], ring[1]); err != nil {
		b.Fatal(err)
	}
	if _, err := to.until("ANS"); err != nil {
		b.Fatal(err)
	}
	for all := open; !bytes.Contains(all, []byte("JOI ")); {
		more, err := u.post("Action=poll&Lifespan=10&", "")
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, more...)
	}
	return u, to
}

// BenchmarkGateway has a client of the gateway and, in turns, one that is connected
// say something and wait until the switchboard has it; and then hear what another
// says. A turn is 4,000 messages.
func BenchmarkGateway(b *testing.B) {
	const messages = 4000
	s := serve(b, 4)
	u, far := tunnelled(b, s, handleOf(0), handleOf(1))
	direct, to, err := converse(s.address(config.RoleSwitchboard), arrived(b, s, handleOf(2)), arrived(b, s, handleOf(3)), handleOf(2), handleOf(3))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(direct.close)
	b.Cleanup(to.close)
	go func() { _, _ = io.Copy(io.Discard, far.nc) }() // to the end of the connection
	go func() { _, _ = io.Copy(io.Discard, to.nc) }()
	says := fmt.Sprintf("MSG 3 A %d\r\n%s", len(text), text)
	b.Run("say", func(b *testing.B) {
		through := func() error {
			got, err := u.post("", says)
			if string(got) != "ACK 3\r\n" {
				return errors.Join(err, fmt.Errorf("got %q", got))
			}
			return err
		}
		directly := func() error {
			if _, err := io.WriteString(direct.nc, says); err != nil {
				return err
			}
			_, err := direct.in.ReadString('\n')
			return err
		}
		turns(b, messages, each(messages, through), each(messages, directly))
	})
	b.Run("hear", func(b *testing.B) {
		burst := strings.Repeat(fmt.Sprintf("MSG 3 U %d\r\n%s", len(text), text), 100)
		size := func(user int) int {
			return 100 * (len(fmt.Sprintf("MSG %s User%%20%d %d\r\n", handleOf(user), user, len(text))) + len(text))
		}
		through := func() error {
			if _, err := io.WriteString(far.nc, burst); err != nil {
				return err
			}
			for left := size(1); left > 0; {
				got, err := u.post("Action=poll&Lifespan=10&", "")
				if err != nil {
					return err
				}
				left -= len(got)
			}
			return nil
		}
		directly := func() error {
			if _, err := io.WriteString(to.nc, burst); err != nil {
				return err
			}
			_, err := direct.in.Discard(size(3))
			return err
		}
		turns(b, messages, each(messages/100, through), each(messages/100, directly))
	})
}

// each does something so often.
func each(n int, do func() error) func() error {
	return func() error {
		for range n {
			if err := do(); err != nil {
				return err
			}
		}
		return nil
	}
}

// turns has both done in turns, and reports how many messages a second that is.
func turns(b *testing.B, messages float64, through, directly func() error) {
	b.Helper()
	timed := func(do func() error) float64 {
		began := time.Now()
		if err := do(); err != nil {
			b.Fatal(err)
		}
		return time.Since(began).Seconds()
	}
	var gateway, tcp, ratios []float64
	for b.Loop() {
		x, y := timed(through), timed(directly)
		gateway, tcp, ratios = append(gateway, messages/x), append(tcp, messages/y), append(ratios, 100*y/x)
	}
	b.ReportMetric(median(gateway), "msg/s")
	b.ReportMetric(median(tcp), "direct-msg/s")
	b.ReportMetric(median(ratios), "%-of-direct")
}
