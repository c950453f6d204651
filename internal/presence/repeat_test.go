package presence

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// cutOff loses what a node has to say to others, until the function is called.
func (n *node) cutOff() (heal func()) {
	n.set(func(t *taps) { t.notify = func(string) (bool, error) { return true, nil } })
	return func() { n.set(func(t *taps) { t.notify = nil }) }
}

// What has changed while a node was cut off is repeated, both ways.
func TestRepeat(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two", "three")
	w.befriended("ada", "bea", "carl", "dora", "eve")
	ada := w.come("ada", "one", msnp.StatusOnline)
	carl := w.come("carl", "one", msnp.StatusOnline)
	dora := w.come("dora", "one", msnp.StatusOnline)
	eve := w.come("eve", "one", msnp.StatusOnline)
	bea := w.come("bea", "two", msnp.StatusOnline)
	w.settle()
	ada.sees("bea NLN bea", "carl NLN carl", "dora NLN dora", "eve NLN eve")

	healOne, healTwo := w.nodes["one"].cutOff(), w.nodes["two"].cutOff()
	ada.set(msnp.StatusBusy)
	carl.leave()
	dora.list("bea", roster.Block, true)
	eve.set(msnp.StatusHidden)
	bea.set(msnp.StatusAway)
	eventually(t, "the notices to be lost", func() bool {
		return w.nodes["one"].hub.link("two").idle() && w.nodes["two"].hub.link("one").idle()
	})
	healOne()
	healTwo()
	w.settle()
	bea.sees("ada NLN ada", "carl NLN carl", "dora NLN dora", "eve NLN eve")
	w.nodes["two"].hub.Repeat(wait) // two asks one, and says it again itself
	bea.sees("ada BSY ada")
	ada.sees("bea AWY bea", "dora NLN dora")
	w.settle()
	bea.told = nil
	w.nodes["one"].hub.Repeat(0)
	w.settle()
	bea.sees("ada BSY ada")
	if !w.nodes["one"].hub.link("three").idle() {
		t.Error("something was said to a node where nobody is")
	}
}

func (l *link) idle() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.sending
}

// What could not be sent is repeated when the next notice can be.
func TestLinkHeals(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two")
	w.befriended("ada", "bea", "carl")
	ada := w.come("ada", "one", msnp.StatusOnline)
	carl := w.come("carl", "one", msnp.StatusOnline)
	bea := w.come("bea", "two", msnp.StatusOnline)
	one := w.nodes["one"]
	one.set(func(t *taps) { t.notify = func(string) (bool, error) { return false, errors.New("no bus") } })
	ada.set(msnp.StatusBusy)
	eventually(t, "the notice to be lost", one.hub.link("two").idle)
	one.set(func(t *taps) { t.notify = nil })
	bea.sees("ada NLN ada", "carl NLN carl")
	carl.set(msnp.StatusAway)
	bea.sees("ada BSY ada", "carl AWY carl")

	l := one.hub.link("two")
	held := make(chan struct{})
	one.set(func(t *taps) { t.notify = func(string) (bool, error) { <-held; return false, nil } })
	ada.set(msnp.StatusLunch)
	eventually(t, "the link to be held up", func() bool { return !l.idle() })
	ada.set(msnp.StatusPhone)
	n := cluster.Notice{}
	packed := n.Pack()
	for packed.Add("nobody") {
		continue
	}
	for l.whole() {
		l.push(packed)
	}
	close(held)
	bea.sees("ada PHN ada", "carl AWY carl")
}

// Much that waits for a node goes out in messages that it can read, however short
// each notice is.
func TestManyShortNotices(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two")
	w.befriended("ada", "bea")
	ada := w.come("ada", "one", msnp.StatusOnline)
	bea := w.come("bea", "two", msnp.StatusOnline)
	one := w.nodes["one"]
	l := one.hub.link("two")
	held := make(chan struct{})
	one.set(func(t *taps) { t.notify = func(string) (bool, error) { <-held; return false, nil } })
	n := cluster.Notice{}
	packed := n.Pack()
	packed.Add("x")
	ada.set(msnp.StatusBusy)
	for range 3 * cluster.MaxNotices / 2 {
		l.push(packed)
	}
	ada.set(msnp.StatusAway)
	for range 3 * cluster.MaxNotices / 2 {
		l.push(packed)
	}
	close(held)
	bea.sees("ada AWY ada")
}

// whole reports whether nothing was lost.
func (l *link) whole() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.gap.IsZero()
}

