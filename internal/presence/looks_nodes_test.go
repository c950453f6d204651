package presence

import (
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/msnp"
)

// photo is what a client with a display picture sets with its status.
var photo = Appearance{Object: "%3Cmsnobj%2F%3E", Capabilities: 1342177316}

const photoLine = " 1342177316 %3Cmsnobj%2F%3E"

// What somebody looks like is told on every node, by version: a message alone to those
// who have messages, and to nobody else.
func TestLooksAcrossNodes(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two", "three")
	w.befriended("ada", "bea", "carl", "dora")
	ada := w.comeWith(msnp.MSNP12, "ada", "one", msnp.StatusHidden)
	bea := w.comeWith(msnp.MSNP7, "bea", "two", msnp.StatusHidden)
	carl := w.comeWith(msnp.MSNP11, "carl", "two", msnp.StatusHidden)
	ada.looks = photo
	ada.say("gone fishing")
	ada.set(msnp.StatusOnline)
	bea.only("NLN NLN ada ada")
	carl.only("NLN NLN ada ada"+photoLine, "UBX ada 65\r\n"+fishing)
	ada.say("back <soon>")
	ada.say("back <soon>")
	ada.set(msnp.StatusAway)
	bea.only("NLN AWY ada ada")
	carl.only("UBX ada 70\r\n"+back, "NLN AWY ada ada"+photoLine)

	dora := w.comeWith(msnp.MSNP11, "dora", "three", msnp.StatusHidden)
	dora.only("ILN 1 AWY ada ada"+photoLine, "UBX ada 70\r\n"+back)
	ada.looks.Capabilities, ada.looks.Object = 7, ""
	ada.set(msnp.StatusAway)
	dora.only("NLN AWY ada ada 7")
	carl.only("NLN AWY ada ada 7")
	ada.say("")
	carl.only("UBX ada 0")
	dora.only("UBX ada 0")
	w.settle()
	bea.only("NLN AWY ada ada")
	dora.rem("ada")
	dora.add("ada") // has cleared it: there is nothing to tell of
	dora.only("ILN 2 AWY ada ada 7")
	ada.say("gone fishing")
	dora.only("UBX ada 65\r\n" + fishing)
	dora.rem("ada")
	dora.add("ada")
	dora.only("ILN 2 AWY ada ada 7", "UBX ada 65\r\n"+fishing)
}

// Who is handed over takes it along: nobody is told anything, and the same said again
// changes nothing.
func TestLooksHandedOver(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two")
	w.befriended("ada", "bea", "carl")
	bea := w.comeWith(msnp.MSNP12, "bea", "two", msnp.StatusHidden)
	ada := w.comeWith(msnp.MSNP12, "ada", "one", msnp.StatusHidden)
	ada.looks = photo
	ada.say("gone fishing")
	ada.set(msnp.StatusBusy)
	bea.only("NLN BSY ada ada"+photoLine, "UBX ada 65\r\n"+fishing)
	ada.handOver("two")
	carl := w.comeWith(msnp.MSNP12, "carl", "one", msnp.StatusHidden)
	carl.only("ILN 1 BSY ada ada"+photoLine, "UBX ada 65\r\n"+fishing)
	ada.back()
	ada.say("gone fishing")
	w.settle()
	bea.only()
	carl.only()
	ada.say("back <soon>")
	bea.only("UBX ada 70\r\n" + back)
	carl.only("UBX ada 70\r\n" + back)
	ada.handOver("one")
	ada.back()
	ada.set(msnp.StatusAway)
	bea.only("NLN AWY ada ada" + photoLine)
	carl.only("NLN AWY ada ada" + photoLine)
}

