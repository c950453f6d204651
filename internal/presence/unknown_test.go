package presence

import (
	"testing"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// A node that has lost its lease, and is asked before it knows, says nothing about
// anybody: neither that they are offline, when they have signed in elsewhere, nor what
// they were shown as when they were there.
func TestAskedAfterTheLease(t *testing.T) {
	for _, there := range []bool{false, true} { // yet
		w := newWorld(t, Options{}, "one", "two", "three")
		w.lists.befriend("ada", "bea")
		w.home("bea", "two")
		if there {
			w.come("bea", "two", msnp.StatusOnline)
		}
		asker := w.nodes["one"]
		asker.view.freeze("bea") // goes on to ask node two
		w.nodes["two"].view.lose("bea")
		bea := w.come("bea", "three", msnp.StatusBusy)
		bea.sees()
		asked := make(chan struct{}, 100)
		asker.set(func(t *taps) {
			t.states = func(node string, _ cluster.Query) {
				if node == "two" {
					asked <- struct{}{}
				}
			}
		})
		ada := w.come("ada", "one", msnp.StatusOnline)
		<-asked
		asker.view.thaw("bea")
		ada.sees("bea BSY bea")
		w.settle()
		ada.only("NLN BSY bea bea")
	}
}

// Nor does it take what has happened to somebody's lists for done.
func TestEditAfterTheLease(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two", "three")
	w.come("bea", "two", msnp.StatusOnline)
	w.nodes["one"].view.freeze("bea") // goes on to tell node two
	w.nodes["two"].view.lose("bea")
	w.come("bea", "three", msnp.StatusBusy)
	told := make(chan struct{}, 100)
	w.nodes["one"].set(func(t *taps) {
		t.edit = func(node string, _ cluster.Edits) error {
			if node == "two" {
				told <- struct{}{}
			}
			return nil
		}
	})
	w.nodes["one"].hub.Reverse("bea", "ada", true)
	<-told
	w.nodes["one"].view.thaw("bea")
	listed := func(node string) bool {
		p := w.nodes[node].hub.Find("bea")
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.lists.Lookup("ada").Has(roster.Reverse)
	}
	eventually(t, "she is told where she is", func() bool { return listed("three") })
	if listed("two") {
		t.Error("it was done where she was")
	}
}

// lose makes a node know of no owner any more.
func (v *view) lose(handle string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.old[cluster.ShardOf(handle)] = cluster.Owner{}
}

// Somebody whose node is cut off puts a contact on the list, and comes to another
// node before anybody was told of that: the contact is shown all the same, from then
// on, and what comes late of the other node changes nothing.
func TestListedUnheard(t *testing.T) {
	for _, home := range []string{"two", "three"} { // the contact's
		w := newWorld(t, Options{}, "one", "two", "three")
		bea := w.come("bea", home, msnp.StatusBusy)
		ada := w.come("ada", "one", msnp.StatusOnline)
		w.nodes["one"].view.lose("bea")
		ada.add("bea")
		ada.rem("bea")
		ada.add("bea")
		ada.p.Release()
		ada = w.come("ada", "two", msnp.StatusOnline)
		ada.sees("bea BSY bea")
		bea.set(msnp.StatusAway)
		ada.sees("bea AWY bea")
		w.nodes["one"].view.thaw("bea")
		eventually(t, "what comes late", w.nodes["one"].hub.outbox.empty)
		bea.set(msnp.StatusLunch)
		ada.sees("bea LUN bea")
	}
}

// Asking for somebody who was taken off the list meanwhile does not undo that.
func TestAskedLate(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two")
	w.befriended("ada", "bea")
	bea := w.come("bea", "two", msnp.StatusBusy)
	ada := w.come("ada", "one", msnp.StatusOnline)
	ada.sees("bea BSY bea")
	listed := ada.at.hub.clock.next()
	ada.rem("bea")
	eventually(t, "the removal", ada.at.hub.outbox.empty)
	bea.at.hub.answer(cluster.Query{Watcher: "ada", Subjects: []string{"bea"}, Listed: listed})
	if p := bea.at.hub.Find("bea"); p.lists.Lookup("ada").Has(roster.Reverse) {
		t.Error("is on the reverse list again")
	}
}
