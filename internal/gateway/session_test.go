package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/referral"
	"github.com/papilio-im/papilio/msnp"
)

// A client that is not heard of is lost to the server, and told so once, should
// it come after all.
func TestSessionExpires(t *testing.T) {
	n := start(t, cluster.Options{}, func(s *Server) { s.times.expiry, s.times.tombstone = 50*time.Millisecond, patience })
	id, far := n.opened()
	far.lost()
	n.poll(id).is(t, "", true)
	n.poll(id).refused(t, http.StatusBadRequest)
	if n.Sessions() != 0 {
		t.Error("the session is still there")
	}
}

func TestSessionIsForgottenAfterItHasExpired(t *testing.T) {
	n := start(t, cluster.Options{}, func(s *Server) { s.times.expiry, s.times.tombstone = 10*time.Millisecond, 10*time.Millisecond })
	id, far := n.opened()
	far.lost()
	eventually(t, "it is forgotten", func() bool { return n.Sessions() == 0 })
	n.poll(id).refused(t, http.StatusBadRequest)
}

// Who waits for something to come is there.
func TestSessionDoesNotExpireWhileItsClientWaits(t *testing.T) {
	n := start(t, cluster.Options{}, func(s *Server) { s.times.expiry = 500 * time.Millisecond })
	id, far := n.opened()
	n.post("Action=poll&Lifespan=1&SessionID="+id, "").is(t, "", false)
	far.says("QNG 30\r\n")
	n.wait(id).is(t, "QNG 30\r\n", false)
}

// What the server has said last comes before the end, in whole commands.
func TestSessionEndsAfterLastWords(t *testing.T) {
	for name, last := range map[string]string{"whole": "OUT OTH\r\n", "torn": "OUT OTH\r\nMSG a b 100\r\nthe rest is lost"} {
		t.Run(name, func(t *testing.T) {
			n := start(t, cluster.Options{}, nil)
			id, far := n.opened()
			far.says(last)
			if err := far.Close(); err != nil {
				t.Fatal(err)
			}
			g := n.wait(id)
			if !g.closed {
				g2 := n.wait(id)
				g.body, g.closed = g.body+g2.body, g2.closed
			}
			g.is(t, "OUT OTH\r\n", true)
			n.poll(id).refused(t, http.StatusBadRequest)
		})
	}
}

func TestSessionOfServerThatMakesNoSense(t *testing.T) {
	n := start(t, cluster.Options{}, nil)
	id, far := n.opened()
	far.says("VER 1 MSNP8\r\nnonsense!\r\n")
	n.wait(id).is(t, "VER 1 MSNP8\r\n", true)
	far.lost()
}

// A client that does not ask costs a bounded piece of memory: the server finds no
// room. When it asks, everything comes in order, each answer in whole commands.
func TestSessionIsBounded(t *testing.T) {
	n := start(t, cluster.Options{}, nil)
	id, far := n.opened()
	payload := strings.Repeat("x", 1300)
	message := func(i int) string { return fmt.Sprintf("MSG bea@example.net Bea%d %d\r\n%s", i, len(payload), payload) }
	const count = 1000 // more than fits
	done := make(chan error, 1)
	go func() {
		var err error
		for i := range count {
			_, e := far.Write([]byte(message(i)))
			err = errors.Join(err, e)
		}
		done <- err
	}()
	s := n.sessions.find(id)
	eventually(t, "the server finds no room", func() bool { return s.upstream.Buffered() >= window-2*len(payload) })
	var all strings.Builder
	for all.Len() < count*1300 {
		g := n.wait(id)
		if len(g.body) > maxAnswer+2*len(payload) {
			t.Fatalf("an answer of %d octets", len(g.body))
		}
		if !strings.HasPrefix(g.body, "MSG ") || !strings.HasSuffix(g.body, payload) {
			t.Fatalf("an answer in the middle of a command: %.50q ... %q", g.body, g.body[max(0, len(g.body)-20):])
		}
		all.WriteString(g.body)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for i := range count {
		want.WriteString(message(i))
	}
	if all.String() != want.String() {
		t.Error("what came is not what was sent")
	}
}

// brokenWriter is a client that has gone.
type brokenWriter struct{ httptest.ResponseRecorder }

func (*brokenWriter) Write([]byte) (int, error) { return 0, errors.New("nobody reads") }

func TestAnswerThatIsNotWrittenIsKept(t *testing.T) {
	n := start(t, cluster.Options{}, nil)
	id, far := n.opened()
	far.says("QNG 30\r\n")
	s := n.sessions.find(id)
	eventually(t, "it has come", func() bool { return s.upstream.Buffered() > 0 })
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, Path+"?Action=poll&SessionID="+id, nil)
	n.ServeHTTP(&brokenWriter{}, r)
	far.says("QNG 31\r\n")
	eventually(t, "it has come", func() bool { return s.upstream.Buffered() > 0 })
	n.poll(id).is(t, "QNG 30\r\nQNG 31\r\n", false)
}

