package presence

import (
	"testing"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// lose ends a node, which tells nobody, and has another take its shards.
func (w *world) lose(node, heir, handle string) {
	w.nodes[node].hub.Abandon()
	w.nodes[heir].hub.Inherit(cluster.ShardOf(handle))
}

// Somebody whose node was lost, and who comes back hidden, is hidden at once: not
// only when the watchers look again.
func TestComesBackHidden(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two", "three")
	w.lists.befriend("ada", "bea")
	ada := w.come("ada", "one", msnp.StatusOnline)
	w.come("bea", "two", msnp.StatusBusy)
	ada.sees("bea BSY bea")
	w.lose("two", "three", "bea")
	bea := w.come("bea", "three", msnp.StatusHidden)
	ada.sees()
	bea.set(msnp.StatusAway)
	ada.sees("bea AWY bea")
}

// A watcher who was blocked in the moment in which the node was lost sees nothing
// any more, either; others see who comes back.
func TestComesBackAfterBlocking(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two", "three")
	w.lists.befriend("ada", "bea")
	w.lists.befriend("carl", "bea")
	ada := w.come("ada", "one", msnp.StatusOnline)
	carl := w.come("carl", "one", msnp.StatusOnline)
	bea := w.come("bea", "two", msnp.StatusBusy)
	ada.sees("bea BSY bea")
	carl.sees("bea BSY bea")
	lost := make(chan struct{}, 10)
	w.nodes["two"].set(func(t *taps) {
		t.notify = func(string) (bool, error) { // what it says is lost with it
			lost <- struct{}{}
			return true, nil
		}
	})
	bea.list("ada", roster.Block, true)
	<-lost
	w.nodes["two"].set(func(t *taps) { t.notify = nil })
	w.lose("two", "three", "bea")
	w.come("bea", "three", msnp.StatusAway)
	ada.sees()
	carl.sees("bea AWY bea")
}

// What was personal is cleared where a client comes back that has nothing personal to
// show: its watchers have what they were told before.
func TestComesBackWithoutAMessage(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two", "three")
	w.lists.befriend("ada", "bea")
	ada := w.comeWith(msnp.MSNP12, "ada", "one", msnp.StatusOnline)
	bea := w.comeWith(msnp.MSNP12, "bea", "two", msnp.StatusHidden)
	bea.say("gone fishing")
	bea.set(msnp.StatusBusy)
	ada.only("NLN BSY bea bea 0", "UBX bea 65\r\n"+fishing)
	w.lose("two", "three", "bea")
	w.comeWith(msnp.MSNP12, "bea", "three", msnp.StatusAway)
	ada.only("NLN AWY bea bea 0", "UBX bea 0")
}
