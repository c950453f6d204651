package gateway

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
)

// A session goes on by whichever node its requests come in.
func TestSessionOverTwoNodes(t *testing.T) {
	a, b := twoNodes(t, nil)
	id, far := a.opened()
	b.send(id, "VER 1 MSNP8 CVR0\r\n").is(t, "", false)
	far.hears("VER 1 MSNP8 CVR0\r\n")
	far.says("VER 1 MSNP8 CVR0\r\n")
	b.wait(id).is(t, "VER 1 MSNP8 CVR0\r\n", false)
	b.poll(id).is(t, "", false)
	for i := range 20 {
		line := fmt.Sprintf("QNG %d\r\n", i)
		far.says(line)
		[]*node{a, b}[i%2].wait(id).is(t, line, false)
	}
	if err := far.Close(); err != nil {
		t.Fatal(err)
	}
	b.wait(id).is(t, "", true)
	a.poll(id).refused(t, http.StatusBadRequest)
	b.poll(id).refused(t, http.StatusBadRequest)
	eventually(t, "nothing is left", func() bool {
		a.guests.mu.Lock()
		defer a.guests.mu.Unlock()
		return len(a.guests.all) == 0 && a.Sessions() == 0
	})
}

// A poll that waits by another node is released by the next request, and one that
// is given up loses nothing.
func TestPollByOtherNodeIsReleased(t *testing.T) {
	a, b := twoNodes(t, nil)
	id, far := a.opened()
	s := a.sessions.find(id)
	waiting := make(chan got, 1)
	go func() {
		g, err := b.try(context.Background(), "Action=poll&Lifespan=60&SessionID="+id, "")
		if err != nil {
			t.Error(err)
		}
		waiting <- g
	}()
	eventually(t, "it waits", func() bool { return len(s.turn) == 1 })
	a.poll(id).is(t, "", false)
	(<-waiting).is(t, "", false)

	ctx, cancel := context.WithCancel(t.Context())
	given := make(chan struct{})
	go func() {
		defer close(given)
		if g, err := b.try(ctx, "Action=poll&Lifespan=60&SessionID="+id, ""); err == nil {
			t.Errorf("an answer to nobody: %+v", g)
		}
	}()
	eventually(t, "it waits", func() bool { return len(s.turn) == 1 })
	cancel()
	<-given
	eventually(t, "it is given up", func() bool { return len(s.turn) == 0 })
	far.says("QNG 30\r\n")
	b.wait(id).is(t, "QNG 30\r\n", false)
}

// An answer is kept until the other node says that it was written.
func TestAnswerByOtherNodeIsKeptUntilItIsWritten(t *testing.T) {
	a, b := twoNodes(t, func(s *Server) { s.times.delivery = 20 * time.Millisecond })
	id, far := a.opened()
	far.says("QNG 30\r\n")
	visit := cluster.GatewayVisit{Session: id, Wait: time.Minute, Host: "g"}
	for i, delivered := range []bool{false, true} {
		visit.Number = uint64(i + 1)
		got, err := b.opts.Node.VisitGateway(t.Context(), a.opts.Node.ID(), visit)
		if err != nil || string(got.Body) != "QNG 30\r\n" {
			t.Fatalf("%+v, %v", got, err)
		}
		if err := b.opts.Node.FinishGateway(a.opts.Node.ID(), cluster.GatewayDone{Number: visit.Number, Delivered: delivered}); err != nil {
			t.Fatal(err)
		}
	}
	far.says("QNG 31\r\n")
	visit.Number = 3 // of this nothing is heard again: that node has died
	if got, err := b.opts.Node.VisitGateway(t.Context(), a.opts.Node.ID(), visit); err != nil || string(got.Body) != "QNG 31\r\n" {
		t.Fatalf("%+v, %v", got, err)
	}
	a.wait(id).is(t, "QNG 31\r\n", false)
}

func TestUnknownSessionOfOtherNode(t *testing.T) {
	a, b := twoNodes(t, nil)
	b.poll(newID(a.opts.Node.ID())).refused(t, http.StatusBadRequest)
	a.poll(newID(a.opts.Node.ID())).refused(t, http.StatusBadRequest)
	a.poll(newID("nobody")).refused(t, http.StatusBadRequest)
}

// A session is gone with its node.
func TestNodeOfSessionDies(t *testing.T) {
	a, b := twoNodes(t, nil)
	g := a.post("Action=open&Server=SB&IP=192.0.2.2", "USR 1 ana@example.test 1.2.3\r\n")
	far := accepts(t, b.board)
	b.poll(g.id).is(t, "", false)
	if err := a.opts.Node.Close(); err != nil {
		t.Fatal(err)
	}
	far.hears("USR 1 ana@example.test 1.2.3\r\n")
	if _, err := far.r.ReadByte(); err == nil {
		t.Error("the server goes on with it")
	}
	b.poll(g.id).refused(t, http.StatusBadRequest)
}

// The node of the server dies: the session ends.
func TestNodeOfServerDies(t *testing.T) {
	a, b := twoNodes(t, nil)
	g := a.post("Action=open&Server=SB&IP=192.0.2.2", "USR 1 ana@example.test 1.2.3\r\n")
	accepts(t, b.board).says("USR 1 OK ana@example.test Ana\r\n")
	if got := g.body + a.wait(g.id).body; got != "USR 1 OK ana@example.test Ana\r\n" {
		t.Fatalf("got %q", got)
	}
	if err := b.opts.Node.Close(); err != nil {
		t.Fatal(err)
	}
	a.wait(g.id).is(t, "", true)
}

// That a client has gone may be heard before its request is: then nobody waits.
func TestRequestByOtherNodeThatIsGivenUpAtOnce(t *testing.T) {
	a, b := twoNodes(t, nil)
	id, far := a.opened()
	to := a.opts.Node.ID()
	if err := b.opts.Node.FinishGateway(to, cluster.GatewayDone{Number: 7}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is heard of", func() bool {
		a.guests.mu.Lock()
		defer a.guests.mu.Unlock()
		return len(a.guests.all) == 1
	})
	if got, err := b.opts.Node.VisitGateway(t.Context(), to, cluster.GatewayVisit{Session: id, Number: 7, Wait: time.Minute, Host: "g"}); err == nil {
		t.Errorf("an answer to nobody: %+v", got)
	}
	far.says("QNG 30\r\n")
	a.wait(id).is(t, "QNG 30\r\n", false)
	a.guests.mu.Lock()
	defer a.guests.mu.Unlock()
	if len(a.guests.all) > 0 {
		t.Error("something is kept of it")
	}
}
