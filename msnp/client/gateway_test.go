package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// A testGateway leads to the servers of a world.
type testGateway struct {
	t    *testing.T
	dial func(server string) (net.Conn, error) // by NS or SB and the host

	mu       sync.Mutex
	sessions map[string]*testSession
	queries  []string
	busy     map[string]bool // sessions that a request is under way for
	header   func(id string, over bool) string
}

type testSession struct {
	nc   net.Conn
	mu   sync.Mutex
	out  bytes.Buffer
	over bool
}

func newTestGateway(t *testing.T, dial func(server string) (net.Conn, error)) (*testGateway, string) {
	g := &testGateway{t: t, dial: dial, sessions: make(map[string]*testSession), busy: make(map[string]bool)}
	g.header = func(id string, over bool) string {
		text := "SessionID=" + id + "; GW-IP=gateway.invalid"
		if over {
			text += "; Session=close"
		}
		return text
	}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	return g, server.URL
}

func (g *testGateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	id := q.Get("SessionID")
	g.mu.Lock()
	g.queries = append(g.queries, r.URL.RawQuery)
	if r.Method != http.MethodPost || r.URL.Path != gatewayPath || r.Header.Get("Content-Type") != gatewayType || g.busy[id] && id != "" {
		g.t.Errorf("%s %s while busy: %v", r.Method, r.URL, g.busy[id])
	}
	g.busy[id] = true
	s := g.sessions[id]
	g.mu.Unlock()
	defer func() {
		g.mu.Lock()
		delete(g.busy, id)
		g.mu.Unlock()
	}()
	if q.Get("Action") == "open" {
		nc, err := g.dial(q.Get("Server") + " " + q.Get("IP"))
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		s = &testSession{nc: nc}
		g.mu.Lock()
		id = fmt.Sprintf("%d.77", len(g.sessions)+1)
		g.sessions[id] = s
		g.mu.Unlock()
		go s.read()
	}
	if s == nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	sent, _ := io.ReadAll(r.Body)
	_, _ = s.nc.Write(sent)
	if half, ok := s.nc.(*net.TCPConn); ok && bytes.HasSuffix(sent, []byte("OUT\r\n")) {
		_ = half.CloseWrite()
	}
	wait := 20 * time.Millisecond
	if q.Get("Lifespan") != "" {
		wait = 200 * time.Millisecond
	}
	body, over := s.drain(wait)
	w.Header()["X-MSN-Messenger"] = []string{g.header(id, over)}
	_, _ = w.Write(body)
	if over {
		g.mu.Lock()
		delete(g.sessions, id)
		g.mu.Unlock()
		_ = s.nc.Close()
	}
}

func (s *testSession) read() {
	buf := make([]byte, 4096)
	for {
		n, err := s.nc.Read(buf)
		s.mu.Lock()
		s.out.Write(buf[:n])
		s.over = s.over || err != nil
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (s *testSession) drain(wait time.Duration) ([]byte, bool) {
	for until := time.Now().Add(wait); ; <-time.After(time.Millisecond) {
		s.mu.Lock()
		if s.out.Len() > 0 || s.over || time.Now().After(until) {
			body, over := bytes.Clone(s.out.Bytes()), s.over
			s.out.Reset()
			s.mu.Unlock()
			return body, over
		}
		s.mu.Unlock()
	}
}

// ports are those of the servers of transcripts.
func (w *world) byGateway(server string) (net.Conn, error) {
	kind, host, _ := strings.Cut(server, " ")
	return w.dial(context.Background(), "tcp", host+map[string]string{"NS": ":1864", "SB": ":1865"}[kind])
}

// A whole session, with a conversation, by POST.
func TestGateway(t *testing.T) {
	for _, lifespan := range []time.Duration{0, time.Second} {
		w := newWorld(t)
		g, address := newTestGateway(t, w.byGateway)
		w.play("sb.test:1865", withBea+`
		C: MSG 3 A `+said+`hello
		S: ACK 3
		S: MSG bea@example.net Bea `+said+`good morning
		C: OUT`)
		r := newRecorder(t)
		c, _ := w.online(msnp.MSNP7, transferred, func(o *Options) {
			o.Gateway = Gateway{URL: address, Poll: 100 * time.Millisecond, Lifespan: lifespan}
			o.Dial, o.Events = nil, r.events
		})
		v, err := c.Open(soon(t), "bea@example.net")
		check(t, err)
		check(t, v.Send(soon(t), "hello"))
		if text, _ := next[Message](r).Text(); text != "good morning" {
			t.Errorf("got %q", text)
		}
		check(t, v.Close())
		<-v.Done()
		check(t, c.SignOut(soon(t)))
		g.mu.Lock()
		polls := 0
		for _, q := range g.queries {
			if strings.HasPrefix(q, "Action=poll&SessionID=") && lifespan == 0 || strings.HasPrefix(q, "Action=poll&Lifespan=1&SessionID=") && lifespan > 0 {
				polls++
			}
		}
		if g.queries[0] != "Action=open&Server=NS&IP=ns.test" || polls == 0 {
			t.Errorf("queries: %q", g.queries)
		}
		g.mu.Unlock()
	}
}

// What a gateway answers that it should not ends the connection, and says why.
func TestGatewayFails(t *testing.T) {
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		status  int
	}{
		"400": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) }, 400},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://example.net/", http.StatusFound)
		}, 302},
		"no session": {func(http.ResponseWriter, *http.Request) {}, 0},
		"a long id": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-MSN-Messenger", "SessionID="+strings.Repeat("1", 1000))
		}, 0},
		"too much": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-MSN-Messenger", "SessionID=1.2")
			_, _ = w.Write(make([]byte, maxAnswer+1))
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(test.handler)
			defer server.Close()
			_, err := SignIn(soon(t), Options{
				Notification: "ns.test:1864", Handle: "zed@example.net", Password: "s3cret!", Gateway: Gateway{URL: server.URL},
			})
			var failed *GatewayError
			if !errors.Is(err, ErrConnectionLost) || !errors.As(err, &failed) || test.status != 0 && failed.Status != test.status {
				t.Errorf("got %v", err)
			}
		})
	}
	_, err := SignIn(soon(t), Options{
		Notification: "ns.test:1864", Handle: "zed@example.net", Password: "s3cret!", Gateway: Gateway{URL: "http://127.0.0.1:1/"},
	})
	if !errors.Is(err, ErrConnectionLost) {
		t.Errorf("nobody there: %v", err)
	}
}

