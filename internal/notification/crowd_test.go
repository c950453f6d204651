package notification

import (
	"fmt"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/presence"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// nowhere is a connection that nobody is at the other end of.
type nowhere struct{}

func (nowhere) PutLine([]byte) {}

func (nowhere) Flush() {}

func (nowhere) MakeRoom() bool { return true }

func (nowhere) CloseSoon() {}

// crowd makes contacts of somebody who are signed in at a node, and show as much as
// anybody can.
func (n *node) crowd(w *world, watcher string, size int) {
	w.t.Helper()
	lists := w.roster()
	look := presence.Appearance{
		Status: msnp.StatusOnline, Object: strings.Repeat("o", msnp.MaxObject), Capabilities: 1 << 31,
	}
	shows := msnp.ChangePersonal{Personal: msnp.Personal{
		Message: strings.Repeat("p", msnp.MaxPersonalText), Media: strings.Repeat("m", msnp.MaxPersonalText),
	}}
	for i := 0; size > 0; i++ {
		name := fmt.Sprintf("contact%d", i)
		if cluster.ShardOf(at(name)) == cluster.ShardOf(at(watcher)) {
			continue
		}
		size--
		w.people(name)
		_, err := lists.Add(w.t.Context(), at(watcher), roster.AddRequest{List: roster.Forward, Handle: at(name), Group: roster.NoGroup})
		if err != nil {
			w.t.Fatal(err)
		}
		e := &presence.Endpoint{Version: msnp.MSNP12, Session: nowhere{}}
		p, _, err := n.hub.SignIn(at(name), msnp.Encoded(name), e)
		if err != nil {
			w.t.Fatal(err)
		}
		watched := roster.NewPrivacy(false)
		watched.Set(at(watcher), roster.Reverse)
		p.Load(e, watched)
		p.SetPersonal(e, shows)
		p.SetStatus(e, look)
	}
}

// What the contacts of somebody show may be more than a queue holds: who signs in is
// told of all of them all the same.
func TestContactsThatShowMuch(t *testing.T) {
	for _, home := range []string{"a", "b"} { // the contacts are at home on a
		t.Run(home, func(t *testing.T) {
			w := newWorld(t, []string{"a", "b"})
			w.people("ada")
			w.owners.set("ada", home, "")
			const contacts = 400
			w.nodes["a"].crowd(w, "ada", contacts)
			ada := w.nodes[home].signIn(t, "ada", msnp.MSNP12)
			ada.send("CHG 4 NLN 0")
			ada.expect("CHG 4 NLN 0")
			told := make(map[string]int)
			for told["UBX"] < contacts {
				line, err := ada.line()
				if err != nil {
					t.Fatalf("%v after %v", err, told)
				}
				told[line[:3]]++
			}
			if told["ILN"]+told["NLN"] != contacts {
				t.Errorf("told was %v", told)
			}
		})
	}
}