func TestPollThatIsGivenUpLosesNothing(t *testing.T) {
	n := start(t, cluster.Options{}, nil)
	id, far := n.opened()
	s := n.sessions.find(id)
	ctx, cancel := context.WithCancel(t.Context())
	given := make(chan struct{})
	go func() {
		defer close(given)
		if g, err := n.try(ctx, "Action=poll&Lifespan=60&SessionID="+id, ""); err == nil {
			t.Errorf("an answer to nobody: %+v", g)
		}
	}()
	eventually(t, "it waits", func() bool { return len(s.turn) == 1 })
	cancel()
	<-given
	eventually(t, "it is given up", func() bool { return len(s.turn) == 0 })
	far.says("QNG 30\r\n")
	n.wait(id).is(t, "QNG 30\r\n", false)
}

// Requests that overlap are dealt with one by one, and each has an answer.
func TestRequestsOverlap(t *testing.T) {
	n := start(t, cluster.Options{}, nil)
	id, far := n.opened()
	go func() { // a server that answers each line
		for {
			line, err := far.r.ReadString('\n')
			if err != nil {
				return
			}
			_, _ = far.Write([]byte("QNG " + line[4:]))
		}
	}()
	var mu sync.Mutex
	var all strings.Builder
	var clients sync.WaitGroup
	const each = 20
	for c := range 5 {
		clients.Go(func() {
			for i := range each {
				query, body := "SessionID="+id, fmt.Sprintf("PNG %d\r\n", 100*c+i)
				if i%4 == 3 {
					query = "Action=poll&Lifespan=1&" + query
				}
				g, err := n.try(context.Background(), query, body)
				if err != nil || g.status != http.StatusOK {
					t.Errorf("%d, %v", g.status, err)
				}
				mu.Lock()
				all.WriteString(g.body)
				mu.Unlock()
			}
		})
	}
	clients.Wait()
	for strings.Count(all.String(), "\n") < 5*each {
		all.WriteString(n.wait(id).body)
	}
	for c := range 5 {
		for i := range each {
			if want := fmt.Sprintf("QNG %d\r\n", 100*c+i); strings.Count(all.String(), want) != 1 {
				t.Errorf("%q does not come once", want)
			}
		}
	}
}

func TestTooManySessions(t *testing.T) {
	n := start(t, cluster.Options{}, func(s *Server) { s.sessions.perAddress = 2 })
	id := n.open("SB", "").id
	n.open("SB", "")
	n.open("SB", "").refused(t, http.StatusServiceUnavailable)
	n.sessions.perAddress, n.sessions.most = 0, 2
	n.open("NS", "").refused(t, http.StatusServiceUnavailable)
	s := n.sessions.find(id)
	s.turn <- struct{}{}
	s.remove()
	<-s.turn
	n.open("SB", "")
	if len(n.sessions.counts) != 1 {
		t.Errorf("counts: %v", n.sessions.counts)
	}
}

// Without a word, a session with a switchboard ends.
func TestSwitchboardWaitsForFirstCommand(t *testing.T) {
	n := start(t, cluster.Options{}, func(s *Server) { s.times.greeting = 10 * time.Millisecond })
	id := n.open("SB", "").id
	for end := time.Now().Add(patience); ; {
		if g := n.poll(id); g.closed {
			break
		}
		if time.Now().After(end) {
			t.Fatal("it waits for ever")
		}
	}
}

