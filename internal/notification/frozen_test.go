package notification

import (
	"sync/atomic"
	"testing"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/msnp"
)

// A process that was stopped, and goes on when its lease is over, does nothing of
// what its clients have asked, and says nothing to them.
func TestFrozen(t *testing.T) {
	var over atomic.Bool
	w := newWorld(t, []string{"a"}, func(w *world) { w.serving = func() bool { return !over.Load() } })
	w.people("ada", "bea", "carl")
	w.befriend("ada", "bea")
	a := w.nodes["a"]
	ada, bea := a.signIn(t, "ada", msnp.MSNP5), a.signIn(t, "bea", msnp.MSNP5)
	ada.show("NLN", "NLN")
	bea.show("NLN", "NLN", "NLN "+at("ada")+" ada")
	ada.expect("NLN NLN " + at("bea") + " bea")
	half := begin(t, a.addr, "carl", msnp.MSNP5)
	salt := half.initial("carl")
	before := w.lists("ada")

	over.Store(true)
	// It is asked for something.
	ada.send("ADD 5 FL "+at("carl")+" carl", "CHG 6 AWY", "PNG")
	ada.closed()
	if after := w.lists("ada"); after != before {
		t.Errorf("the lists became %q, and were %q", after, before)
	}
	// It would have something to say: that she has left.
	if a.hub.Find(at("ada")) != nil {
		t.Error("she is still known")
	}
	e := a.hub.Find(at("bea")).Endpoint()
	e.Put(msnp.Offline{Handle: at("ada")}.Append(nil, e.Version))
	e.Session.Flush()
	bea.closed()
	// Somebody is just coming in, or comes.
	half.prove("carl", salt)
	half.expect("601 3")
	half.closed()
	late := begin(t, a.addr, "carl", msnp.MSNP5)
	late.who("carl")
	late.expect("601 2")
	late.closed()
	if _, err := a.node.Lookup(t.Context(), "a", cluster.Question{Handle: at("ada")}); err == nil {
		t.Error("it has answered for an account")
	}
}

// One that was stopped in the middle of an answer does not give it: what it says of
// an account would be believed.
func TestFrozenWhileAnswering(t *testing.T) {
	var left atomic.Int32 // how often it may serve yet
	w := newWorld(t, []string{"a"}, func(w *world) { w.serving = func() bool { return left.Add(-1) >= 0 } })
	w.people("ada")
	a := w.nodes["a"]
	for what, ask := range map[string]func() error{
		"a look-up": func() error {
			_, err := a.node.Lookup(t.Context(), "a", cluster.Question{Handle: at("ada")})
			return err
		},
		"an invitation": func() error {
			_, err := a.node.Invite(t.Context(), "a", cluster.Invitation{Caller: at("bea"), Callee: at("ada")})
			return err
		},
		"an order": func() error {
			_, err := a.node.Order(t.Context(), "a", cluster.Order{Action: cluster.ActBan, Handle: at("ada")})
			return err
		},
	} {
		left.Store(2)
		if err := ask(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		left.Store(1)
		if err := ask(); err == nil {
			t.Errorf("%s was answered", what)
		}
	}
}
