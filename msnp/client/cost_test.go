package client

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// patient is a connection to a server that has said everything, and stays.
type patient struct {
	recording
	once   sync.Once
	closed chan struct{}
}

func (p *patient) Read(b []byte) (int, error) {
	if n, err := p.Reader.Read(b); n > 0 {
		return n, err
	}
	<-p.closed
	return 0, net.ErrClosed
}

func (p *patient) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// patientDial dials servers that all say the same.
func patientDial(text []byte) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		return patientConn(bytes.NewReader(text)), nil
	}
}

func patientConn(says io.Reader) net.Conn {
	return &patient{recording: recording{Reader: says}, closed: make(chan struct{})}
}

// fifty is what a server says to somebody with fifty contacts.
func fifty() []byte {
	var lists strings.Builder
	for _, list := range []string{"FL", "AL", "BL", "RL"} {
		for i := range 50 {
			switch list {
			case "BL":
				if i == 0 {
					lists.WriteString("LST 5 BL 41 0 0\r\n")
				}
				continue
			case "FL":
				fmt.Fprintf(&lists, "LST 5 FL 41 %d 50 contact%d@example.net Contact%%20%d 0\r\n", i+1, i, i)
			default:
				fmt.Fprintf(&lists, "LST 5 %s 41 %d 50 contact%d@example.net Contact%%20%d\r\n", list, i+1, i, i)
			}
		}
	}
	return []byte("VER 1 MSNP7\r\nINF 2 MD5\r\nUSR 3 MD5 S " + salt + "\r\nUSR 4 OK zed@example.net Zed 1\r\n" +
		"SYN 5 41\r\n" + lists.String() + "CHG 6 NLN\r\nCVR 7 1 1 1 x y\r\n")
}

// An idle client is small: bench and tests run tens of thousands.
func TestIdleMemory(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("memory is measured without the race detector")
	}
	for name, test := range map[string]struct {
		text  []byte
		sync  bool
		limit uint64
	}{
		"nothing synchronised": {[]byte("VER 1 MSNP7\r\nINF 2 MD5\r\nUSR 3 MD5 S " + salt + "\r\nUSR 4 OK zed@example.net Zed 1\r\nCHG 5 NLN\r\nCVR 6 1 1 1 x y\r\n"), false, 10 << 10},
		"fifty contacts":       {fifty(), true, 20 << 10},
	} {
		t.Run(name, func(t *testing.T) {
			const count = 2000
			o := Options{
				Notification: "ns.test:1864", Handle: "zed@example.net", Password: "s3cret!", Status: msnp.StatusOnline,
				NoSync: !test.sync, Dial: patientDial(test.text), OnEvent: func(*Client, Event) {},
			}
			ctx := soon(t)
			before := memory()
			clients := make([]*Client, count)
			for i := range clients {
				c, err := SignIn(ctx, o)
				check(t, err)
				clients[i] = c
			}
			each := uint64(max(int64(memory())-int64(before), 0)) / count // what others held may be gone meanwhile
			t.Logf("%d octets a client", each)
			if each > test.limit {
				t.Errorf("%d octets a client, more than %d", each, test.limit)
			}
			for _, c := range clients {
				check(t, c.SignOut(t.Context()))
			}
		})
	}
}

// memory is what heap and stacks hold after collection.
func memory() uint64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
		<-time.After(10 * time.Millisecond)
	}
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

func BenchmarkSignIn(b *testing.B) {
	for name, text := range map[string][]byte{"fifty contacts": fifty()} {
		b.Run(name, func(b *testing.B) {
			o := Options{
				Notification: "ns.test:1864", Handle: "zed@example.net", Password: "s3cret!", Status: msnp.StatusOnline,
				Dial: patientDial(text),
			}
			b.ReportAllocs()
			for b.Loop() {
				c, err := SignIn(b.Context(), o)
				if err != nil {
					b.Fatal(err)
				}
				_ = c.SignOut(b.Context())
			}
		})
	}
}

// repeated is a text so many times.
type repeated struct {
	text string
	left int // times
	at   int // in text
}

func (r *repeated) Read(p []byte) (n int, err error) {
	for n < len(p) && r.left > 0 {
		copied := copy(p[n:], r.text[r.at:])
		n += copied
		if r.at += copied; r.at == len(r.text) {
			r.at = 0
			r.left--
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// benchTalk is a conversation with a switchboard that sends so many messages and
// then ends it, or if there are none stays.
func benchTalk(b *testing.B, messages int, onEvent func(*Client, Event)) *Conversation {
	const message = "MSG bea@example.net Bea%20B 76\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nDinner at 8?\r\n"
	o := Options{
		Notification: "ns.test:1864", Handle: "zed@example.net", Password: "s3cret!", NoSync: true, OnEvent: onEvent,
		Dial: func(_ context.Context, _, server string) (net.Conn, error) {
			if server == "ns.test:1864" {
				return patientConn(strings.NewReader("VER 1 MSNP7\r\nINF 2 MD5\r\nUSR 3 OK zed@example.net Zed 1\r\nCVR 5 1 1 1 x y\r\nRNG 1 sb.test:1 CKI 1 bea@example.net Bea\r\n")), nil
			}
			hello := strings.NewReader("ANS 1 OK\r\n")
			if messages == 0 {
				return patientConn(hello), nil
			}
			return &recording{Reader: io.MultiReader(hello, &repeated{text: message, left: messages})}, nil
		},
	}
	answered := make(chan *Conversation, 1)
	o.OnEvent = func(c *Client, e Event) {
		if e, ok := e.(Answered); ok {
			answered <- e.Conversation
		}
		onEvent(c, e)
	}
	c, err := SignIn(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.SignOut(context.Background()) })
	return <-answered
}

// BenchmarkPost is what a message costs its sender, but for the system.
func BenchmarkPost(b *testing.B) {
	v := benchTalk(b, 0, func(*Client, Event) {})
	payload := TextPayload("Dinner at 8?")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Post(b.Context(), msnp.AckNone, payload); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReceive is what a message costs its receiver, event included.
func BenchmarkReceive(b *testing.B) {
	count, done := 0, make(chan struct{})
	b.ReportAllocs()
	benchTalk(b, b.N, func(_ *Client, e Event) {
		switch e.(type) {
		case Message:
			count++
		case Ended:
			close(done)
		}
	})
	<-done
	if count != b.N {
		b.Errorf("%d messages, want %d", count, b.N)
	}
}
