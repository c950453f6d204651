package web

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipes listens to ends of pipes, which can be in a bubble.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if c, ok := <-p; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// A visitor who asks and does not read the answer is not waited for for ever.
func TestVisitorWhoDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		srv := NewServer(ServerOptions{Log: slog.New(slog.DiscardHandler), Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			defer close(over)
			_, _ = w.Write(make([]byte, 1<<20)) // nobody takes it
		})})
		ln := make(pipes, 1)
		client, server := net.Pipe()
		ln <- server
		go func() { _ = srv.Serve(ln) }()
		if _, err := io.WriteString(client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		select {
		case <-over:
		case <-time.After(10 * time.Minute):
			t.Error("still waits")
		}
		_ = client.Close()
		close(ln)
		_ = srv.Close()
		synctest.Wait()
	})
}

// A programming error ends one connection, is counted and says where it was; what
// may be secret in a request is in no log.
func TestPanicAndLog(t *testing.T) {
	var text lockedBuffer
	panics := 0
	srv := NewServer(ServerOptions{
		Log: slog.New(slog.NewTextHandler(&text, nil)), Wire: true, OnPanic: func() { panics++ },
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/bad" {
				panic("a mistake")
			}
			Reply(w, http.StatusTeapot, HTML, "")
		}),
	})
	ln := make(pipes, 2)
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = srv.Serve(ln)
	}()
	for _, c := range []struct{ path, want string }{{"/bad", ""}, {"/good?token=hidden", "HTTP/1.1 418 "}} {
		client, server := net.Pipe()
		ln <- server
		_ = client.SetDeadline(time.Now().Add(20 * time.Second))
		if _, err := io.WriteString(client, "GET "+c.path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(client)
		if !strings.HasPrefix(string(answer), c.want) || c.want == "" && len(answer) > 0 {
			t.Errorf("%s: %q %v", c.path, answer, err)
		}
		_ = client.Close()
	}
	close(ln)
	_ = srv.Close()
	<-served
	log := text.String()
	if panics != 1 || !strings.Contains(log, "a mistake") || !strings.Contains(log, "server_test.go") {
		t.Errorf("%d panics:\n%s", panics, log)
	}
	if !strings.Contains(log, "path=/good status=418") || strings.Contains(log, "hidden") {
		t.Errorf("log:\n%s", log)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
