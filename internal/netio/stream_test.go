package netio

import (
	"bytes"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// stream is a connection that is no socket and can be waited for without a buffer.
type stream struct {
	net.Conn // what it does not have

	mu     sync.Mutex
	change *sync.Cond
	in     []byte
	out    bytes.Buffer
	eof    bool
	late   bool
	waits  func() // called by who waits for something to read
}

func newStream() *stream {
	s := new(stream)
	s.change = sync.NewCond(&s.mu)
	return s
}

func (s *stream) AwaitRead() error {
	s.waits()
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.in) == 0 && !s.eof {
		if s.late {
			return os.ErrDeadlineExceeded
		}
		s.change.Wait()
	}
	return nil
}

func (s *stream) TryRead(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := copy(p, s.in)
	if s.in = s.in[n:]; n == 0 && s.eof {
		return 0, io.EOF
	}
	return n, nil
}

// Read is called when there is something, so it need not wait.
func (s *stream) Read(p []byte) (int, error) { return s.TryRead(p) }

func (s *stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Write(p)
}

func (s *stream) says(text string, eof bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.in, s.eof = append(s.in, text...), eof
	s.change.Broadcast()
}

func (s *stream) SetReadDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.late = !t.IsZero() && !time.Now().Before(t)
	s.change.Broadcast()
	return nil
}

func (s *stream) SetDeadline(t time.Time) error    { return s.SetReadDeadline(t) }
func (s *stream) SetWriteDeadline(time.Time) error { return nil }
func (s *stream) Close() error                     { return nil }
func (s *stream) RemoteAddr() net.Addr             { return nil }

// A connection that is no socket holds no buffer while nothing comes, and its
// handler has heard all that had arrived before it is woken.
func TestStreamIsServedWithoutBuffer(t *testing.T) {
	s := newStream()
	var heard bytes.Buffer
	woken, closed := make(chan string, 1), make(chan error, 1)
	h := &hooks{
		data:   func(buf []byte) (int, error) { heard.Write(buf); return len(buf), nil },
		wake:   func() error { woken <- heard.String(); return nil },
		closed: closed,
	}
	c := NewConn(s, nil)
	s.waits = func() {
		if c.in.buf != nil {
			t.Error("it waits with a buffer")
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.Run(h)
	}()
	for _, text := range []string{"VER 1\r\n", "CVR 2\r\n"} {
		s.says(text, false)
		c.Wake()
		select {
		case had := <-woken:
			if !strings.HasSuffix(had, text) {
				t.Errorf("woken, it has heard %q", had)
			}
		case <-time.After(patience):
			t.Fatal("it is not woken")
		}
	}
	s.says("OUT\r\n", true)
	select {
	case err := <-closed:
		if err != io.EOF { //nolint:errorlint // handlers get it as it is
			t.Errorf("closed: %v", err)
		}
	case <-time.After(patience):
		t.Fatal("it goes on")
	}
	<-done
	if got := heard.String(); got != "VER 1\r\nCVR 2\r\nOUT\r\n" {
		t.Errorf("heard %q", got)
	}
}
