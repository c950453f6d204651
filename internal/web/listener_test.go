package web

import (
	"bufio"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// A server that has not read everything waits half a second before it closes.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

// serve runs a server on a free port until the test ends.
func serve(t *testing.T, h http.Handler, per *PerAddress) string {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := NewServer(ServerOptions{Handler: h, Log: slog.New(slog.DiscardHandler)})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(NewListener(ln, ListenerOptions{PerAddress: per}))
	}()
	t.Cleanup(func() {
		_ = srv.Close()
		<-done
	})
	return ln.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

// exchange sends pieces one after another and gives what comes back until the
// server closes.
func exchange(t *testing.T, address string, pieces ...string) string {
	t.Helper()
	c := dial(t, address)
	for _, p := range pieces {
		if _, err := io.WriteString(c, p); err != nil {
			t.Fatal(err)
		}
	}
	answer, err := io.ReadAll(c)
	if err != nil {
		t.Errorf("after %q: %v", answer, err)
	}
	return string(answer)
}

func TestFirstLine(t *testing.T) {
	at := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := Body(w, r, 100)
		Reply(w, http.StatusOK, HTML, r.Method+" "+r.URL.Path+" "+r.Host+" "+string(body), Header{"PassportURLs", "x"})
	}), nil)
	for name, c := range map[string]struct {
		send []string
		want string // of the status line and the body
	}{
		"no version":         {[]string{"GET /rdr/pprdr.asp\r\n\r\n"}, "HTTP/1.0 200 OK GET /rdr/pprdr.asp  "},
		"no version, bare":   {[]string{"GET /rdr/pprdr.asp\n"}, "HTTP/1.0 200 OK GET /rdr/pprdr.asp  "},
		"no version, split":  {[]string{"G", "ET /rdr", "/pprdr.asp\r", "\n\r\n"}, "HTTP/1.0 200 OK GET /rdr/pprdr.asp  "},
		"no version, header": {[]string{"GET /x\r\nHost: y\r\n\r\n"}, "HTTP/1.0 200 OK GET /x y "},
		"1.0":                {[]string{"GET /x HTTP/1.0\r\n\r\n"}, "HTTP/1.0 200 OK GET /x  "},
		"1.1":                {[]string{"GET /x HTTP/1.1\r\nHost: y\r\nConnection: close\r\n\r\n"}, "HTTP/1.1 200 OK GET /x y "},
		"1.1 through a proxy": {[]string{"GET http://y/x HTTP/1.1\r\nHost: y\r\nConnection: close\r\n\r\n"},
			"HTTP/1.1 200 OK GET /x y "},
		"post": {[]string{"POST /x HTTP/1.1\r\nHost: y\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbo", "dy"},
			"HTTP/1.1 200 OK POST /x y body"},
		"post without a length": {[]string{"POST /x HTTP/1.1\r\nHost: y\r\nConnection: close\r\n\r\n"}, "HTTP/1.1 200 OK POST /x y "},
		"post with length 0":    {[]string{"POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n"}, "HTTP/1.0 200 OK POST /  "},
		"noise":                 {[]string{"\x16\x03\x00 x\r\n\r\n"}, "HTTP/1.1 400 Bad Request 400 Bad Request"},
		"one word":              {[]string{"QUIT\r\n\r\n"}, "HTTP/1.1 400 Bad Request 400 Bad Request"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := exchange(t, at, c.send...)
			status, rest, _ := strings.Cut(answer, "\r\n")
			header, body, _ := strings.Cut(rest, "\r\n\r\n")
			if got := status + " " + body; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if strings.Contains(status, "200") && (!strings.Contains(header, "\r\nPassportURLs: x") || !strings.Contains(header, "Content-Length: ")) {
				t.Errorf("header:\n%s", header)
			}
		})
	}
}

func TestLongFirstLine(t *testing.T) {
	at := serve(t, named("next"), nil)
	if answer := exchange(t, at, "GET /"+strings.Repeat("x", 2*maxLine)+" HTTP/1.0\r\n\r\n"); !strings.HasPrefix(answer, "HTTP/1.0 200 OK") {
		t.Errorf("got %q", answer)
	}
	if answer := exchange(t, at, "GET /"+strings.Repeat("x", 2*maxHeader)+" HTTP/1.0\r\n\r\n"); !strings.HasPrefix(answer, "HTTP/1.1 431 ") {
		t.Errorf("got %q", answer)
	}
}

