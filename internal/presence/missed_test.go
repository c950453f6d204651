package presence

import (
	"testing"

	"github.com/papilio-im/papilio/msnp"
)

// A node that does not know for a while who serves a watcher tells them later what
// has changed meanwhile, without having lost its connection to the bus.
func TestWatcherOfUnknownHome(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two")
	w.lists.befriend("ada", "bea")
	w.lists.befriend("ada", "carl")
	ada := w.come("ada", "one", msnp.StatusOnline)
	bea := w.come("bea", "two", msnp.StatusBusy)
	carl := w.come("carl", "two", msnp.StatusAway)
	ada.sees("bea BSY bea", "carl AWY carl")
	view := w.nodes["two"].view
	view.lose("ada")
	bea.set(msnp.StatusLunch)
	carl.leave()
	view.thaw("ada")
	ada.sees("bea LUN bea")
	bea.set(msnp.StatusHidden)
	ada.sees()
}

// Nobody is waited for who never comes back.
func TestNothingIsMissedForEver(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two")
	w.lists.befriend("ada", "bea")
	w.come("ada", "one", msnp.StatusOnline)
	bea := w.come("bea", "two", msnp.StatusBusy)
	h := w.nodes["two"].hub
	w.nodes["two"].view.lose("ada")
	bea.set(msnp.StatusLunch)
	h.missed.mu.Lock()
	waiting := len(h.missed.shards)
	for shard, since := range h.missed.shards {
		h.missed.shards[shard] = since.Add(-2 * graveSpan)
	}
	h.missed.mu.Unlock()
	if waiting != 1 {
		t.Fatalf("%d shards are waited for, want 1", waiting)
	}
	if nodes, more := h.found(); len(nodes) > 0 || more {
		t.Errorf("%v, %v", nodes, more)
	}
}
