package web

import (
	"io"
	"log/slog"
	"net"
	"net/http"
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
		srv := NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			defer close(over)
			_, _ = w.Write(make([]byte, 1<<20)) // nobody takes it
		}), slog.New(slog.DiscardHandler))
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
