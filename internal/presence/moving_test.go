package presence

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// Nobody is told of a move, and what somebody was before it is after it.
func TestHandedOver(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two", "three")
	w.befriended("ada", "bea", "carl", "dora")
	ada := w.come("ada", "one", msnp.StatusBusy)
	ada.rename("Ada%20L")
	since := ada.p.Since()
	all := []*user{
		w.come("bea", "one", msnp.StatusOnline), w.come("carl", "two", msnp.StatusOnline), w.come("dora", "three", msnp.StatusOnline),
	}
	w.settle()
	for _, u := range all {
		u.sees(w.others(u, all, "ada BSY Ada%20L")...)
		u.told = nil
	}
	ada.handOver("two")
	if w.nodes["one"].hub.Find("ada") != nil || ada.p.Detach(ada.e) {
		t.Error("ada is where she was yet")
	}
	ada.back()
	if ada.at.ID() != "two" || !ada.p.Since().Equal(since.Truncate(time.Millisecond)) {
		t.Errorf("ada is at %s since %s", ada.at.ID(), ada.p.Since())
	}
	ada.sees("bea NLN bea", "carl NLN carl", "dora NLN dora")
	w.settle()
	for _, u := range all {
		u.only()
	}
	ada.set(msnp.StatusLunch)
	ada.leave()
	w.settle()
	for _, u := range all {
		u.only("NLN LUN ada Ada%20L", "FLN ada")
	}
}

// others is what somebody sees who sees everybody.
func (w *world) others(u *user, all []*user, more ...string) []string {
	for _, other := range all {
		if other != u {
			more = append(more, other.handle+" "+string(other.p.Status())+" "+string(other.p.Name()))
		}
	}
	slices.Sort(more)
	return more
}

// A client that does not come after its principal was moved has left once, when
// the grace is over.
func TestNeverArrives(t *testing.T) {
	w := newWorld(t, Options{Grace: 300 * time.Millisecond}, "one", "two", "three")
	w.befriended("ada", "bea", "carl")
	bea := w.come("bea", "one", msnp.StatusOnline)
	carl := w.come("carl", "three", msnp.StatusOnline)
	ada := w.come("ada", "one", msnp.StatusBusy)
	ada.handOver("two")
	ada.leave()
	for _, u := range []*user{bea, carl} {
		u.heard("NLN BSY ada ada")
		u.heard("FLN ada")
	}
	if w.nodes["two"].hub.Find("ada") != nil {
		t.Error("ada is waited for yet")
	}
	w.settle()
	bea.only()
	carl.only()
}

// Somebody who is on the move already is moved with the grace that is left.
func TestMovedTwice(t *testing.T) {
	w := newWorld(t, Options{Grace: time.Hour}, "one", "two", "three")
	w.befriended("ada", "bea")
	bea := w.come("bea", "three", msnp.StatusOnline)
	ada := w.come("ada", "one", msnp.StatusBusy)
	ada.p.Move()
	ada.leave()
	ada.handOver("two")
	ada.at, ada.p = w.nodes["two"], w.nodes["two"].hub.Find("ada")
	if left := time.Until(ada.p.grace.until); left > time.Hour || left < time.Hour-wait {
		t.Errorf("there are %s left", left)
	}
	ada.handOver("one")
	ada.at = w.nodes["one"]
	ada.back()
	w.settle()
	bea.sees("ada BSY ada")
	bea.only("NLN BSY ada ada")
}

// What is said to somebody who has moved is passed on, also by nodes that have
// not heard of it.
func TestPassedOn(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two", "three")
	w.befriended("ada", "bea")
	bea := w.come("bea", "three", msnp.StatusOnline)
	ada := w.come("ada", "one", msnp.StatusOnline)
	w.nodes["three"].view.freeze("ada")
	ada.handOver("two")
	ada.back()
	ada.only("ILN 1 NLN bea bea", "ILN 1 NLN bea bea") // before the move, and after it
	bea.set(msnp.StatusBusy)
	ada.only("NLN BSY bea bea")
	bea.rem("ada")
	ada.heard("REM 0 RL 6 bea")
	bea.add("ada")
	bea.heard("ILN 2 NLN ada ada")
	ada.heard("ADD 0 RL 5 bea bea")
	bea = w.come("bea", "three", msnp.StatusOnline)
	bea.only("ILN 1 NLN ada ada")
}

