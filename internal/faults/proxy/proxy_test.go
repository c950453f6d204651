package proxy

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo is a server that says everything again.
func echo(t *testing.T) string {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer nc.Close()
				_, _ = io.Copy(nc, nc)
			}()
		}
	}()
	return ln.Addr().String()
}

// conn is a connection through a proxy.
type conn struct {
	t  *testing.T
	nc net.Conn
	r  *bufio.Reader
}

func dial(t *testing.T, address string) conn {
	t.Helper()
	nc, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	return conn{t, nc, bufio.NewReader(nc)}
}

func (c conn) say(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.nc, text+"\n"); err != nil {
		c.t.Fatal(err)
	}
}

func (c conn) hear(wait time.Duration) (string, error) {
	c.t.Helper()
	if err := c.nc.SetReadDeadline(time.Now().Add(wait)); err != nil {
		c.t.Fatal(err)
	}
	return c.r.ReadString('\n')
}

func (c conn) want(text string) {
	c.t.Helper()
	if got, err := c.hear(10 * time.Second); got != text+"\n" {
		c.t.Fatalf("heard %q, %v; want %q", got, err, text)
	}
}

func open(t *testing.T, servers ...string) *Proxy {
	t.Helper()
	p, err := Open(t.Context(), servers...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func TestHold(t *testing.T) {
	p := open(t, echo(t))
	old := dial(t, p.Addresses()[0])
	old.say("one")
	old.want("one")
	p.Cut(Hold)
	old.say("two")
	late := dial(t, p.Addresses()[0])
	late.say("three")
	for _, c := range []conn{old, late} {
		if got, err := c.hear(20 * time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("heard %q, %v while cut off", got, err)
		}
	}
	p.Heal()
	old.want("two")
	late.want("three")
}

func TestSever(t *testing.T) {
	p := open(t, echo(t), echo(t))
	a, b := dial(t, p.Addresses()[0]), dial(t, p.Addresses()[1])
	a.say("one")
	a.want("one")
	b.say("two")
	b.want("two")
	p.Cut(Sever)
	for _, c := range []conn{a, b, dial(t, p.Addresses()[1])} {
		if got, err := c.hear(10 * time.Second); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("heard %q, %v", got, err)
		}
	}
	p.Heal()
	c := dial(t, p.Addresses()[0])
	c.say("three")
	c.want("three")
}

func TestServerIsGone(t *testing.T) {
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := open(t, ln.Addr().String())
	ln.Close()
	if got, err := dial(t, p.Addresses()[0]).hear(10 * time.Second); !errors.Is(err, io.EOF) {
		t.Errorf("heard %q, %v", got, err)
	}
}

func TestCloseWhileCut(t *testing.T) {
	p := open(t, echo(t))
	c := dial(t, p.Addresses()[0])
	p.Cut(Hold)
	c.say("one")
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if got, err := c.hear(10 * time.Second); err == nil {
		t.Errorf("heard %q", got)
	}
	p.listeners = nil // for the cleanup, which closes again
}
