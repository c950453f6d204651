package notification

import (
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/msnp"
)

// Moving, rule 11: every node takes a sign-in for anybody, and refers it as soon as
// it knows who it is, in the form of the version.
func TestSignInElsewhere(t *testing.T) {
	w := newWorld(t, []string{"a", "b"})
	w.people("ada")
	for _, v := range versions {
		p := begin(t, w.nodes["b"].addr, "ada", v)
		trid := 2
		if v == msnp.Beta2 {
			p.prove("ada", p.initial("ada"))
			trid = 3
		} else {
			p.who("ada")
		}
		p.referred(trid, w.nodes["a"])
		p.silent()
	}
}

// Who signs in while the account is being handed over, and was not signed in,
// does so on the new node, whichever node is asked.
func TestSignInDuringAHandOver(t *testing.T) {
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, []string{"a", "b"})
			w.people("ada")
			a, b := w.nodes["a"], w.nodes["b"]
			w.owners.set("ada", "a", "b")
			if v != msnp.Beta2 { // which says last who it is
				first := begin(t, b.addr, "ada", v)
				first.who("ada")
				first.referred(2, a) // the new node knows nothing of her yet
			}
			second := begin(t, a.addr, "ada", v)
			trid := 2
			if v == msnp.Beta2 {
				second.prove("ada", second.initial("ada"))
				trid = 3
			} else {
				second.who("ada")
			}
			second.referred(trid, b)
			third := b.signIn(t, "ada", v)
			third.show("AWY", "AWY")
			if a.hub.Find(at("ada")) != nil {
				t.Error("she is on the old node, too")
			}
			// The hand-over finds nobody, and ends.
			w.handOver("ada", "a", "b")
			third.quiet()
			if b.hub.Find(at("ada")) == nil {
				t.Error("she is not on the new node")
			}
		})
	}
}

// Whether there is such an account is not told during a hand-over either: the last
// step is refused, on the new node, as with a wrong password.
func TestNoSuchAccountDuringAHandOver(t *testing.T) {
	w := newWorld(t, []string{"a", "b"})
	a, b := w.nodes["a"], w.nodes["b"]
	w.owners.set("nobody", "a", "b")
	p := begin(t, a.addr, "nobody", msnp.MSNP5)
	p.who("nobody")
	p.referred(2, b)
	p = begin(t, b.addr, "nobody", msnp.MSNP5)
	p.prove("nobody", p.initial("nobody"))
	p.expect("911 3")
	p.closed()
}

// The hand-over comes between the first step of a sign-in and the last: the client
// is referred then.
func TestHandOverDuringASignIn(t *testing.T) {
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, []string{"a", "b"})
			w.people("ada", "bea")
			a, b := w.nodes["a"], w.nodes["b"]
			during, after := begin(t, a.addr, "ada", v), begin(t, a.addr, "bea", v)
			w.owners.set("bea", "a", "")
			adas, beas := during.initial("ada"), after.initial("bea")
			w.beginHandOver("ada", "a", "b")
			during.prove("ada", adas)
			during.referred(3, b)
			during.silent()
			w.handOver("bea", "a", "b")
			after.prove("bea", beas)
			after.referred(3, b)
			b.signIn(t, "ada", v).show("NLN", "NLN")
			b.signIn(t, "bea", v).show("NLN", "NLN")
		})
	}
}

// Two clients of an account, during a hand-over: the later one stays, and the
// other is told why it has to go.
func TestTwoClientsDuringAHandOver(t *testing.T) {
	w := newWorld(t, []string{"a", "b"})
	w.people("ada", "bea")
	w.befriend("ada", "bea")
	a, b := w.nodes["a"], w.nodes["b"]
	bea := a.signIn(t, "bea", msnp.MSNP5)
	bea.show("NLN", "NLN")
	first := a.signIn(t, "ada", msnp.MSNP5)
	first.show("LUN", "LUN", "NLN "+at("bea")+" bea")
	bea.expect("NLN LUN " + at("ada") + " ada")

	t.Log("she has not been moved yet: the place is taken where she is")
	w.owners.set("ada", "a", "b")
	second := a.signIn(t, "ada", msnp.MSNP5)
	first.expect("OUT OTH")
	first.closed()
	second.show("AWY", "AWY", "NLN "+at("bea")+" bea")
	bea.expect("NLN AWY " + at("ada") + " ada")

	t.Log("she has: the place is taken where she will be")
	w.beginHandOver("ada", "a", "b")
	second.expect("XFR 0 NS " + b.addr + " 0")
	third := begin(t, a.addr, "ada", msnp.MSNP5)
	third.who("ada")
	third.referred(2, b)
	third = b.signIn(t, "ada", msnp.MSNP5)
	second.closed() // not of the same client, but it has gone as well
	third.show("NLN", "AWY", "NLN "+at("bea")+" bea")
	moved := b.signIn(t, "ada", msnp.MSNP7)
	third.expect("OUT OTH")
	third.closed()
	moved.show("BSY", "BSY", "NLN "+at("bea")+" bea")
	bea.expect("NLN BSY " + at("ada") + " ada")
	w.endHandOver("ada", "a", "b")
	moved.quiet()
	bea.quiet()
}

