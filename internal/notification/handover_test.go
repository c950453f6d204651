package notification

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/msnp"
)

// Moving, rules 1, 2, 4, 5 and 8: a client is referred in the form of its version,
// finds its principal on the new node as it was, and nobody notices.
func TestHandOver(t *testing.T) {
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, []string{"a", "b"})
			w.people("ada", "bea", "carl")
			w.befriend("ada", "bea")
			w.befriend("ada", "carl")
			w.owners.set("carl", "b", "")
			a, b := w.nodes["a"], w.nodes["b"]
			bea := a.signIn(t, "bea", msnp.MSNP5)
			bea.show("NLN", "NLN")
			ada := a.signIn(t, "ada", v)
			ada.show("LUN", "LUN", "NLN "+at("bea")+" bea")
			bea.expect("NLN LUN " + at("ada") + " ada")
			carl := b.signIn(t, "carl", msnp.MSNP5)
			carl.show("AWY", "AWY", "LUN "+at("ada")+" ada")
			ada.expect("NLN AWY " + at("carl") + " carl" + ada.caps())

			w.handOver("ada", "a", "b")
			// Rule 1: the referral is the last word. Whatever happens, and whatever the
			// client still says, nothing comes any more, nor is the connection closed.
			ada.expect(referralTo(v, 0, b.addr, a.addr))
			bea.send("CHG 5 BSY")
			bea.expect("CHG 5 BSY")
			ada.send("CHG 9 NLN", "XYZ")
			ada.silent()
			if a.hub.Find(at("ada")) != nil {
				t.Error("still on the old node")
			}

			// Rule 2: the new sign-in ends the old connection, without a word.
			again := b.signIn(t, "ada", v)
			ada.closed()
			// Rules 4 and 5: the client has what it had, whatever it asks for.
			again.show("HDN", "LUN", "BSY "+at("bea")+" bea", "AWY "+at("carl")+" carl")
			bea.quiet()
			carl.quiet()
			// Only the first time.
			again.send("CHG 5 PHN" + again.caps())
			again.expect("CHG 5 PHN" + again.caps())
			bea.expect("NLN PHN " + at("ada") + " ada")
			carl.expect("NLN PHN " + at("ada") + " ada")
		})
	}
}

// Moving, rule 3: what was asked before is answered before the referral, or the
// text is lost that the user has just typed.
func TestTransferIsAnsweredBeforeTheReferral(t *testing.T) {
	for _, v := range versions[1:] { // no hash of an account that Beta 2 would need is announced here
		w := newWorld(t, []string{"a", "b"})
		w.people("ada")
		ada := w.nodes["a"].signIn(t, "ada", v)
		ada.show("NLN", "NLN")
		ada.send("XFR 5 SB", "CVR 6 0x0409 winnt 5.1 i386 MSMSGS 5.0.0544")
		w.handOver("ada", "a", "b")
		ada.expect("XFR 5 SB 192.0.2.1:1865 CKI *", "CVR 6 5.0.0544 *")
		ada.expect(referralTo(v, 0, w.nodes["b"].addr, w.nodes["a"].addr))
		ada.silent()
	}
}

// Moving, rule 6: a client that sends no CHG is told of its contacts unasked, and
// can be called.
func TestNoStatusAfterAMove(t *testing.T) {
	for _, v := range []msnp.Version{msnp.MSNP3, msnp.MSNP8, msnp.MSNP12} {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, []string{"a", "b"})
			w.people("ada", "bea")
			w.befriend("ada", "bea")
			a, b := w.nodes["a"], w.nodes["b"]
			bea := a.signIn(t, "bea", msnp.MSNP5)
			bea.show("NLN", "NLN")
			ada := a.signIn(t, "ada", v)
			ada.show("AWY", "AWY", "NLN "+at("bea")+" bea")
			bea.expect("NLN AWY " + at("ada") + " ada")
			w.handOver("ada", "a", "b")
			again := b.signIn(t, "ada", v)
			again.send("XFR 5 SB") // it has its status already
			again.expect("XFR 5 SB *")
			rung := make(chan cluster.InvitationAnswer, 1)
			go func() { rung <- w.invite("a", "bea", "ada") }()
			again.expect("NLN NLN " + at("bea") + " bea" + again.caps())
			if v.Has(msnp.FeatureChallenge) {
				again.expect("CHL 0 *")
			}
			again.expect("RNG 7 192.0.2.1:1865 CKI *")
			if answer := <-rung; answer.Code != 0 {
				t.Errorf("the call was refused with %d", answer.Code)
			}
			bea.quiet()
		})
	}
}

