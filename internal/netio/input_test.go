package netio

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
)

// lines answers each line with itself, as a server would.
func lines(c **Conn) func(buf []byte) (int, error) {
	return func(buf []byte) (int, error) {
		used := 0
		for {
			i := bytes.IndexByte(buf[used:], '\n')
			if i < 0 {
				return used, nil
			}
			line := buf[used : used+i+1]
			if string(line) == "bye\n" {
				return used, ErrClose
			}
			if err := (*c).QueueBytes(line); err != nil {
				return used, err
			}
			used += i + 1
		}
	}
}

// echo starts a connection that answers lines.
func echo(t testing.TB, wrap func(net.Conn) net.Conn, o Options) (*net.TCPConn, *hooks) {
	client, server := dial(t)
	c := NewConn(wrap(server), &o)
	h := &hooks{data: lines(&c)}
	run(t, c, h)
	return client, h
}

func TestSplitAtEveryByte(t *testing.T) {
	const text = "VER 1 MSNP7 MSNP6\r\nINF 2\r\nMSG 3 N 5\r\nUSR 4 MD5 I alice@example.org\r\n"
	kinds(t, func(t *testing.T, wrap func(net.Conn) net.Conn) {
		client, _ := echo(t, wrap, Options{})
		for i := 1; i < len(text); i++ {
			// The first part is answered as far as it has whole lines, so both
			// parts are seen alone by the server.
			whole := strings.LastIndexByte(text[:i], '\n') + 1
			write(t, client, text[:i])
			expect(t, client, text[:whole])
			write(t, client, text[i:])
			expect(t, client, text[whole:])
		}
		for i := range len(text) {
			write(t, client, text[i:i+1])
		}
		expect(t, client, text)
	})
}

// A line of any length up to the bound is taken, in a buffer that grows with it.
func TestGrowth(t *testing.T) {
	kinds(t, func(t *testing.T, wrap func(net.Conn) net.Conn) {
		const limit = 200 << 10 // beyond the largest pooled size
		client, _ := echo(t, wrap, Options{MaxInput: limit, MaxQueue: 1 << 20})
		for _, n := range []int{1, readSize - 1, readSize, readSize + 1, 3 * readSize, limit - 1} {
			line := strings.Repeat("x", n-1) + "\n"
			write(t, client, line)
			expect(t, client, line)
		}
	})
}

func TestInputTooLong(t *testing.T) {
	kinds(t, func(t *testing.T, wrap func(net.Conn) net.Conn) {
		client, h := echo(t, wrap, Options{MaxInput: 10 << 10})
		write(t, client, "first\n")
		expect(t, client, "first\n")
		write(t, client, strings.Repeat("x", 10<<10))
		if err := within(t, h.closed); !errors.Is(err, ErrInputTooLong) {
			t.Errorf("closed with %v", err)
		}
		expectEnd(t, client)
	})
}

// What a peer asks before it closes its side is answered.
func TestHalfClose(t *testing.T) {
	kinds(t, func(t *testing.T, wrap func(net.Conn) net.Conn) {
		client, h := echo(t, wrap, Options{})
		write(t, client, "one\ntwo\nthr")
		if err := client.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		expect(t, client, "one\ntwo\n")
		expectEnd(t, client)
		if err := within(t, h.closed); !errors.Is(err, io.EOF) {
			t.Errorf("closed with %v", err)
		}
	})
}

// While a connection waits it holds a buffer only for a piece of a message.
func TestIdleHoldsNoBuffer(t *testing.T) {
	type held struct {
		buffer bool
		bytes  int
	}
	client, server := dial(t)
	c := NewConn(server, nil)
	h := &hooks{data: lines(&c)}
	seen := make(chan held, 1)
	// A wake finds the connection as it was while it waited.
	h.wake = func() error {
		seen <- held{c.in.buf != nil, c.in.n}
		return nil
	}
	run(t, c, h)
	look := func() held {
		c.Wake()
		return within(t, seen)
	}
	if got := look(); got.buffer {
		t.Error("a new connection holds a buffer")
	}
	write(t, client, "line\n")
	expect(t, client, "line\n")
	if got := look(); got.buffer {
		t.Error("an idle connection holds a buffer")
	}
	write(t, client, "line\npie")
	expect(t, client, "line\n")
	if got := look(); got != (held{true, 3}) {
		t.Errorf("with a piece of a line: %+v", got)
	}
	write(t, client, "ce\n")
	expect(t, client, "piece\n")
	if got := look(); got.buffer {
		t.Error("the buffer was not given back")
	}
}

// The other kind of connection that the tests of this project use.
func TestPipe(t *testing.T) {
	client, server := net.Pipe()
	defer client.Close()
	c := NewConn(server, nil)
	h := &hooks{data: lines(&c)}
	run(t, c, h)
	write(t, client, "hello\n")
	expect(t, client, "hello\n")
	write(t, client, "bye\n")
	if err := within(t, h.closed); err != nil {
		t.Errorf("closed with %v", err)
	}
	expectEnd(t, client)
	if c.LocalAddr().IsValid() {
		t.Error("a pipe has an IP address")
	}
}

func TestAddresses(t *testing.T) {
	client, c := start(t, raw, Options{}, &hooks{})
	if got, want := c.RemoteAddr().String(), client.LocalAddr().String(); got != want {
		t.Errorf("remote %s, want %s", got, want)
	}
	if got, want := c.LocalAddr().String(), client.RemoteAddr().String(); got != want {
		t.Errorf("local %s, want %s", got, want)
	}
	mapped := AddrPort(&net.TCPAddr{IP: net.ParseIP("192.0.2.1").To16(), Port: 1863})
	if got := mapped.String(); got != "192.0.2.1:1863" {
		t.Errorf("an IPv4 address came as %s", got)
	}
}