// What was lost is repeated, a message that was cleared too.
func TestLooksRepeated(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two")
	w.befriended("ada", "bea", "carl")
	bea := w.comeWith(msnp.MSNP12, "bea", "two", msnp.StatusHidden)
	carl := w.comeWith(msnp.MSNP8, "carl", "two", msnp.StatusHidden)
	ada := w.comeWith(msnp.MSNP12, "ada", "one", msnp.StatusHidden)
	ada.say("gone fishing")
	ada.set(msnp.StatusOnline)
	bea.only("NLN NLN ada ada 0", "UBX ada 65\r\n"+fishing)
	carl.only("NLN NLN ada ada 0")
	one := w.nodes["one"]
	heal := one.cutOff()
	ada.say("")
	eventually(t, "the notice to be lost", one.hub.link("two").idle)
	heal()
	one.hub.Repeat(wait)
	bea.only("UBX ada 0")
	w.settle()
	carl.only()

	heal = one.cutOff()
	ada.say("back <soon>")
	ada.looks = photo
	ada.set(msnp.StatusAway)
	eventually(t, "the notices to be lost", one.hub.link("two").idle)
	heal()
	w.nodes["two"].hub.Repeat(wait)
	bea.only("NLN AWY ada ada"+photoLine, "UBX ada 70\r\n"+back)
	carl.only("NLN AWY ada ada 1342177316")
	w.nodes["two"].hub.Repeat(wait)
	w.settle()
	bea.only()
	carl.only()
}

// Two notices that overtake each other: of each thing the later one counts.
func TestLooksOutOfOrder(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two")
	w.befriended("ada", "bea")
	ada := w.comeWith(msnp.MSNP12, "ada", "one", msnp.StatusHidden)
	bea := w.comeWith(msnp.MSNP12, "bea", "two", msnp.StatusHidden)
	ada.say("gone fishing")
	ada.set(msnp.StatusOnline)
	bea.only("NLN NLN ada ada 0", "UBX ada 65\r\n"+fishing)
	heal := w.nodes["one"].cutOff()
	ada.set(msnp.StatusBusy)
	first := ada.p.shown()
	ada.say("back <soon>")
	second := ada.p.shown()
	eventually(t, "the notices to be lost", w.nodes["one"].hub.link("two").idle)
	heal()
	tell := func(s cluster.Shown, about cluster.About) {
		n := cluster.Notice{Shown: s, About: about, Watchers: []string{"bea"}}
		w.nodes["one"].hub.link("two").push(n.Pack())
	}
	tell(second, cluster.AboutPersonal)
	tell(first, cluster.AboutStatus)
	tell(second, cluster.AboutPersonal)
	tell(second, cluster.AboutAll)
	w.settle()
	bea.only("UBX ada 70\r\n"+back, "NLN BSY ada ada 0")
}

// What was personal in the session before, and comes late, is not told after what the
// new one shows.
func TestPersonalOfTheSessionBeforeComesLate(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two")
	w.befriended("ada", "bea")
	ada := w.comeWith(msnp.MSNP12, "ada", "one", msnp.StatusOnline)
	heal := w.nodes["one"].cutOff()
	ada.say("gone fishing")
	late := ada.p.shown()
	ada.leave()
	eventually(t, "the notices to be lost", w.nodes["one"].hub.link("two").idle)
	heal()
	ada.signIn("one")
	ada.set(msnp.StatusBusy)
	bea := w.comeWith(msnp.MSNP12, "bea", "two", msnp.StatusHidden)
	bea.only("ILN 1 BSY ada ada 0")
	n := cluster.Notice{Shown: late, About: cluster.AboutPersonal, Watchers: []string{"bea"}}
	w.nodes["one"].hub.link("two").push(n.Pack())
	w.settle()
	bea.only()
	ada.say("back <soon>")
	bea.only("UBX ada 70\r\n" + back)
	late = ada.p.shown()
	ada.set(msnp.StatusHidden)
	bea.only("FLN ada")
	n.Shown = late
	w.nodes["one"].hub.link("two").push(n.Pack())
	w.settle()
	bea.only()
}