func TestKeptConnection(t *testing.T) {
	c := dial(t, serve(t, named("next"), nil))
	in := bufio.NewReader(c)
	for range 3 {
		if _, err := io.WriteString(c, "GET /x HTTP/1.1\r\nHost: y\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "next /x" || resp.ContentLength != 7 {
			t.Errorf("%q %v", body, err)
		}
		_ = resp.Body.Close()
	}
}

func TestPerAddress(t *testing.T) {
	var refused atomic.Int64
	per := NewPerAddress(2, func(a netip.Addr) netip.Addr { return a }, func() { refused.Add(1) })
	at := serve(t, named("next"), per)
	one, two := dial(t, at), dial(t, at)
	for _, c := range []net.Conn{one, two} { // they are counted once they are served
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: y\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := bufio.NewReader(c).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	if answer, err := io.ReadAll(dial(t, at)); len(answer) > 0 {
		t.Errorf("a third one: %q %v", answer, err)
	}
	if refused.Load() != 1 {
		t.Errorf("%d were refused", refused.Load())
	}
	_ = one.Close()
	for deadline := time.Now().Add(20 * time.Second); ; {
		c := dial(t, at)
		_, _ = io.WriteString(c, "GET / HTTP/1.0\r\n\r\n")
		if answer, _ := io.ReadAll(c); len(answer) > 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("no room for another after one has gone")
		}
	}
}

func FuzzFirstLine(f *testing.F) {
	for _, seed := range []string{"GET /x\r\n\r\n", "GET /x HTTP/1.0\r\n", "\n", " \r\n", "GET\t/ \n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		end := strings.IndexByte(string(b), '\n')
		if end < 0 {
			return
		}
		fixed := withVersion(append([]byte(nil), b...), end)
		if !strings.HasSuffix(string(fixed), string(b[end+1:])) {
			t.Errorf("%q becomes %q", b, fixed)
		}
	})
}

// Whoever sends what nobody reads gets the answer all the same.
func TestUnreadBody(t *testing.T) {
	at := serve(t, named("next"), nil)
	body := strings.Repeat("x", 32<<10)
	for range 20 {
		answer := exchange(t, at, "POST /x HTTP/1.0\r\nContent-Length: 32768\r\n\r\n"+body)
		if !strings.HasSuffix(answer, "\r\n\r\nnext /x") {
			t.Fatalf("got %q", answer)
		}
	}
}

// Whoever wants to send too much is told so at once, and not when it has.
func TestBodyTooLong(t *testing.T) {
	at := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := Body(w, r, 100)
		Reply(w, http.StatusOK, HTML, err.Error())
	}), nil)
	for _, version := range []string{"1.0", "1.1"} {
		c := dial(t, at)
		if _, err := io.WriteString(c, "POST /x HTTP/"+version+"\r\nHost: y\r\nContent-Length: 1000000\r\n\r\n"+strings.Repeat("x", 200)); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(resp.Body); string(body) != ErrTooLong.Error() {
			t.Errorf("HTTP/%s: %q %v", version, body, err)
		}
		_ = resp.Body.Close()
		_ = c.Close()
	}
}

// Whoever comes to the port for TLS without it is closed, and told of.
func TestNoTLS(t *testing.T) {
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	failed := make(chan error, 1)
	srv := NewServer(ServerOptions{Handler: named("next"), Log: slog.New(slog.DiscardHandler)})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(NewListener(ln, ListenerOptions{
			TLS:         &tls.Config{MinVersion: tls.VersionTLS12},
			OnHandshake: func(_ net.Addr, err error) { failed <- err },
		}))
	}()
	c := dial(t, ln.Addr().String())
	if _, err := io.WriteString(c, "GET / HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if answer, _ := io.ReadAll(c); strings.Contains(string(answer), "200") {
		t.Errorf("got %q", answer)
	}
	if err := <-failed; err == nil {
		t.Error("nobody says why")
	}
	_ = srv.Close()
	<-done
}