// Moving, rule 13: who does not come back within the grace has left. On the other
// node, since that is where it is.
func TestGraceIsOver(t *testing.T) {
	w := newWorld(t, []string{"a", "b"}, func(w *world) { w.grace = 300 * time.Millisecond })
	w.people("ada", "bea")
	w.befriend("ada", "bea")
	bea := w.nodes["a"].signIn(t, "bea", msnp.MSNP5)
	bea.show("NLN", "NLN")
	ada := w.nodes["a"].signIn(t, "ada", msnp.MSNP7)
	ada.show("AWY", "AWY", "NLN "+at("bea")+" bea")
	bea.expect("NLN AWY " + at("ada") + " ada")
	w.handOver("ada", "a", "b")
	ada.expect("XFR 0 NS *")
	if err := ada.Close(); err != nil {
		t.Fatal(err)
	}
	bea.expect("FLN " + at("ada"))
	eventually(t, "she is forgotten", func() bool { return w.nodes["b"].hub.Find(at("ada")) == nil })
	// Her next sign-in is one like every other.
	ada = w.nodes["b"].signIn(t, "ada", msnp.MSNP7)
	ada.show("NLN", "NLN", "NLN "+at("bea")+" bea")
	bea.expect("NLN NLN " + at("ada") + " ada")
}

// Moving, rule 1: a client that ignores its referral is closed after a while, and
// holds nothing up.
func TestClientThatStays(t *testing.T) {
	w := newWorld(t, []string{"a", "b"}, func(w *world) {
		w.change = func(o *Options) { o.Times.Referred = 100 * time.Millisecond }
	})
	w.people("ada")
	ada := w.nodes["a"].signIn(t, "ada", msnp.MSNP7)
	ada.show("NLN", "NLN")
	w.handOver("ada", "a", "b")
	ada.expect("XFR 0 NS *")
	ada.closed()
	if s := w.nodes["a"].moves.leftBehind(at("ada")); s != nil {
		t.Error("its connection is remembered")
	}
}

// Those without a connection move, too: who was referred or reset a moment ago,
// and those for whom a place is kept.
func TestHandOverOfWhoIsOnTheMove(t *testing.T) {
	w := newWorld(t, []string{"a", "b"})
	w.people("ada", "bea")
	w.befriend("ada", "bea")
	a, b := w.nodes["a"], w.nodes["b"]
	bea := a.signIn(t, "bea", msnp.MSNP5)
	bea.show("NLN", "NLN")
	for name, leave := range map[string]func(*peer){
		"referred, and there": func(ada *peer) {
			if err := a.Refer(t.Context(), at("ada"), a.addr); err != nil {
				t.Fatal(err)
			}
			ada.expect("XFR 0 NS " + a.addr + " 0")
		},
		"referred, and gone": func(ada *peer) {
			if err := a.Refer(t.Context(), at("ada"), a.addr); err != nil {
				t.Fatal(err)
			}
			ada.expect("XFR 0 NS " + a.addr + " 0")
			_ = ada.Close()
			eventually(t, "the connection has ended", func() bool { return a.hub.Find(at("ada")).Endpoint() == nil })
		},
		"reset": func(ada *peer) {
			if err := a.Reset(t.Context(), at("ada")); err != nil {
				t.Fatal(err)
			}
			ada.expect("XFR 0 NS 0")
		},
	} {
		t.Run(name, func(t *testing.T) {
			w.owners.set("ada", "a", "")
			a.Took(cluster.ShardOf(at("ada")), cluster.HowHanded)
			ada := a.signIn(t, "ada", msnp.MSNP5)
			ada.show("PHN", "PHN", "NLN "+at("bea")+" bea")
			bea.expect("NLN PHN " + at("ada") + " ada")
			leave(ada)
			w.handOver("ada", "a", "b")
			if name == "reset" {
				ada.send("VER 1 MSNP5 CVR0", "USR 2 MD5 I "+at("ada"))
				ada.expect("VER 1 MSNP5 CVR0")
				ada.referred(2, b)
			} else if name == "referred, and there" {
				ada.silent()
			}
			again := begin(t, a.addr, "ada", msnp.MSNP5) // where it was sent at first
			again.who("ada")
			again.referred(2, b)
			there := b.signIn(t, "ada", msnp.MSNP5)
			there.show("NLN", "PHN", "NLN "+at("bea")+" bea")
			bea.quiet()
			there.send("OUT")
			bea.expect("FLN " + at("ada"))
		})
	}
}

