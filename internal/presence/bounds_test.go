package presence

import (
	"fmt"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// full is as much as anybody can show.
var (
	fullLook = Appearance{
		Status: msnp.StatusOnline, Object: strings.Repeat("o", msnp.MaxObject), Capabilities: 1 << 31,
	}
	fullPersonal = msnp.ChangePersonal{Personal: msnp.Personal{
		Message: strings.Repeat("m", msnp.MaxPersonalText), Media: strings.Repeat("p", msnp.MaxPersonalText),
	}}
)

// show has people signed in at a hub who show a watcher as much as they can.
func show(t *testing.T, h *Hub, watcher string, n int) (handles []string) {
	t.Helper()
	for i := 0; len(handles) < n; i++ {
		handle := fmt.Sprintf("user%d@example.test", i)
		if cluster.ShardOf(handle) == cluster.ShardOf(watcher) {
			continue
		}
		p := signInWith(h, msnp.MSNP12, handle, watcher)
		p.SetPersonal(p.endpoint, fullPersonal)
		p.SetStatus(p.endpoint, fullLook)
		handles = append(handles, handle)
	}
	return handles
}

// Whoever has thousands of contacts on another node that show as much as they can is
// told of all of them, though a message of the bus holds few.
func TestManyLooks(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two")
	for shard := range w.owned.owner {
		w.owned.owner[shard] = "two"
	}
	w.owned.set("ada", "one", "")
	const many = 3000
	handles := show(t, w.nodes["two"].hub, "ada", many)
	for _, handle := range handles {
		w.lists.edit("ada", func(p *roster.Privacy) { p.Set(handle, roster.Forward) })
	}
	ada := w.signedIn(msnp.MSNP12, "ada", "one")
	ada.set(msnp.StatusOnline)
	told := make(map[string]int)
	count := func(verb string) func() bool {
		return func() bool {
			for _, line := range ada.take() {
				told[line[:3]]++
			}
			return told["ILN"]+told["NLN"] == many && told["UBX"] == many || told[verb] > many
		}
	}
	eventually(t, "all states", count("UBX"))
	clear(told)
	for _, handle := range handles {
		p := w.nodes["two"].hub.Find(handle)
		p.SetName("Another")
		p.SetPersonal(p.Endpoint(), message("x"))
	}
	eventually(t, "all changes", count("UBX"))
	if n := told["NLN"]; n != many {
		t.Errorf("%d changes of status were told", n)
	}
}

// An answer to a node that asks for too much at once leaves some out, to be asked for
// again.
func TestAnswerIsBounded(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two")
	h := w.nodes["one"].hub
	handles := show(t, h, "ada", 4*maxSubjects)
	size := func(shown []cluster.Shown) (size int) {
		for i := range shown {
			size += shown[i].Size()
		}
		return size
	}
	a := h.answer(cluster.Query{Watcher: "ada", Subjects: handles})
	if len(a.Shown) < maxSubjects || size(a.Shown) > maxAnswer+10<<10 {
		t.Errorf("%d are shown, in %d octets", len(a.Shown), size(a.Shown))
	}
	if len(a.Elsewhere) != 1 || a.Elsewhere[0].Node != "" || len(a.Shown)+len(a.Elsewhere[0].Handles) != len(handles) {
		t.Errorf("%d are shown, and left is %d", len(a.Shown), len(a.Elsewhere))
	}

	edits := cluster.Edits{From: "two"}
	for i, handle := range handles {
		edits.Edits = append(edits.Edits, cluster.Edit{
			Number: uint64(i + 1), Kind: cluster.EditAsked, Handle: handle, Contact: "ada",
		})
	}
	for total := 0; total < len(handles); {
		done := h.edited(edits)
		n := len(done.Shown)
		if n < min(maxSubjects, len(edits.Edits)) || size(done.Shown) > maxAnswer+10<<10 || done.Done != edits.Edits[n-1].Number {
			t.Fatalf("%d of %d are shown in %d octets, done is %d", n, len(edits.Edits), size(done.Shown), done.Done)
		}
		total += n
		edits.Edits = edits.Edits[n:]
	}
}