// Two clients of an account at once, at two nodes: one of them is signed in in the
// end, and the other has been told.
func TestTwoClientsAtTwoNodes(t *testing.T) {
	w := newWorld(t, []string{"a", "b"})
	w.people("ada")
	ends := make(chan string, 2)
	for _, entrance := range []string{"a", "b"} {
		p := begin(t, w.nodes[entrance].addr, "ada", msnp.MSNP5)
		if entrance == "b" {
			p.who("ada")
			p.referred(2, w.nodes["a"])
			p = begin(t, w.nodes["a"].addr, "ada", msnp.MSNP5)
		}
		p.prove("ada", p.initial("ada"))
		go func() {
			for { // it may be told before it was welcomed
				line, err := p.line()
				if err != nil || strings.HasPrefix(line, "OUT") {
					ends <- line
					return
				}
			}
		}()
	}
	if end := <-ends; end != "OUT OTH" {
		t.Errorf("the first to go heard %q", end)
	}
	a := w.nodes["a"]
	eventually(t, "one is left", func() bool { return a.Connections() == 1 && len(a.Sessions()) == 1 })
	if err := a.SignOut(t.Context(), at("ada")); err != nil {
		t.Error(err)
	}
	if end := <-ends; end != "OUT" {
		t.Errorf("the second heard %q", end)
	}
}

// No node serves the account: the client waits for one, and nobody else does. If
// none comes it is told so.
func TestNoNodeServesTheAccount(t *testing.T) {
	w := newWorld(t, []string{"a"}, func(w *world) {
		w.change = func(o *Options) { o.Times.Home = 200 * time.Millisecond }
	})
	w.people("ada")
	w.owners.set("ada", "", "")
	for _, v := range versions[1:] {
		p := begin(t, w.nodes["a"].addr, "ada", v)
		p.who("ada")
		p.expect("601 2")
		p.closed()
	}
	beta := begin(t, w.nodes["a"].addr, "ada", msnp.Beta2)
	beta.prove("ada", beta.initial("ada"))
	beta.expect("601 3")
	beta.closed()
	t.Log("a node that its owner's address is the same as this one's must not be referred to")
	w.owners.join("b", w.nodes["a"].addr)
	w.owners.set("ada", "b", "")
	p := begin(t, w.nodes["a"].addr, "ada", msnp.MSNP7)
	p.who("ada")
	p.expect("601 2")
	p.closed()
}

// What a client that is waiting has asked before is answered meanwhile.
func TestWaitingForTheNewNode(t *testing.T) {
	w := newWorld(t, []string{"a", "b"})
	w.people("ada")
	a, b := w.nodes["a"], w.nodes["b"]
	w.owners.set("ada", "a", "b")
	end := a.moves.begin(at("ada")) // as if she were being carried
	p := dial(t, a.addr)
	p.version = msnp.MSNP5
	p.send("VER 1 MSNP5 CVR0", "USR 2 MD5 I "+at("ada"))
	p.expect("VER 1 MSNP5 CVR0")
	p.silent()
	end()
	p.referred(2, b)
}

// Beta 2 asks any notification server for one, and is sent to one that takes it.
func TestBeta2AsksForANotificationServer(t *testing.T) {
	w := newWorld(t, []string{"a"})
	p := dial(t, w.nodes["a"].addr)
	p.send("XFR 1 NS")
	p.expect("XFR 1 NS " + w.nodes["a"].addr)
	p.silent()
}

// A node that is to take over a shard takes in who is carried there, and nobody
// else's accounts.
func TestTakeIn(t *testing.T) {
	w := newWorld(t, []string{"a", "b"})
	w.people("ada")
	a, b := w.nodes["a"], w.nodes["b"]
	state := cluster.Carried{Handle: at("ada"), Name: "ada", Status: msnp.StatusAway, Seq: 7}
	if err := a.node.Carry(t.Context(), "b", state); err == nil || b.hub.Find(at("ada")) != nil {
		t.Errorf("taken in on the wrong node: %v", err)
	}
	if err := a.node.Carry(t.Context(), "b", cluster.Carried{Handle: "nobody"}); err == nil {
		t.Error("taken in without a handle")
	}
	w.owners.set("ada", "a", "b")
	if err := a.node.Carry(t.Context(), "b", state); err != nil || b.hub.Find(at("ada")) == nil {
		t.Errorf("not taken in: %v", err)
	}
	// A place for her is there already, and takes nothing away.
	if err := a.node.Carry(t.Context(), "b", cluster.Carried{Handle: at("ada"), Place: true}); err != nil {
		t.Error(err)
	}
	if p := b.hub.Find(at("ada")); p == nil || p.Status() != msnp.StatusAway {
		t.Errorf("she is %+v", p)
	}
}
