package cluster

import (
	"strings"
	"sync"
	"testing"
	"time"
)

// A node does not start with the id of one that is alive.
func TestIDInUse(t *testing.T) {
	t.Parallel()
	team := newCrew(t)
	srv := newBusServer(t)
	a := team.sign(srv.url(), "a")
	activate(t, a)
	n, err := Start(t.Context(), Options{Node: "a", NATSURL: srv.url(), Log: testLog(t), clock: team.clock})
	if err == nil {
		_ = n.Close()
		t.Fatal("it started")
	}
	if !strings.Contains(err.Error(), "another node with the id a is alive") {
		t.Errorf("the error is %v", err)
	}
	if !a.Serving() || a.Stats().Fences != 0 {
		t.Error("the first one suffered")
	}
}

// A process that was killed leaves a record behind. The next one waits for the
// end of its lease, and then has its shards again.
func TestStartAfterKill(t *testing.T) {
	t.Parallel()
	team := newCrew(t)
	srv := newBusServer(t)
	w := newWire(t, srv)
	a, b := team.sign(w.url(), "a"), team.sign(srv.url(), "b")
	activate(t, a, b)
	inPlace(t, []*hand{a, b})
	team.pause(true)
	w.sever()
	if err := a.Node.Close(); err != nil {
		t.Fatal(err)
	}
	var log logKeeper
	var waiting sync.WaitGroup
	waiting.Go(func() { // time goes on when it is seen to wait
		for !strings.Contains(log.String(), "waiting until that one's lease ends") && t.Context().Err() == nil {
			wait(t, 10*time.Millisecond)
		}
		team.pause(false)
	})
	t.Cleanup(waiting.Wait)
	again := team.sign(srv.url(), "a", func(o *Options) { o.Log = log.logger(t) })
	vigil(t, again, b)
	activate(t, again)
	inPlace(t, []*hand{again, b})
}

// A node that was cut off, and whose id somebody else has taken meanwhile, does
// not come back while that one lives.
func TestIDTakenOver(t *testing.T) {
	t.Parallel()
	team := newCrew(t)
	srv := newBusServer(t)
	w := newWire(t, srv)
	old := team.sign(w.url(), "a")
	activate(t, old)
	inPlace(t, []*hand{old})
	w.sever()
	a := team.sign(srv.url(), "a")
	vigil(t, old, a)
	activate(t, a)
	inPlace(t, []*hand{a})
	w.mend()
	eventually(t, "the old one is connected", old.bus.IsConnected)
	for end := team.clock.now() + 2*DefaultLease; team.clock.now() < end; {
		if old.Serving() || !a.Serving() {
			t.Fatalf("the old one serves %v, the new one %v", old.Serving(), a.Serving())
		}
		wait(t, 20*time.Millisecond)
	}
	if err := a.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	inPlace(t, []*hand{old})
}

// NATS without JetStream is told from NATS that is not there.
func TestWithoutJetStream(t *testing.T) {
	t.Parallel()
	srv := newBlankServer(t)
	srv.opts.JetStream = false
	srv.start()
	n, err := Start(t.Context(), Options{Node: "a", NATSURL: srv.url(), Log: testLog(t)})
	if err == nil {
		_ = n.Close()
		t.Fatal("it started")
	}
	if !strings.Contains(err.Error(), "without JetStream") {
		t.Errorf("the error is %v", err)
	}
}

// A token stands where the name of a user does.
func TestRedacted(t *testing.T) {
	const given = "nats://hunter2@one:4222,tls://anna:hunter2@two,three:4222"
	if says, want := redacted(given), "nats://masked@one:4222,tls://masked@two,nats://three:4222"; says != want {
		t.Errorf("%s, want %s", says, want)
	}
}