// Changes of the lists that come while they are read for somebody who is being
// carried are not lost; nor are those that come while nobody knows where it is.
func TestEditsWhileCarried(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two", "three")
	ada := w.come("ada", "one", msnp.StatusBusy)
	bea := w.come("bea", "two", msnp.StatusOnline)
	carl := w.come("carl", "three", msnp.StatusOnline)
	dora := w.come("dora", "one", msnp.StatusOnline)
	w.lists.reading = func(string) {
		w.lists.reading = nil
		// These are not in what was read.
		bea.add("ada")  // where she is going
		carl.add("ada") // is told that she is where she was
		dora.add("ada") // where she was
		bea.told = nil  // nothing yet
		bea.p.Contacts(bea.e, 3, false)
	}
	ada.handOver("two")
	for _, u := range []*user{bea, carl, dora} {
		u.sees("ada BSY ada")
	}
	for _, contact := range []string{"bea", "carl", "dora"} {
		p := w.nodes["two"].hub.Find("ada") // whose lists are read again when her client comes
		if eventually(t, "all edits to be done", w.nodes["three"].hub.outbox.empty); !p.lists.Lookup(contact).Has(roster.Reverse) {
			t.Errorf("%s was forgotten", contact)
		}
	}
	ada.back()
	ada.set(msnp.StatusAway)
	for _, u := range []*user{bea, carl, dora} {
		u.sees("ada AWY ada")
	}
}

// Who asks for somebody whose lists are being read is answered when they are.
func TestAskedWhileCarried(t *testing.T) {
	w := newWorld(t, Options{}, "one")
	w.lists.befriend("ada", "bea")
	bea := w.come("bea", "one", msnp.StatusOnline)
	ask := func() {
		w.lists.reading = func(string) {
			w.lists.reading = nil
			bea.p.Contacts(bea.e, 3, false)
			bea.only() // nothing yet
		}
	}
	ask()
	state := State{Handle: "ada", Name: "ada", Status: msnp.StatusBusy, Seq: bea.at.hub.clock.next()}
	if err := bea.at.hub.Carry(t.Context(), state); err != nil {
		t.Fatal(err)
	}
	bea.heard("NLN BSY ada ada")

	w.lists.edit("ada", func(p *roster.Privacy) { p.Set("bea", roster.Block) })
	bea.at.hub.Find("ada").Release()
	ask()
	if err := bea.at.hub.Carry(t.Context(), state); err != nil {
		t.Fatal(err)
	}
	bea.only()
}

// So is who asks from another node.
func TestAskedFromAfarWhileCarried(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two")
	w.lists.befriend("ada", "bea")
	bea := w.come("bea", "two", msnp.StatusOnline)
	w.home("ada", "one")
	w.lists.reading = func(string) {
		w.lists.reading = nil
		bea.p.Contacts(bea.e, 3, false)
		bea.only() // nothing yet
	}
	one := w.nodes["one"].hub
	state := State{Handle: "ada", Name: "ada", Status: msnp.StatusBusy, Seq: one.clock.next()}
	if err := one.Carry(t.Context(), state); err != nil {
		t.Fatal(err)
	}
	bea.heard("NLN BSY ada ada")
}

// What another node has said of somebody who is here by now does not count, however
// late it comes, once something was said here.
func TestHeardTooLate(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two")
	w.befriended("ada", "bea")
	bea := w.come("bea", "two", msnp.StatusOnline)
	ada := w.come("ada", "one", msnp.StatusBusy)
	w.settle() // else that is late, too
	old := ada.p.shown()
	ada.handOver("two")
	ada.back()
	ada.set(msnp.StatusAway)
	bea.heard("NLN AWY ada ada")
	ada.p.mu.Lock()
	ada.p.came -= uint32(2 * orderSpan / ageUnit)
	ada.p.mu.Unlock()
	ada.at.hub.order.forget(cluster.ShardOf("ada"))
	w.nodes["one"].say(w.nodes["two"], old, "bea")
	w.settle()
	bea.only("NLN AWY ada ada")
}

