package presence

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// While two nodes have somebody, because it is not certain yet whether it moves,
// the node that it may move to keeps nothing from the one that has it.
func TestOnTwoNodes(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two")
	w.lists.befriend("ada", "dora")
	carl := w.come("carl", "two", msnp.StatusOnline)
	dora := w.come("dora", "two", msnp.StatusOnline)
	ada := w.come("ada", "one", msnp.StatusBusy)
	ada.only("ILN 1 NLN dora dora")
	w.owned.set("ada", "one", "two")
	state, _ := ada.p.Leave()
	if err := ada.at.Carry(t.Context(), "two", state); err != nil {
		t.Fatal(err)
	}
	dora.set(msnp.StatusAway)
	ada.only("NLN AWY dora dora")
	carl.add("ada")
	ada.p.Stay("two")
	ada.heard("ADD 0 RL 5 carl carl")
	carl.sees("ada BSY ada")
	ada.set(msnp.StatusLunch)
	carl.sees("ada LUN ada")
}

// held is a bus on which edits are done when it is told.
type held struct {
	solitary
	leave chan struct{}
}

func (h held) Edit(_ context.Context, _ string, e cluster.Edits) (cluster.EditsAnswer, error) {
	<-h.leave
	return cluster.EditsAnswer{Done: e.Edits[len(e.Edits)-1].Number}, nil
}

// Nobody leaves before what they have caused is done: what they cause elsewhere
// must not be overtaken by it. But nobody waits for long.
func TestLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		ada := signIn(h, "ada")
		b := held{leave: make(chan struct{})}
		h.bus = b
		leave := func() <-chan bool {
			left := make(chan bool, 1)
			go func() {
				_, ok := ada.Leave()
				left <- ok
			}()
			synctest.Wait()
			return left
		}
		h.Reverse("bea", "ada", true)
		left := leave()
		if len(left) != 0 {
			t.Error("ada left before she was done")
		}
		b.leave <- struct{}{}
		if !<-left || !h.outbox.empty() {
			t.Error("ada could not leave when she was done")
		}
		ada.Stay("")
		h.Reverse("bea", "ada", false)
		left = leave()
		time.Sleep(quietTime)
		if !<-left {
			t.Error("ada waits for ever")
		}
		b.leave <- struct{}{}
	})
}

// Of two edits by somebody who has moved in between the later one counts, whichever
// comes first.
func TestLateEdit(t *testing.T) {
	h := newHub(t, Options{})
	ada := signIn(h, "ada")
	edit := func(from string, number uint64, kind cluster.EditKind) {
		h.edited(cluster.Edits{From: from, Edits: []cluster.Edit{
			{Number: number, Kind: kind, Handle: "ada", Contact: "bea"},
		}})
	}
	edit("two", 10, cluster.EditReversed)
	edit("one", 9, cluster.EditUnreversed)
	if !ada.lists.Lookup("bea").Has(roster.Reverse) {
		t.Error("a late edit has undone a later one")
	}
	edit("one", 11, cluster.EditUnreversed)
	if ada.lists.Lookup("bea").Has(roster.Reverse) {
		t.Error("an edit was not done")
	}
}