// Graves are kept for a while only.
func TestGraves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		h.bus = solitary{}
		for range 3 {
			ada := signIn(h, "ada", "bea")
			ada.set(msnp.StatusOnline)
			ada.Detach(ada.endpoint)
			time.Sleep(graveSpan * 2 / 3)
		}
		if n := len(h.graves.list); n != 2 {
			t.Errorf("%d have left lately", n)
		}
		if n := len(h.graves.since(graveSpan)); n != 1 {
			t.Errorf("%d have left in the last time", n)
		}
	})
}

// solitary is the bus of a node with another from which nothing is heard.
type solitary struct{ Bus }

func (solitary) ID() string { return "one" }

func (solitary) ShardOwner(int) (cluster.Owner, bool) { return cluster.Owner{Node: "two"}, true }

func (solitary) Notify(string, ...cluster.Packed) error { return nil }

func (solitary) Edit(context.Context, string, cluster.Edits) (cluster.EditsAnswer, error) {
	return cluster.EditsAnswer{}, errors.New("no answer")
}

func (solitary) States(context.Context, string, cluster.Query) (cluster.Answer, error) {
	return cluster.Answer{}, errors.New("no answer")
}

func (solitary) Recall(context.Context, string, cluster.Recall) error { return errors.New("no answer") }

// A node from which nothing is heard is given up in the end, and keeps nobody.
func TestGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		ada := watcher(h, "ada")
		h.bus = solitary{}
		begin := time.Now()
		h.Reverse("bea", "ada", true)
		ada.Contact(ada.endpoint, 1, "bea", false)
		if d := time.Since(begin); d != gatherTime {
			t.Errorf("the client waited for %s", d)
		}
		ada.Load(ada.endpoint, roster.NewPrivacy(false, roster.Entry{Handle: "bea", Lists: roster.Forward}))
		ada.Contacts(ada.endpoint, 2, false)
		ada.Leave()
		ada.Stay("two")
		time.Sleep(patience + lastPause)
		synctest.Wait()
		if !h.outbox.empty() {
			t.Error("a change is tried yet")
		}
		for range 2 * maxQueued {
			h.Reverse("bea", "ada", true)
		}
		if n := len(h.outbox.queues[cluster.ShardOf("bea")]); n != maxQueued {
			t.Errorf("%d wait", n)
		}
		// What is left at the end is not waited for for ever.
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		h.Stop(ctx)
		if !h.outbox.empty() {
			t.Error("something is left")
		}
		h.Reverse("bea", "ada", true)
		ada.Contacts(ada.endpoint, 3, false)
		heard(t, ada)
	})
}

// A change that was done is not done again if the answer is lost, and none
// overtakes another.
func TestEditOnce(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two")
	ada := w.come("ada", "one", msnp.StatusOnline)
	bea := w.come("bea", "two", msnp.StatusBusy)
	lost := 0
	w.nodes["one"].set(func(t *taps) {
		t.edit = func(string, cluster.Edits) error {
			if lost++; lost%3 != 0 {
				return errors.New("the answer was lost")
			}
			return nil
		}
	})
	ada.add("bea")
	ada.heard("ILN 2 BSY bea bea")
	ada.rem("bea")
	ada.add("bea")
	ada.at.hub.Tell("bea", msnp.Removed{List: msnp.BlockList, Version: 9, Handle: "x", Group: msnp.NoGroup})
	bea.only("ADD 0 RL 5 ada ada", "REM 0 RL 6 ada", "ADD 0 RL 5 ada ada", "REM 0 BL 9 x")
	eventually(t, "an answer", ada.at.hub.outbox.empty)
	bea.set(msnp.StatusAway)
	ada.sees("bea AWY bea")
}