// A node that cannot take anybody in leaves everything as it was.
func TestHandOverInVain(t *testing.T) {
	w := newWorld(t, []string{"a", "b", "c"})
	w.people("ada", "bea")
	w.befriend("ada", "bea")
	a := w.nodes["a"]
	bea := a.signIn(t, "bea", msnp.MSNP5)
	bea.show("NLN", "NLN")
	ada := a.signIn(t, "ada", msnp.MSNP5)
	ada.show("AWY", "AWY", "NLN "+at("bea")+" bea")
	bea.expect("NLN AWY " + at("ada") + " ada")
	// It has not been told that it is to own the shard, and knows nothing of it.
	w.owners.set("ada", "a", "c")
	ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
	defer cancel()
	if err := a.HandOver(ctx, cluster.ShardOf(at("ada")), w.member("b")); err == nil {
		t.Error("handed over to a node that refuses")
	}
	w.owners.set("ada", "a", "")
	a.Kept(cluster.ShardOf(at("ada")))
	ada.quiet()
	ada.send("CHG 5 LUN")
	ada.expect("CHG 5 LUN")
	bea.expect("NLN LUN " + at("ada") + " ada")
	// The next time it goes well.
	w.handOver("ada", "a", "b")
	ada.expect("XFR 0 NS " + w.nodes["b"].addr + " 0")
	again := w.nodes["b"].signIn(t, "ada", msnp.MSNP5)
	again.show("NLN", "LUN", "NLN "+at("bea")+" bea")
	bea.quiet()
}

// The hand-over is given up when some have been moved already: they come back, and
// nobody has seen them leave.
func TestHandOverIsGivenUp(t *testing.T) {
	w := newWorld(t, []string{"a", "b"})
	w.people("ada", "bea")
	w.befriend("ada", "bea")
	a, b := w.nodes["a"], w.nodes["b"]
	shard := cluster.ShardOf(at("ada"))
	bea := a.signIn(t, "bea", msnp.MSNP5)
	bea.show("NLN", "NLN")
	ada := a.signIn(t, "ada", msnp.MSNP5)
	ada.show("AWY", "AWY", "NLN "+at("bea")+" bea")
	bea.expect("NLN AWY " + at("ada") + " ada")

	w.beginHandOver("ada", "a", "b")
	ada.expect("XFR 0 NS " + b.addr + " 0")
	t.Log("given up before the client has come")
	w.owners.set("ada", "a", "")
	b.Lost(shard)
	a.Kept(shard)
	eventually(t, "she is known again", func() bool { return a.hub.Find(at("ada")) != nil && b.hub.Find(at("ada")) == nil })
	ada = begin(t, b.addr, "ada", msnp.MSNP5)
	ada.who("ada")
	ada.referred(2, a)
	ada = a.signIn(t, "ada", msnp.MSNP5)
	ada.show("NLN", "AWY", "NLN "+at("bea")+" bea")
	bea.quiet()

	t.Log("given up when it is there")
	w.beginHandOver("ada", "a", "b")
	ada.expect("XFR 0 NS " + b.addr + " 0")
	there := b.signIn(t, "ada", msnp.MSNP5)
	ada.closed()
	there.show("NLN", "AWY", "NLN "+at("bea")+" bea")
	w.owners.set("ada", "a", "")
	a.Kept(shard)
	b.Lost(shard)
	there.expect("XFR 0 NS " + a.addr + " 0")
	ada = a.signIn(t, "ada", msnp.MSNP5)
	there.closed()
	ada.show("NLN", "AWY", "NLN "+at("bea")+" bea")
	bea.quiet()
}