// The session ends with the answer that says so, after what is in it.
func TestGatewayClose(t *testing.T) {
	w := newWorld(t)
	_, address := newTestGateway(t, w.byGateway)
	r := newRecorder(t)
	w.online(msnp.MSNP7, "\nwait go\nS: OUT OTH\nclose", func(o *Options) { o.Gateway.URL, o.Dial, o.Events = address, nil, r.events })
	w.tell("go")
	if got := next[SignedOut](r); got.Reason != msnp.ReasonElse {
		t.Errorf("got %+v", got)
	}
}

// GW-IP is followed only if the program wants it.
func TestGatewayFollow(t *testing.T) {
	for _, follow := range []bool{false, true} {
		o := Gateway{URL: "http://gateway.test:8080/gateway/gateway.dll", Follow: follow}
		tun, err := newTunnel(http.DefaultClient, o, "ns.test:1863", msnp.Notification)
		check(t, err)
		tun.goOn(gatewayAnswer{session: "1.2", host: "203.0.113.10"})
		want := "gateway.test:8080"
		if follow {
			want = "203.0.113.10:8080"
		}
		if tun.at.Host != want {
			t.Errorf("goes on at %s", tun.at.Host)
		}
		tun.goOn(gatewayAnswer{session: "1.2", host: "a b/c"})
		if tun.at.Host != want {
			t.Errorf("goes on at %s", tun.at.Host)
		}
	}
}

// Deadlines work as those of other connections do.
func TestTunnelDeadlines(t *testing.T) {
	tun, err := newTunnel(http.DefaultClient, Gateway{URL: "http://gateway.test/"}, "ns.test", msnp.Notification)
	check(t, err)
	check(t, tun.SetDeadline(time.Now().Add(-time.Second)))
	if _, err := tun.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if n, err := tun.Write(make([]byte, maxUnsent+1)); n != maxUnsent || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %d, %v", n, err)
	}
	check(t, tun.SetWriteDeadline(time.Time{}))
	failed := make(chan error)
	go func() {
		_, err := tun.Write([]byte("x"))
		failed <- err
	}()
	check(t, tun.Close())
	check(t, tun.Close())
	if err := <-failed; !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
	if tun.RemoteAddr().String() != "http://gateway.test/" || tun.RemoteAddr().Network() != "http" || tun.LocalAddr().String() != "" {
		t.Errorf("addresses: %v, %v", tun.RemoteAddr(), tun.LocalAddr())
	}
}

func TestGatewayOptions(t *testing.T) {
	for _, g := range []Gateway{
		{URL: "gateway.test"}, {URL: "ftp://gateway.test"}, {URL: "http://a:b@gateway.test"}, {URL: "http://gateway.test/?x"},
		{URL: "http://gateway.test", Poll: -1}, {URL: "http://gateway.test", Lifespan: 2 * time.Minute},
	} {
		if g.normalise() == nil {
			t.Errorf("%+v is accepted", g)
		}
	}
}

func FuzzGatewayHeader(f *testing.F) {
	f.Add("SessionID=40880121.7731; GW-IP=203.0.113.10; Session=close")
	f.Fuzz(func(t *testing.T, text string) {
		if e, ok := parseGateway(text); ok && (len(e.session) > maxSessionID || e.session == "" && !e.over) {
			t.Errorf("%+v", e)
		}
	})
}
