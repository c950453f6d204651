package notification

import (
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/msnp"
)

// The challenge of a sign-in by ticket waits until the client's address has been at
// the nexus, whatever node is told of that, and no longer than so long. Who has just
// been there does not wait.
func TestChallengeWaitsForTheNexus(t *testing.T) {
	long := Times{Challenge: time.Hour, Nexus: time.Hour}
	w := newWorld(t, []string{"a", "b"}, func(w *world) {
		w.change = func(o *Options) { o.Times = long }
	})
	w.people("ada")
	n, other := w.nodes["a"], w.nodes["b"]
	p := begin(t, n.addr, "ada", msnp.MSNP9)
	p.ticket = w.ticket("ada")
	p.who("ada")
	p.silent()
	if taken, _ := n.admission.state(); taken != 0 {
		t.Error("one that waits for the nexus has a place")
	}
	visit(t, other, "192.0.2.9")
	p.silent()
	visit(t, other, "127.0.0.1")
	if params := p.words("USR 2 TWN S ")[4]; !strings.HasPrefix(params, "lc=1033,id=507,tw=40,fs=1,ru=") {
		t.Errorf("challenged with %q", params)
	}
	p.prove("ada", "")
	p.welcomed("ada")
	n.signIn(t, "ada", msnp.MSNP12)

	long.Nexus = 300 * time.Millisecond
	n = w.start("c") // where nobody has been heard of
	w.owners.set("ada", "c", "")
	n.signIn(t, "ada", msnp.MSNP8)
}

func visit(t *testing.T, n *node, address string) {
	t.Helper()
	if err := n.node.AnnounceNexus(cluster.NexusVisit{Address: address}); err != nil {
		t.Fatal(err)
	}
}

// While the challenge is held back the client may go, be sent away, or show a
// ticket that it has: then it gets the challenge first.
func TestClientDoesNotWaitForTheNexus(t *testing.T) {
	w := newWorld(t, []string{"a"}, func(w *world) {
		w.change = func(o *Options) { o.Times = Times{Nexus: time.Hour} }
	})
	w.people("ada")
	n := w.nodes["a"]
	waiting := func() *peer {
		p := begin(t, n.addr, "ada", msnp.MSNP10)
		p.ticket = w.ticket("ada")
		p.who("ada")
		p.silent()
		return p
	}
	p := waiting()
	p.send("OUT")
	p.closed()

	p = waiting()
	p.send("VER 3 MSNP10 CVR0")
	p.expect("715 3")
	p.closed()

	if err := waiting().Close(); err != nil {
		t.Error(err)
	}

	p = waiting()
	p.prove("ada", "")
	p.expect("USR 2 TWN S *")
	p.welcomed("ada")
	p.Close()

	p = waiting()
	n.stop() // it does not wait either
	p.closed()
}