// Who is given up, because the shard is another node's, stays when that comes back
// before they could be moved.
func TestGivenUpTooSoon(t *testing.T) {
	w := newWorld(t, []string{"a", "b"})
	w.people("ada")
	a, b := w.nodes["a"], w.nodes["b"]
	shard := cluster.ShardOf(at("ada"))
	ada := a.signIn(t, "ada", msnp.MSNP5)
	ada.show("AWY", "AWY")
	deaf := w.join("deaf", "192.0.2.9:1864", slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = deaf.Close() })
	asked, answer := make(chan struct{}, 1), make(chan struct{})
	err := deaf.ServeCarries(func(context.Context, cluster.Carried) error {
		select {
		case asked <- struct{}{}:
		default:
		}
		<-answer
		return errors.New("no room")
	})
	if err != nil {
		t.Fatal(err)
	}
	w.owners.set("ada", "deaf", "")
	a.Lost(shard)
	<-asked
	t.Log("it is handed over to where she is")
	w.owners.set("ada", "b", "a")
	close(answer)
	if err := b.HandOver(t.Context(), shard, w.member("a")); err != nil {
		t.Fatal(err)
	}
	w.endHandOver("ada", "b", "a")
	given := make(chan struct{})
	go func() { a.jobs.Wait(); close(given) }()
	select {
	case <-given:
	case <-time.After(patience):
		t.Fatal("it is still tried to move her")
	}
	ada.quiet()
	if a.hub.Find(at("ada")) == nil {
		t.Error("she is not known any more")
	}
}

// A client that has taken the place of another, and was moved before it has set a
// status, gets the one that it asks for: what watchers are shown yet is not its own.
func TestMovedBeforeTheFirstStatus(t *testing.T) {
	w := newWorld(t, []string{"a", "b"})
	w.people("ada", "bea")
	w.befriend("ada", "bea")
	a, b := w.nodes["a"], w.nodes["b"]
	bea := a.signIn(t, "bea", msnp.MSNP5)
	bea.show("NLN", "NLN")
	first := a.signIn(t, "ada", msnp.MSNP5)
	first.show("AWY", "AWY", "NLN "+at("bea")+" bea")
	bea.expect("NLN AWY " + at("ada") + " ada")
	second := a.signIn(t, "ada", msnp.MSNP5)
	first.expect("OUT OTH")
	w.handOver("ada", "a", "b")
	second.expect("XFR 0 NS " + b.addr + " 0")
	bea.quiet()
	again := b.signIn(t, "ada", msnp.MSNP5)
	second.closed()
	again.send("XFR 3 SB")
	again.expect("913 3")
	again.show("HDN", "HDN", "NLN "+at("bea")+" bea")
	bea.expect("FLN " + at("ada"))
	again.send("OUT")
	bea.quiet()
}

// A client that is moved is let in however many have come from its address.
func TestMovedFromABusyAddress(t *testing.T) {
	w := newWorld(t, []string{"a", "b"}, func(w *world) {
		w.change = func(o *Options) { o.Limits.SignInsPerAddress = 1 }
	})
	w.people("ada", "carl", "dora")
	w.owners.set("carl", "b", "")
	a, b := w.nodes["a"], w.nodes["b"]
	ada := a.signIn(t, "ada", msnp.MSNP5)
	ada.show("AWY", "AWY")
	b.signIn(t, "carl", msnp.MSNP5)
	w.handOver("ada", "a", "b")
	ada.expect("XFR 0 NS " + b.addr + " 0")
	b.signIn(t, "ada", msnp.MSNP5).show("NLN", "AWY")
	w.owners.set("dora", "b", "")
	dora := begin(t, b.addr, "dora", msnp.MSNP5)
	dora.who("dora")
	dora.expect("910 2")
}
