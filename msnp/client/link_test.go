package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// newPipe is a link, and the server's end of it.
func newPipe(role msnp.Role) (*link, net.Conn) {
	client, server := net.Pipe()
	return newLink(client, "test", role, nil), server
}

// A writer whose context ends leaves the rest of its line to the next one.
func TestWriteContinues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, server := newPipe(msnp.Notification)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		failed := make(chan error)
		go func() { failed <- k.write(ctx, 0, []byte("CHG 1 BSY\r\n")) }()
		got := make([]byte, 5)
		_, err := io.ReadFull(server, got)
		check(t, err)
		if err := <-failed; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if err := k.write(ctx, 0, []byte("never written\r\n")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		go func() { failed <- k.write(t.Context(), 0, []byte("PNG\r\n")) }()
		rest := make([]byte, len(" BSY\r\nPNG\r\n"))
		_, err = io.ReadFull(server, rest)
		check(t, err)
		check(t, <-failed)
		if text := string(got) + string(rest); text != "CHG 1 BSY\r\nPNG\r\n" {
			t.Errorf("the server read %q", text)
		}
	})
}

// A server that takes nothing is given up, and the reader told why.
func TestWriteTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, server := newPipe(msnp.Notification)
		defer server.Close()
		begin := time.Now()
		err := k.write(t.Context(), 0, []byte("PNG\r\n"))
		if err == nil || time.Since(begin) < writeTimeout || time.Since(begin) > writeTimeout+time.Second {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
		if _, got := k.next(); got == nil || !errors.Is(got, err) {
			t.Errorf("the reader got %v, the writer %v", got, err)
		}
	})
}

// What was to be written before a soft reset is not written after it.
func TestWriteOfAnotherEra(t *testing.T) {
	k, server := newPipe(msnp.Notification)
	defer server.Close()
	if era := k.renew(); era != 1 {
		t.Errorf("era %d", era)
	}
	if err := k.write(t.Context(), 0, []byte("PNG\r\n")); !errors.Is(err, errStale) {
		t.Errorf("got %v", err)
	}
}

// Lines of every length come through, and only the bounds end it.
func TestReadBounds(t *testing.T) {
	for name, test := range map[string]struct {
		role msnp.Role
		text string
		ok   bool
	}{
		"a short line":          {msnp.Notification, "QNG\r\n", true},
		"the small buffer full": {msnp.Notification, "SND 1 " + strings.Repeat("x", idleBuffer-8) + "\r\n", true},
		"a longer line":         {msnp.Notification, "SND 1 " + strings.Repeat("x", idleBuffer) + "\r\n", true},
		"the large buffer full": {msnp.Notification, "SND 1 " + strings.Repeat("x", busyBuffer-8) + "\r\n", true},
		"the longest line":      {msnp.Notification, "SND 1 " + strings.Repeat("x", msnp.MaxLine-6) + "\r\n", true},
		"too long a line":       {msnp.Notification, "SND 1 " + strings.Repeat("x", msnp.MaxLine-5) + "\r\n", false},
		"no end of a line":      {msnp.Notification, strings.Repeat("x", msnp.MaxLine+2), false},
		"no end of blank lines": {msnp.Notification, strings.Repeat("\r\n", msnp.MaxLine), false},
		"the largest payload":   {msnp.Notification, "NOT 65536\r\n" + strings.Repeat("x", 65536), true},
		"too large a payload":   {msnp.Notification, "NOT 65537\r\n" + strings.Repeat("x", 65537), false},
		"on a switchboard":      {msnp.Switchboard, "MSG a b 1664\r\n" + strings.Repeat("x", 1664), true},
		"too much there":        {msnp.Switchboard, "MSG a b 1665\r\n" + strings.Repeat("x", 1665), false},
		"long name there":       {msnp.Switchboard, "JOI a " + strings.Repeat("x", 1018) + "\r\n", true},
		"too long there":        {msnp.Switchboard, "JOI a " + strings.Repeat("x", 1019) + "\r\n", false},
		"a huge length":         {msnp.Switchboard, "MSG a b 4294967295\r\n", false},
		"a negative length":     {msnp.Switchboard, "MSG a b -1\r\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			k, server := newPipe(test.role)
			behind := "QNG\r\n"
			if test.role == msnp.Switchboard {
				behind = "ACK 1\r\n"
			}
			go func() {
				_, _ = io.WriteString(server, test.text+behind)
				_ = server.Close()
			}()
			defer k.nc.Close()
			l, err := k.next()
			if (err == nil) != test.ok {
				t.Fatalf("got %v", err)
			}
			if cap(k.buf) > k.maxKept+busyBuffer {
				t.Errorf("a buffer of %d octets", cap(k.buf))
			}
			if !test.ok {
				return
			}
			if text := strings.TrimRight(test.text, "\r\n"); !strings.HasPrefix(text, l.Name()) || !strings.HasSuffix(text, string(l.Payload)) {
				t.Errorf("got %s with %d octets", l.Name(), len(l.Payload))
			}
			if l, err = k.next(); err != nil || l.Name() != behind[:3] {
				t.Errorf("behind it: %v", err)
			}
			_, _ = k.next()
			if &k.buf[0] != &k.small[0] || k.line != nil {
				t.Error("a buffer was not given back")
			}
		})
	}
}

// Whatever a server sends, the client neither hangs nor breaks.
func FuzzServer(f *testing.F) {
	for _, s := range transcripts {
		f.Add([]byte(serverLines(s.session, "VER")), []byte(""))
		f.Add(everything(s.session), []byte("USR 1 OK a b\r\nCAL 2 RINGING 1\r\nJOI bea@example.net Bea\r\nMSG bea@example.net Bea 3\r\nabcBYE bea@example.net 1\r\n"))
	}
	f.Add([]byte("VER 1 MSNP7\r\nINF 2 MD5\r\nXFR 3 NS 0\r\nVER 4 MSNP7\r\n"), []byte("911 1\r\n"))
	f.Fuzz(func(t *testing.T, ns, sb []byte) {
		o := Options{
			Notification: "ns.test:1864", Handle: "zed@example.net", Password: "s3cret!", Status: msnp.StatusOnline,
			Events: make(chan Event, 10), Patience: time.Millisecond,
			Dial: func(_ context.Context, _, server string) (net.Conn, error) {
				if server == "ns.test:1864" {
					return &recording{Reader: bytes.NewReader(ns)}, nil
				}
				return &recording{Reader: bytes.NewReader(sb)}, nil
			},
		}
		c, err := SignIn(soon(t), o)
		if err == nil {
			_, _ = c.Open(soon(t), "bea@example.net")
			c.Roster()
			check(t, c.SignOut(soon(t)))
		}
	})
}

// everything is all that the server says in a transcript.
func everything(script string) []byte {
	var text []byte
	for step := range strings.Lines(script) {
		if line, ok := strings.CutPrefix(strings.TrimSpace(step), "S: "); ok {
			text = append(text, unescape(line)...)
		}
	}
	return text
}

// recording is a connection to a server that has said everything already.
type recording struct {
	io.Reader
	net.Conn
}

func (r *recording) Read(p []byte) (int, error)     { return r.Reader.Read(p) }
func (*recording) Write(p []byte) (int, error)      { return len(p), nil }
func (*recording) Close() error                     { return nil }
func (*recording) SetReadDeadline(time.Time) error  { return nil }
func (*recording) SetWriteDeadline(time.Time) error { return nil }
