package notification

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/msnp"
)

// What an operator wants of somebody is done wherever they are, by whatever node
// the operator asks.
func TestOrdersReachEverybody(t *testing.T) {
	w := newWorld(t, []string{"a", "b", "c"})
	w.people("ada", "bea")
	w.befriend("ada", "bea")
	w.owners.set("bea", "c", "")
	bea := w.nodes["c"].signIn(t, "bea", msnp.MSNP5)
	bea.show("NLN", "NLN")
	var ada *peer
	here := func(n *node, v msnp.Version) {
		t.Helper()
		ada = n.signIn(t, "ada", v)
		ada.show("AWY", "AWY", "NLN "+at("bea")+" bea")
		bea.expect("NLN AWY " + at("ada") + " ada")
	}
	for _, asked := range []string{"a", "b", "c"} {
		n, ctx := w.nodes[asked], t.Context()
		try := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatalf("asked of %s: %v", asked, err)
			}
		}
		here(w.nodes["a"], msnp.MSNP7)
		try(n.Alert(ctx, at("ada"), "hello"))
		ada.expect("NOT *")
		try(n.SignOut(ctx, strings.ToUpper(at("ada"))))
		ada.expect("OUT")
		bea.expect("FLN " + at("ada"))
		here(w.nodes["a"], msnp.MSNP2)
		try(n.Banned(ctx, at("ada")))
		ada.expect("OUT")
		ada.closed()
		bea.expect("FLN " + at("ada"))
		here(w.nodes["a"], msnp.MSNP3)
		try(n.Refer(ctx, at("ada"), "192.0.2.10:1864"))
		ada.expect("XFR 0 NS 192.0.2.10:1864 0")
		ada = w.nodes["a"].signIn(t, "ada", msnp.MSNP3)
		ada.show("NLN", "AWY", "NLN "+at("bea")+" bea")
		try(n.Reset(ctx, at("ada")))
		ada.expect("XFR 0 NS 0")
		try(n.SignOut(ctx, at("ada"))) // one on the move is not waited for
		bea.expect("FLN " + at("ada"))
		if err := n.SignOut(ctx, at("ada")); !errors.Is(err, ErrNotSignedIn) {
			t.Errorf("asked of %s, of somebody who is not there: %v", asked, err)
		}
	}
	if err := w.nodes["a"].SignOut(t.Context(), "nobody"); err == nil {
		t.Error("signed out without a handle")
	}
}

// Somebody is being moved while an operator wants something of them.
func TestOrdersDuringAMove(t *testing.T) {
	w := newWorld(t, []string{"a", "b"})
	w.people("ada", "bea")
	w.befriend("ada", "bea")
	bea := w.nodes["a"].signIn(t, "bea", msnp.MSNP5)
	bea.show("NLN", "NLN")
	for _, asked := range []string{"a", "b"} {
		w.owners.set("ada", "a", "")
		w.nodes["a"].Took(cluster.ShardOf(at("ada")), cluster.HowHanded)
		ada := w.nodes["a"].signIn(t, "ada", msnp.MSNP5)
		ada.show("AWY", "AWY", "NLN "+at("bea")+" bea")
		bea.expect("NLN AWY " + at("ada") + " ada")
		w.beginHandOver("ada", "a", "b")
		ada.expect("XFR 0 NS *")
		if err := w.nodes[asked].SignOut(t.Context(), at("ada")); err != nil {
			t.Errorf("asked of %s: %v", asked, err)
		}
		bea.expect("FLN " + at("ada"))
		w.endHandOver("ada", "a", "b")
		if err := w.nodes[asked].SignOut(t.Context(), at("ada")); !errors.Is(err, ErrNotSignedIn) {
			t.Errorf("asked of %s again: %v", asked, err)
		}
	}
}

// An operator who asks while a node cannot be reached gets an answer all the same.
func TestOrderToADeadNode(t *testing.T) {
	w := newWorld(t, []string{"a", "b"})
	w.people("ada")
	w.owners.set("ada", "b", "")
	ada := w.nodes["b"].signIn(t, "ada", msnp.MSNP5)
	ada.show("NLN", "NLN")
	w.nodes["b"].stop()
	done := make(chan error, 1)
	go func() { done <- w.nodes["a"].SignOut(t.Context(), at("ada")) }()
	// Another node takes its place, on which she is not signed in.
	w.owners.set("ada", "a", "")
	if err := <-done; !errors.Is(err, ErrNotSignedIn) {
		t.Errorf("got %v", err)
	}
}

