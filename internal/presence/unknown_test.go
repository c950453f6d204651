package presence

import (
	"testing"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/msnp"
)

// A node that has lost its lease, and is asked before it knows, says nothing about
// anybody: least of all that they are offline, when they have signed in elsewhere.
func TestAskedAfterTheLease(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two", "three")
	w.lists.befriend("ada", "bea")
	w.home("bea", "two")
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

// lose makes a node know of no owner any more.
func (v *view) lose(handle string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.old[cluster.ShardOf(handle)] = cluster.Owner{}
}
