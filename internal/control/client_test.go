package control

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/account"
)

// answering runs what answers on the socket of a data folder.
func answering(t *testing.T, h http.Handler) *Client {
	t.Helper()
	data, err := os.MkdirTemp("", "papilio") // a short path: there is a socket in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(data) })
	ln, err := Listen(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	server, ended := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}, make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(ln) // until Close
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-ended
	})
	c, err := Dial(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func wantSays(t *testing.T, err error, says string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("%v: does not say %q", err, says)
	}
}

// A service that is frozen still takes connections. Nobody waits for it for ever.
func TestFrozenService(t *testing.T) {
	thaw := make(chan struct{})
	c := answering(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-thaw }))
	defer close(thaw)
	c.http.Timeout = 50 * time.Millisecond
	_, err := c.Nodes(t.Context())
	wantSays(t, err, "has not answered for 50ms: it is frozen")
	c.http.Timeout = 0
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	wantSays(t, c.Undrain(ctx, "one"), "stopped before the running service had answered")
}

// A service that is killed in the middle of an answer is told from one that has
// something to say.
func TestServiceThatGoesAway(t *testing.T) {
	c := answering(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.Close()
	}))
	wantSays(t, c.Session(t.Context(), "anna@example.com", "close", ""), "went away before it had answered")
}

// What a service of another release has no answer for is not taken for an account
// that there is not.
func TestOtherRelease(t *testing.T) {
	c := answering(t, http.NewServeMux())
	err := c.Undrain(t.Context(), "one")
	wantSays(t, err, "another release")
	if errors.Is(err, account.ErrNotFound) {
		t.Error(err)
	}
	c = answering(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("OK")) }))
	_, err = c.Shards(t.Context())
	wantSays(t, err, "another release")
}

// Errors that the command line acts on come through as what they are, with the
// words of the service.
func TestProblems(t *testing.T) {
	for name, known := range problems {
		c := answering(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			answer(w, errors.Join(known, errors.New("and more of "+name)))
		}))
		err := c.Account(t.Context(), "anna@example.com", "ban")
		if !errors.Is(err, known) {
			t.Errorf("%s: %v", name, err)
		}
		wantSays(t, err, "and more of "+name)
	}
}

func TestSocketOfTheDead(t *testing.T) {
	data, err := os.MkdirTemp("", "papilio")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(data) })
	if _, err := Dial(t.Context(), data); !errors.Is(err, ErrNotRunning) {
		t.Errorf("no socket: %v", err)
	}
	first, err := Listen(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(t.Context(), data); !errors.Is(err, ErrRunning) {
		t.Errorf("two services: %v", err)
	}
	first.(*net.UnixListener).SetUnlinkOnClose(false) // as if it was killed
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(t.Context(), data); !errors.Is(err, ErrNotRunning) {
		t.Errorf("a dead one's socket: %v", err)
	}
	second, err := Listen(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

// Who may not look does not hear that nothing runs.
func TestSocketOfSomebodyElse(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may look everywhere")
	}
	data := t.TempDir()
	if err := os.Chmod(data, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(data, 0o700) })
	_, err := Dial(t.Context(), data)
	wantSays(t, err, "as the user that it runs as")
}