// The account is removed: its owner is signed out, and everybody who had it on
// their lists is told, on whatever nodes they are.
func TestRemovalReachesEverybody(t *testing.T) {
	w := newWorld(t, []string{"a", "b", "c"})
	w.people("ada", "bea", "carl")
	w.befriend("ada", "bea")
	w.befriend("ada", "carl")
	w.owners.set("bea", "b", "")
	w.owners.set("carl", "c", "")
	ada := w.nodes["a"].signIn(t, "ada", msnp.MSNP5)
	ada.show("NLN", "NLN")
	bea, carl := w.nodes["b"].signIn(t, "bea", msnp.MSNP5), w.nodes["c"].signIn(t, "carl", msnp.MSNP5)
	for _, p := range []*peer{bea, carl} {
		p.send("LST 3 RL") // from here on it hears of changes
		p.expect("LST 3 RL *")
		p.show("NLN", "NLN", "NLN "+at("ada")+" ada")
		ada.expect("NLN NLN *")
	}
	affected, err := w.accounts.Remove(t.Context(), at("ada"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.nodes["b"].Removed(t.Context(), at("ada"), affected); err != nil {
		t.Fatal(err)
	}
	ada.expect("OUT")
	ada.closed()
	for _, p := range []*peer{bea, carl} {
		p.expectBegin("FLN "+at("ada"), "REM 0 FL ", "REM 0 AL ", "REM 0 RL ")
		p.quiet()
	}
}

// An operator sees where somebody is, and since when.
func TestWhere(t *testing.T) {
	w := newWorld(t, []string{"a", "b"})
	w.people("ada")
	where := func(asked string) cluster.Whereabouts {
		t.Helper()
		at, err := w.nodes[asked].node.Where(t.Context(), asked, cluster.Question{Handle: at("ada")})
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, asked := range []string{"a", "b"} {
		if got := where(asked); got.SignedIn || got.Node != "a" {
			t.Errorf("asked of %s: %+v", asked, got)
		}
	}
	began := time.Now().Truncate(time.Millisecond)
	ada := w.nodes["a"].signIn(t, "ada", msnp.MSNP5)
	ada.show("AWY", "AWY")
	first := where("b")
	if !first.SignedIn || first.Moving || first.Node != "a" || first.Since.Before(began) || len(first.Sessions) != 1 {
		t.Fatalf("she is %+v", first)
	}
	s := first.Sessions[0]
	if s.Handle != at("ada") || s.Status != "AWY" || s.Version != "MSNP5" || s.Remote != ada.LocalAddr().String() {
		t.Errorf("her session is %+v", s)
	}
	w.handOver("ada", "a", "b")
	for _, asked := range []string{"a", "b"} {
		if got := where(asked); !got.SignedIn || !got.Moving || got.Node != "b" || len(got.Sessions) != 0 || !got.Since.Equal(first.Since) {
			t.Errorf("on the move she is %+v", got)
		}
	}
	w.nodes["b"].signIn(t, "ada", msnp.MSNP5)
	if got := where("a"); got.Moving || got.Node != "b" || len(got.Sessions) != 1 || !got.Since.Equal(first.Since) {
		t.Errorf("after the move she is %+v", got)
	}
}

// A page to a phone is shown by the client of whoever it is for, on another node.
func TestPageToAnotherNode(t *testing.T) {
	w := newWorld(t, []string{"a", "b"})
	w.people("ada", "bea")
	w.befriend("ada", "bea")
	w.owners.set("bea", "b", "")
	ada := w.nodes["a"].signIn(t, "ada", msnp.MSNP7)
	ada.show("NLN", "NLN")
	page := "<TEXT>call me</TEXT>"
	for _, online := range []bool{false, true} {
		var bea *peer
		if online {
			bea = w.nodes["b"].signIn(t, "bea", msnp.MSNP7)
			bea.show("NLN", "NLN", "NLN "+at("ada")+" ada")
			ada.expect("NLN NLN " + at("bea") + " bea")
		}
		ada.send("PAG 5 " + at("bea") + " 20")
		if _, err := ada.Write([]byte(page)); err != nil {
			t.Fatal(err)
		}
		if !online {
			ada.expect("800 5")
			continue
		}
		bea.expect("IPG *")
		ada.quiet()
	}
}