func TestFirstCommandToSwitchboard(t *testing.T) {
	n := start(t, cluster.Options{}, nil)
	for name, test := range map[string]struct {
		body string
		want string
	}{
		"no command":   {"GET / HTTP/1.0\r\n\r\n", ""},
		"too long":     {"USR 1 " + strings.Repeat("x", 2000) + "\r\n", ""},
		"never ending": {strings.Repeat("x", 2000), ""},
	} {
		t.Run(name, func(t *testing.T) { n.open("SB", test.body).is(t, test.want, true) })
	}
	id := n.open("SB", "\r\nUSR 1 ada@example.net 1.2").id
	n.send(id, ".3\r\nCAL 2 bea@example.net\r\n")
	accepts(t, n.board).hears("\r\nUSR 1 ada@example.net 1.2.3\r\nCAL 2 bea@example.net\r\n")
}

// The cookie tells the switchboard, whatever the client says is its address. One
// that fits none is hinted at by the address, or refused.
func TestSwitchboardIsFoundByCookie(t *testing.T) {
	a, b := twoNodes(t, nil)
	for _, to := range []*node{a, b} {
		for purpose, line := range map[referral.Purpose]string{
			referral.ForTransfer: "USR 1 ana@example.test %s\r\n", referral.ForRing: "ANS 1 ana@example.test %s 77\r\n",
		} {
			cookie, err := a.keys.Mint(referral.Pass{
				Purpose: purpose, Session: 77, Handle: "ana@example.test", Version: msnp.MSNP12, Node: to.opts.Node.ID(),
			})
			if err != nil {
				t.Fatal(err)
			}
			body := fmt.Sprintf(line, cookie)
			a.post("Action=open&Server=SB&IP=192.0.2.1", body)
			accepts(t, to.board).hears(body)
		}
	}
	const stranger = "USR 3 ana@example.test 1.2.3\r\n"
	a.post("Action=open&Server=SB&IP=192.0.2.2", stranger)
	accepts(t, b.board).hears(stranger)
	a.post("Action=open&Server=SB&IP=198.51.100.1", stranger).is(t, "911 3\r\n", true)
}

// A client that has come in the moment in which it was taken for lost is not.
func TestSessionThatIsComeBackToDoesNotExpire(t *testing.T) {
	n := start(t, cluster.Options{}, nil)
	id, far := n.opened()
	s := n.sessions.find(id)
	n.poll(id).is(t, "", false)
	s.expire() // it was about to be called when the client came
	far.says("QNG 30\r\n")
	n.wait(id).is(t, "QNG 30\r\n", false)
}

// A server that does not listen does not keep the service from ending.
func TestShutdownWaitsForNobody(t *testing.T) {
	n := start(t, cluster.Options{}, nil)
	id, _ := n.opened()
	s := n.sessions.find(id)
	s.turn <- struct{}{} // as who writes to it
	n.times.farewell, n.times.last = 0, time.Millisecond
	done := make(chan struct{})
	go func() { n.Shutdown(context.Background()); close(done) }()
	select {
	case <-done:
	case <-time.After(patience):
		t.Error("it waits")
	}
	<-s.turn
}

// What a server has said before it was lost comes, though the client speaks on.
func TestServerIsLostWhileItsClientSpeaks(t *testing.T) {
	n := start(t, cluster.Options{}, nil)
	id, far := n.opened()
	s := n.sessions.find(id)
	const line, count = "QNG 30\r\n", 8000
	far.says(strings.Repeat(line, count))
	eventually(t, "it has come", func() bool { return s.upstream.Buffered() == len(line)*count })
	if err := n.opts.Node.Close(); err != nil {
		t.Fatal(err)
	}
	all := n.send(id, "PNG\r\n")
	for !all.closed {
		g := n.send(id, "PNG\r\n")
		all.body, all.closed = all.body+g.body, g.closed
	}
	if len(all.body) != len(line)*count {
		t.Errorf("%d octets come", len(all.body))
	}
}