// What watchers see of somebody who cannot be carried does not change, even if
// the other node believes that it has it.
func TestStays(t *testing.T) {
	w := newWorld(t, Options{Grace: 200 * time.Millisecond}, "one", "two", "three")
	w.befriended("ada", "bea")
	ada := w.come("ada", "one", msnp.StatusBusy)
	bea := w.come("bea", "three", msnp.StatusOnline)
	bea.only("ILN 1 BSY ada ada")
	two := w.nodes["two"].hub
	for range 3 {
		state, ok := ada.p.Leave()
		if _, again := ada.p.Leave(); !ok || again {
			t.Error("somebody leaves twice")
		}
		if _, _, err := ada.at.hub.SignIn("ada", "ada", &Endpoint{Session: new(connection)}); !errors.Is(err, ErrElsewhere) {
			t.Errorf("somebody who is leaving is let in: %v", err)
		}
		if ada.p.Dismiss() {
			t.Error("somebody who is leaving is dismissed here")
		}
		if err := two.Carry(t.Context(), state); err != nil {
			t.Fatal(err)
		}
		ada.p.Stay("two") // as if there had been no answer
		eventually(t, "the other node to forget", func() bool { return two.Find("ada") == nil })
	}
	// The other node may hear that it is not to come before it comes.
	state, _ := ada.p.Leave()
	ada.p.Stay("two")
	eventually(t, "the recall", func() bool { return two.recalls.has("ada", state.Attempt) })
	if err := two.Carry(t.Context(), state); !errors.Is(err, errRecalled) || two.Find("ada") != nil {
		t.Errorf("ada was taken in: %v", err)
	}
	// The next attempt is not meant by what is said about the one before.
	second, _ := ada.p.Leave()
	if err := two.Carry(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	two.recalled(cluster.Recall{Handle: "ada", Attempt: state.Attempt})
	if two.Find("ada") == nil {
		t.Error("ada was forgotten")
	}
	ada.p.Stay("two")
	w.settle()
	bea.only()
	ada.set(msnp.StatusAway)
	bea.only("NLN AWY ada ada")
	state, _ = ada.p.Leave()
	ada.leave()
	w.settle()
	bea.only()
	ada.p.Stay("")
	bea.only("FLN ada")
}

// A principal that was not waited for with success, or whose lists cannot be read,
// is not taken in.
func TestNotTakenIn(t *testing.T) {
	broken := errors.New("no database")
	h := newHub(t, Options{Lists: func(context.Context, string) (roster.Privacy, error) {
		return roster.Privacy{}, broken
	}})
	if err := h.Carry(t.Context(), State{Handle: "ada", Status: msnp.StatusOnline}); !errors.Is(err, broken) || h.Len() != 0 {
		t.Errorf("%d are here, %v", h.Len(), err)
	}
	h = newHub(t, Options{})
	if err := h.Carry(t.Context(), State{Handle: "ada"}); err == nil {
		t.Error("somebody came to a hub that has no lists")
	}
	ctx, cancel := context.WithCancel(t.Context())
	h = newHub(t, Options{Lists: func(context.Context, string) (roster.Privacy, error) {
		cancel()
		return roster.Privacy{}, nil
	}})
	if err := h.Carry(ctx, State{Handle: "ada"}); !errors.Is(err, context.Canceled) || h.Len() != 0 {
		t.Errorf("%d are here, %v", h.Len(), err)
	}
}

// Nobody new is let into a closed shard, but those who are there or expected are.
func TestClosedShard(t *testing.T) {
	w := newWorld(t, Options{}, "one")
	h := w.nodes["one"].hub
	ada := w.come("ada", "one", msnp.StatusOnline)
	try := func(handle string) error {
		_, _, err := h.SignIn(handle, "", &Endpoint{Session: new(connection)})
		return err
	}
	for _, handle := range []string{"ada", "bea", "carl"} {
		h.Close(cluster.ShardOf(handle))
	}
	if err := try("ada"); err != nil {
		t.Errorf("somebody who is here: %v", err)
	}
	if err := try("bea"); !errors.Is(err, ErrElsewhere) || h.Find("bea") != nil {
		t.Errorf("somebody who is not: %v", err)
	}
	if err := h.Carry(t.Context(), State{Handle: "carl", Place: true}); err != nil {
		t.Fatal(err)
	}
	if _, arrival, err := h.SignIn("carl", "", &Endpoint{Session: new(connection)}); err != nil || arrival.Moved {
		t.Errorf("somebody who is expected: %+v, %v", arrival, err)
	}
	h.Open(cluster.ShardOf("bea"))
	if err := try("bea"); err != nil {
		t.Errorf("in a shard that was opened again: %v", err)
	}
	if in := h.InShard(cluster.ShardOf("ada")); len(in) != 1 || in[0] != ada.p {
		t.Errorf("in her shard are %v", in)
	}
}

// Where somebody is at home while the shard is being handed over.
func TestHome(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two", "three")
	ada := w.come("ada", "one", msnp.StatusOnline)
	w.home("bea", "one")
	home := func(node, handle string) string {
		h := w.nodes[node].hub.Home(handle)
		if h.Local != (h.Node == node) || h.Known != (h.Node != "") || !h.Local && h.Known && h.Address != h.Node+":1864" {
			t.Errorf("the home of %s as seen by %s is %+v", handle, node, h)
		}
		return h.Node
	}
	check := func(when, handle string, want ...string) {
		t.Helper()
		for i, node := range []string{"one", "two", "three"} {
			if got := home(node, handle); got != want[i] {
				t.Errorf("%s %s is at home at %q for %s, want %q", when, handle, got, node, want[i])
			}
		}
	}
	check("at first", "ada", "one", "one", "one")
	for _, handle := range []string{"ada", "bea"} {
		w.owned.set(handle, "one", "two")
	}
	check("during the hand-over", "ada", "one", "one", "one")
	check("during the hand-over", "bea", "two", "one", "one")
	state, _ := ada.p.Leave()
	check("when leaving", "ada", "two", "one", "one")
	if err := w.nodes["one"].Carry(t.Context(), "two", state); err != nil {
		t.Fatal(err)
	}
	check("when carried", "ada", "two", "two", "one")
	ada.p.Release()
	check("when gone", "ada", "two", "two", "one")
	w.owned.set("ada", "two", "")
	check("in the end", "ada", "two", "two", "two")
	w.owned.set("ada", "", "")
	check("without an owner", "ada", "", "", "")
}

// A node that loses the right to serve somebody while it takes them in does not say
// that it has them.
func TestCarriedIntoAFence(t *testing.T) {
	var h *Hub
	h = newHub(t, Options{Lists: func(context.Context, string) (roster.Privacy, error) {
		h.Abandon()
		return roster.Privacy{}, nil
	}})
	if err := h.Carry(t.Context(), State{Handle: "ada", Status: msnp.StatusOnline}); err == nil {
		t.Error("it was said to be there")
	}
	if h.Len() != 0 {
		t.Error("it is there")
	}
}

// A place that is kept for somebody who has not signed in anywhere is no more than
// that on the next node: a sign-in there is one like every other.
func TestPlaceIsHandedOn(t *testing.T) {
	one, two := newHub(t, Options{Lists: empty}), newHub(t, Options{Lists: empty})
	if err := one.Carry(t.Context(), State{Handle: "ada", Place: true}); err != nil {
		t.Fatal(err)
	}
	state, ok := one.Find("ada").Leave()
	if !ok || !state.Place {
		t.Fatalf("it takes along %+v, %v", state, ok)
	}
	if err := two.Carry(t.Context(), state); err != nil {
		t.Fatal(err)
	}
	before := time.Now()
	_, arrival, err := two.SignIn("ada", "ada", &Endpoint{Session: new(connection), Since: before})
	if err != nil || arrival.Moved {
		t.Errorf("%+v, %v", arrival, err)
	}
	if since := two.Find("ada").Since(); since.Before(before.Truncate(time.Millisecond)) {
		t.Errorf("signed in at %v", since)
	}
	for _, moved := range []bool{true, false} {
		p := signIn(one, "bea")
		if moved {
			p.Move()
		} else {
			p.MayReturn()
		}
		p.Detach(p.endpoint)
		if state, _ := p.Leave(); state.Place {
			t.Error("who is on the move is taken for nobody")
		}
		p.Stay("")
		p.Release()
	}
}

func empty(context.Context, string) (roster.Privacy, error) { return roster.Privacy{}, nil }
