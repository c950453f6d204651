package presence

import (
	"testing"

	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// Three who know each other, each on a node of its own.
func TestAcrossNodes(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two", "three")
	w.lists.befriend("ada", "bea", "carl")
	w.lists.befriend("bea", "carl")
	ada := w.come("ada", "one", msnp.StatusOnline)
	ada.sees()
	bea := w.come("bea", "two", msnp.StatusBusy)
	bea.sees("ada NLN ada")
	ada.sees("bea BSY bea")
	carl := w.come("carl", "three", msnp.StatusHidden)
	carl.sees("ada NLN ada", "bea BSY bea")
	carl.set(msnp.StatusAway)
	ada.sees("bea BSY bea", "carl AWY carl")
	bea.sees("ada NLN ada", "carl AWY carl")

	ada.rename("Ada%20L")
	bea.sees("ada NLN Ada%20L", "carl AWY carl")
	carl.sees("ada NLN Ada%20L", "bea BSY bea")
	bea.set(msnp.StatusHidden)
	ada.sees("carl AWY carl")
	carl.sees("ada NLN Ada%20L")
	carl.leave()
	ada.sees()
	bea.sees("ada NLN Ada%20L")
	w.settle()
	ada.only("NLN BSY bea bea", "NLN AWY carl carl", "FLN bea", "FLN carl")
}

// empty reports whether nothing waits.
func (o *outbox) empty() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.queues) == 0
}

// Who may see whom is decided where the one who is seen is at home.
func TestPrivacyAcrossNodes(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two")
	w.lists.befriend("ada", "bea")
	ada := w.come("ada", "one", msnp.StatusOnline)
	bea := w.come("bea", "two", msnp.StatusOnline)
	bea.sees("ada NLN ada")

	ada.list("bea", roster.Block, true)
	bea.sees()
	ada.set(msnp.StatusBusy)
	ada.list("bea", roster.Block, false)
	bea.sees("ada BSY ada")
	ada.blp(true)
	bea.sees()
	ada.list("bea", roster.Allow, true)
	bea.sees("ada BSY ada")
	ada.list("bea", roster.Allow, false)
	bea.sees()
	ada.blp(false)
	bea.sees("ada BSY ada")
	ada.list("bea", roster.Allow, true) // is told again
	w.settle()
	bea.only("ILN 1 NLN ada ada", "FLN ada", "NLN BSY ada ada", "FLN ada", "NLN BSY ada ada", "FLN ada",
		"NLN BSY ada ada", "NLN BSY ada ada")
	ada.only("NLN NLN bea bea")
}

// Adding and removing contacts is seen by the other side wherever it is.
func TestListsAcrossNodes(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two")
	ada := w.come("ada", "one", msnp.StatusOnline)
	bea := w.come("bea", "two", msnp.StatusBusy)
	ada.add("bea")
	ada.only("ILN 2 BSY bea bea")
	bea.heard("ADD 0 RL 5 ada ada")
	bea.set(msnp.StatusAway)
	ada.sees("bea AWY bea")
	for range 20 {
		ada.rem("bea")
		ada.add("bea")
	}
	ada.sees("bea AWY bea")
	ada.rem("bea")
	for range 21 {
		bea.heard("REM 0 RL 6 ada")
	}
	bea.set(msnp.StatusLunch)
	w.settle()
	ada.see()
	if _, told := ada.view["bea"]; told {
		t.Errorf("ada sees somebody who is no contact: %q", ada.told)
	}

	bea.list("ada", roster.Block, true)
	ada.told = nil
	ada.add("bea")
	ada.only("FLN bea") // was shown as something not long ago
	bea.heard("ADD 0 RL 5 ada ada")
	bea.list("ada", roster.Block, false)
	ada.only("NLN LUN bea bea")

	ada.at.hub.Tell("bea", msnp.ContactSetting{Version: 7, Handle: "ada", Key: msnp.KeyHomePhone, Value: "12"})
	bea.heard("BPR 7 ada PHH 12")
	bea.at.hub.Erase("ada", "bea", roster.Forward|roster.Reverse)
	bea.at.hub.Tell("ada", msnp.Removed{List: msnp.ForwardList, Version: 8, Handle: "bea", Group: msnp.NoGroup})
	ada.heard("REM 0 FL 8 bea")
	if l := ada.p.watches("bea"); l {
		t.Error("somebody whose account was removed is on the list yet")
	}
}

// Somebody who is not signed in keeps nobody waiting.
func TestNobodyThere(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two")
	w.home("bea", "two")
	w.lists.befriend("ada", "bea")
	ada := w.come("ada", "one", msnp.StatusOnline)
	ada.add("carl")
	w.owned.set("bea", "two", "one") // neither of them has her
	ada.rem("bea")
	ada.add("bea")
	ada.only()
	eventually(t, "the edits to be done", ada.at.hub.outbox.empty)
}