// A client that has just come, and heard a change while its contacts were asked for, is
// not told the same again with the answer.
func TestChangeWhileAsked(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two")
	w.befriended("ada", "bea")
	bea := w.comeWith(msnp.MSNP12, "bea", "two", msnp.StatusHidden)
	one := w.nodes["one"]
	began, held := make(chan struct{}), make(chan struct{})
	one.set(func(t *taps) {
		t.ask = func() {
			close(began)
			<-held
		}
	})
	ada := w.signedIn(msnp.MSNP12, "ada", "one")
	done := make(chan struct{})
	go func() {
		ada.set(msnp.StatusOnline)
		close(done)
	}()
	<-began
	bea.say("gone fishing")
	bea.set(msnp.StatusBusy)
	w.settle()
	one.set(func(t *taps) { t.ask = nil })
	close(held)
	<-done
	ada.only("NLN BSY bea bea 0", "UBX bea 65\r\n"+fishing)
	ada.p.Contacts(ada.e, 7, false) // as a client that has set no status for a while
	ada.only("ILN 7 BSY bea bea 0", "UBX bea 65\r\n"+fishing)
}

// What is kept over a restart.
func TestLooksRestart(t *testing.T) {
	w := newWorld(t, Options{Grace: wait}, "one")
	w.befriended("ada", "bea")
	ada := w.comeWith(msnp.MSNP12, "ada", "one", msnp.StatusHidden)
	ada.looks = photo
	ada.say("gone fishing")
	ada.set(msnp.StatusBusy)
	states := w.nodes["one"].hub.Export()
	again := newWorld(t, Options{Grace: 10 * time.Second}, "one")
	again.lists.lists = w.lists.lists
	if err := again.nodes["one"].hub.Import(t.Context(), states); err != nil {
		t.Fatal(err)
	}
	bea := again.comeWith(msnp.MSNP12, "bea", "one", msnp.StatusHidden)
	bea.only("ILN 1 BSY ada ada"+photoLine, "UBX ada 65\r\n"+fishing)
}

// A message that changes while a client that comes asks for its contacts is not told
// before the contact is.
func TestMessageWhileAsked(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two")
	w.befriended("ada", "bea")
	bea := w.comeWith(msnp.MSNP12, "bea", "two", msnp.StatusBusy)
	bea.say("gone fishing")
	w.settle()
	one := w.nodes["one"]
	began, held := make(chan struct{}), make(chan struct{})
	one.set(func(t *taps) {
		t.ask = func() {
			close(began)
			<-held
		}
	})
	ada := w.signedIn(msnp.MSNP12, "ada", "one")
	done := make(chan struct{})
	go func() {
		ada.set(msnp.StatusOnline)
		close(done)
	}()
	<-began
	bea.say("back <soon>")
	w.settle()
	one.set(func(t *taps) { t.ask = nil })
	close(held)
	<-done
	ada.only("NLN BSY bea bea 0", "UBX bea 70\r\n"+back)
}

// Nor is one that changes while a contact is added.
func TestMessageWhileAdded(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two")
	bea := w.comeWith(msnp.MSNP12, "bea", "two", msnp.StatusBusy)
	bea.say("gone fishing")
	ada := w.comeWith(msnp.MSNP12, "ada", "one", msnp.StatusOnline)
	w.nodes["one"].set(func(t *taps) {
		t.edit = func(_ string, e cluster.Edits) error {
			if e.Edits[len(e.Edits)-1].Kind == cluster.EditAsked { // the answer is on its way
				bea.say("back <soon>")
				w.settle()
			}
			return nil
		}
	})
	ada.add("bea")
	ada.only("NLN BSY bea bea 0", "UBX bea 70\r\n"+back, "ILN 2 BSY bea bea 0")
	eventually(t, "all to be answered", func() bool { return !ada.e.knowsNot() })
	bea.say("")
	ada.only("UBX bea 0")
}