// Of somebody whose node has died the others are told when it is clear that its
// client is not coming back.
func TestRefresh(t *testing.T) {
	w := newWorld(t, Options{Grace: 300 * time.Millisecond}, "one", "two", "three")
	w.befriended("ada", "bea", "carl", "dora", "eve")
	w.come("ada", "one", msnp.StatusBusy)
	carl := w.come("carl", "one", msnp.StatusBusy)
	dora := w.come("dora", "one", msnp.StatusBusy)
	bea := w.come("bea", "two", msnp.StatusOnline)
	eve := w.come("eve", "three", msnp.StatusOnline)
	bea.sees("ada BSY ada", "carl BSY carl", "dora BSY dora", "eve NLN eve")
	w.settle()
	w.nodes["one"].hub.Abandon()
	w.settle()
	eve.see()
	bea.see()
	eve.told, bea.told = nil, nil
	if n := w.nodes["one"].hub.Len(); n != 0 {
		t.Errorf("%d are there yet", n)
	}
	if _, _, err := w.nodes["one"].hub.SignIn("ada", "", &Endpoint{Session: new(connection)}); !errors.Is(err, ErrElsewhere) {
		t.Errorf("somebody was let in: %v", err)
	}
	var lost []int
	for _, handle := range []string{"ada", "carl", "dora"} {
		w.owned.set(handle, "three", "")
		lost = append(lost, cluster.ShardOf(handle))
	}
	carl.signIn("three")
	carl.set(msnp.StatusAway)
	dora.signIn("three")
	dora.set(msnp.StatusHidden)
	w.nodes["two"].hub.Refresh(lost)
	w.nodes["three"].hub.Refresh(lost)
	for _, u := range []*user{bea, eve} {
		u.heard("NLN AWY carl carl") // by carl
		u.heard("FLN ada")           // by the refresh
	}
	bea.sees("carl AWY carl", "eve NLN eve")
	eve.sees("bea NLN bea", "carl AWY carl")
}

// A node that was cut off, and then could not serve any more, does not say again who
// had left it: they may have come back elsewhere.
func TestNoRepeatAfterAFence(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two", "three")
	w.befriended("ada", "bea", "carl")
	ada := w.come("ada", "one", msnp.StatusOnline)
	bea := w.come("bea", "two", msnp.StatusOnline)
	one, two := w.nodes["one"], w.nodes["two"]
	one.set(func(t *taps) { t.notify = func(string) (bool, error) { return false, errors.New("no bus") } })
	ada.leave()
	eventually(t, "the notice to be lost", one.hub.link("two").idle)
	one.hub.Abandon()
	w.home("ada", "three")
	ada.signIn("three")
	ada.set(msnp.StatusAway)
	bea.sees("ada AWY ada")

	one.set(func(t *taps) { t.notify = nil })
	two.hub.order.forget(cluster.ShardOf("ada")) // as it does with time
	one.hub.Open(cluster.ShardOf("carl"))
	w.come("carl", "one", msnp.StatusBusy)
	bea.sees("ada AWY ada", "carl BSY carl")
	w.settle()
	bea.sees("ada AWY ada", "carl BSY carl")
}

// What is kept over a restart.
func TestRestart(t *testing.T) {
	w := newWorld(t, Options{Grace: 300 * time.Millisecond}, "one")
	w.befriended("ada", "bea", "carl")
	ada := w.come("ada", "one", msnp.StatusBusy)
	ada.rename("Ada%20L")
	ada.e.SetCalls(false)
	bea := w.come("bea", "one", msnp.StatusOnline)
	carl := w.come("carl", "one", msnp.StatusAway)
	carl.p.Move()
	carl.leave()
	states := w.nodes["one"].hub.Export()
	if len(states) != 3 {
		t.Fatalf("kept were %+v", states)
	}

	broken := errors.New("no database")
	if err := newHub(t, Options{Lists: func(context.Context, string) (roster.Privacy, error) {
		return roster.Privacy{}, broken
	}}).Import(t.Context(), states); !errors.Is(err, broken) {
		t.Errorf("without a database: %v", err)
	}
	again := newWorld(t, Options{Grace: 300 * time.Millisecond}, "one")
	again.lists.lists = w.lists.lists
	hub := again.nodes["one"].hub
	if err := hub.Import(t.Context(), states); err != nil {
		t.Fatal(err)
	}
	for _, u := range []*user{ada, bea} {
		u.w = again
		u.see()
		u.told = nil
		u.signIn("one")
		u.set(u.p.Status())
	}
	ada.sees("bea NLN bea", "carl AWY carl")
	bea.sees("ada BSY Ada%20L", "carl AWY carl")
	if ada.e.TakesCalls() || !bea.e.TakesCalls() {
		t.Error("who takes calls was forgotten")
	}
	ada.only("ILN 1 NLN bea bea", "ILN 1 AWY carl carl", "FLN carl")
	bea.only("ILN 1 BSY ada Ada%20L", "ILN 1 AWY carl carl", "FLN carl")
	w.owned.set("ada", "", "")
	if err := w.nodes["one"].hub.Import(t.Context(), states[:1]); err != nil {
		t.Errorf("somebody who is at home elsewhere: %v", err)
	}
}
