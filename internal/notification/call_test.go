package notification

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/msnp"
)

// invite asks a node to ring somebody, as a switchboard does.
func (w *world) invite(node, caller, callee string) cluster.InvitationAnswer {
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	answer, err := w.nodes[node].node.Invite(ctx, node, cluster.Invitation{
		Session: 7, Switchboard: "192.0.2.1:1865", SwitchboardNode: node,
		Caller: at(caller), CallerName: msnp.Encode(caller), Callee: at(callee),
	})
	if err != nil {
		w.t.Errorf("inviting %s by way of %s: %v", callee, node, err)
	}
	return answer
}

// lookUp asks a node who somebody is, as a switchboard does.
func (w *world) lookUp(node, name string) cluster.Profile {
	w.t.Helper()
	profile, err := w.nodes[node].node.Lookup(w.t.Context(), node, cluster.Question{Handle: at(name)})
	if err != nil {
		w.t.Errorf("looking %s up at %s: %v", name, node, err)
	}
	return profile
}

// An invitation finds the callee wherever it is in the course of a move, and by
// whatever node it comes.
func TestInvitationsDuringAMove(t *testing.T) {
	w := newWorld(t, []string{"a", "b", "c"})
	w.people("ada", "bea")
	w.befriend("ada", "bea")
	a, b := w.nodes["a"], w.nodes["b"]
	a.signIn(t, "bea", msnp.MSNP5).show("NLN", "NLN")
	ada := a.signIn(t, "ada", msnp.MSNP5)
	ada.show("AWY", "AWY", "NLN "+at("bea")+" bea")
	rings := func(p *peer, node string) {
		t.Helper()
		if answer := w.invite(node, "bea", "ada"); answer.Code != 0 {
			t.Errorf("by way of %s the call was refused with %d", node, answer.Code)
		}
		p.expect("RNG 7 *")
	}
	rings(ada, "a")
	rings(ada, "b") // knows nothing of her
	w.owners.set("ada", "a", "b")
	rings(ada, "a")
	rings(ada, "b")
	rings(ada, "c")

	w.beginHandOver("ada", "a", "b")
	ada.expect("XFR 0 NS *")
	waiting := make(chan cluster.InvitationAnswer, 3)
	for _, node := range []string{"a", "b", "c"} {
		go func() { waiting <- w.invite(node, "bea", "ada") }()
	}
	again := b.signIn(t, "ada", msnp.MSNP5)
	again.show("NLN", "AWY", "NLN "+at("bea")+" bea")
	for range 3 {
		if answer := <-waiting; answer.Code != 0 {
			t.Errorf("a call of somebody on the move was refused with %d", answer.Code)
		}
		again.expect("RNG 7 *")
	}
	rings(again, "a")
	rings(again, "b")
	rings(again, "c")
	w.endHandOver("ada", "a", "b")
	rings(again, "a")
	rings(again, "b")
	rings(again, "c")
}

// Who is not signed in is not online, and nobody waits to learn that.
func TestInvitationOfNobodyDuringAMove(t *testing.T) {
	w := newWorld(t, []string{"a", "b", "c"})
	w.people("ada", "bea")
	for _, next := range []string{"", "b"} {
		w.owners.set("ada", "a", next)
		for _, node := range []string{"a", "b", "c"} {
			if answer := w.invite(node, "bea", "ada"); answer.Code != msnp.CodeNotOnline {
				t.Errorf("by way of %s, next %q: %d", node, next, answer.Code)
			}
		}
	}
	w.owners.set("ada", "", "")
	_, err := w.nodes["a"].node.Invite(t.Context(), "a", cluster.Invitation{Callee: at("ada")})
	if failed := new(cluster.HandlerError); !errors.As(err, &failed) {
		t.Errorf("without an owner: %v", err)
	}
}

// Nodes that send a message back and forth stop.
func TestMessagesDoNotGoRound(t *testing.T) {
	w := newWorld(t, []string{"a", "b"})
	w.people("ada")
	// Each thinks that another node has her.
	w.owners.set("ada", "c", "")
	w.owners.join("c", w.nodes["a"].addr)
	_, err := w.nodes["a"].node.Lookup(t.Context(), "a", cluster.Question{Handle: at("ada"), Hops: cluster.MaxHops})
	if failed := new(cluster.HandlerError); !errors.As(err, &failed) || failed.Text != errTooFar.Error() {
		t.Errorf("got %v", err)
	}
}

// A switchboard learns who somebody is wherever they are, and since when: a move
// is no new sign-in, and what was begun before it goes on.
func TestLookUpDuringAMove(t *testing.T) {
	w := newWorld(t, []string{"a", "b"})
	w.people("ada")
	a, b := w.nodes["a"], w.nodes["b"]
	left := make(chan cluster.SignedOut, 10)
	sb, err := cluster.Start(t.Context(), cluster.Options{
		Node: "sb", NATSURL: w.url, Roles: []cluster.Role{cluster.RoleSwitchboard}, Ownership: w.owners, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sb.Close() })
	if err := sb.ListenSignOuts(func(_ context.Context, s cluster.SignedOut) { left <- s }); err != nil {
		t.Fatal(err)
	}
	if p := w.lookUp("a", "ada"); p.SignedIn {
		t.Errorf("she is not there: %+v", p)
	}
	ada := a.signIn(t, "ada", msnp.MSNP5)
	ada.show("NLN", "NLN")
	before := w.lookUp("b", "ada")
	if !before.SignedIn || before.Name != "ada" || before.Since.IsZero() {
		t.Errorf("she is %+v", before)
	}
	same := func(when string, now cluster.Profile) {
		t.Helper()
		if later := now.Order > before.Order; !later {
			t.Errorf("%s what is told is not known to be later", when)
		}
		if now.Order = before.Order; now != before {
			t.Errorf("%s she is %+v, before %+v", when, now, before)
		}
	}
	w.handOver("ada", "a", "b")
	ada.expect("XFR 0 NS *")
	for _, node := range []string{"a", "b"} {
		same("on the move", w.lookUp(node, "ada"))
	}
	again := b.signIn(t, "ada", msnp.MSNP5)
	same("after the move", w.lookUp("a", "ada"))
	other := b.signIn(t, "ada", msnp.MSNP5)
	again.expect("OUT OTH")
	after := w.lookUp("a", "ada")
	if !after.Since.After(before.Since) {
		t.Errorf("a new sign-in at %v, after one at %v", after.Since, before.Since)
	}
	// Nothing was said of the move; of the second sign-in it is said when it was.
	if s := <-left; !s.Forced || !s.At.Equal(after.Since) {
		t.Errorf("switchboards heard %+v, for a sign-in at %v", s, after.Since)
	}
	if err := a.SignOut(t.Context(), at("ada")); err != nil {
		t.Fatal(err)
	}
	other.expect("OUT")
	s := <-left
	if !s.Forced { // her connection has ended before that was said
		s = <-left
	}
	if !s.Forced || !s.At.After(after.Since) {
		t.Errorf("switchboards heard %+v, of somebody who was there since %v", s, after.Since)
	}
}
