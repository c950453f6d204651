package presence

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

var (
	seed  = flag.Uint64("seed", 0, "of the random test; another one each time if 0")
	steps = flag.Int("steps", 60, "of each user in the random test")
)

// TestRandom has people on three nodes do everything at once, while they are
// moved and nodes know late of it. In the end everybody must see what is so.
func TestRandom(t *testing.T) {
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	t.Logf("-seed=%d", *seed)
	w := newWorld(t, Options{Grace: time.Second}, "one", "two", "three")
	for _, n := range w.nodes {
		n.set(jitter)
	}
	var users []*user
	var handles []string
	for i := 0; len(users) < 12; i++ {
		handle := fmt.Sprintf("user%d", i)
		if !slices.ContainsFunc(handles, func(h string) bool { return cluster.ShardOf(h) == cluster.ShardOf(handle) }) {
			handles = append(handles, handle)
			v := []msnp.Version{msnp.MSNP12, msnp.MSNP11, msnp.MSNP7}[len(users)%3]
			users = append(users, w.comeWith(v, handle, w.ids[i%3], msnp.StatusOnline))
		}
	}
	var all sync.WaitGroup
	for i, u := range users {
		a := &actor{user: u, online: true, handles: handles, r: rand.New(rand.NewPCG(*seed, uint64(i)))}
		all.Go(func() {
			for range *steps {
				a.step()
			}
			a.comeBack()
		})
	}
	all.Wait()
	if t.Failed() {
		return
	}
	for _, n := range w.nodes {
		eventually(t, "all edits to be done", n.hub.outbox.empty)
	}
	eventually(t, "everybody to be on one node", func() bool {
		there := 0
		for _, n := range w.nodes {
			there += n.hub.Len()
		}
		return there == len(users)
	})
	for _, u := range users {
		for end := time.Now().Add(wait); time.Now().Before(end); pause() {
			u.see()
			if slices.Equal(u.contacts(), u.truth(users)) {
				break
			}
		}
	}
	w.settle()
	for _, u := range users {
		u.see()
		if got, want := u.contacts(), u.truth(users); !slices.Equal(got, want) {
			t.Errorf("%s sees %q in the end, not %q; it was told %q", u.handle, got, want, u.told)
		}
	}
}

// jitter makes everything on the bus take a little longer now and then, and loses
// answers to edits.
func jitter(t *taps) {
	slow := func() {
		if rand.IntN(8) == 0 {
			<-time.After(time.Duration(rand.IntN(3000)) * time.Microsecond)
		}
	}
	t.states = func(string, cluster.Query) { slow() }
	t.notify = func(string) (bool, error) {
		slow()
		return false, nil
	}
	t.edit = func(string, cluster.Edits) error {
		slow()
		if rand.IntN(8) == 0 {
			return errors.New("the answer was lost")
		}
		return nil
	}
	t.heard = slow
}

// truth is what somebody has to see of the contacts.
func (u *user) truth(users []*user) []string {
	var seen []string
	mine := u.w.lists.read(u.handle)
	for _, c := range users {
		theirs := u.w.lists.read(c.handle)
		if c != u && mine.Lookup(c.handle).Has(roster.Forward) && c.p.Status().Open() && roster.CanSee(&theirs, u.handle) {
			seen = append(seen, u.sight(c))
		}
	}
	slices.Sort(seen)
	return seen
}

// sight is what somebody sees of a contact.
func (u *user) sight(c *user) string {
	seen := fmt.Sprintf("%s %s %s", c.handle, c.p.Status(), c.p.Name())
	if u.v.Has(msnp.FeatureCapabilities) {
		seen += fmt.Sprintf(" %d", c.p.Appearance().Capabilities)
	}
	if said := c.p.Personal().Message; said != "" && u.v.Has(msnp.FeaturePersonalMessages) {
		seen += " <Data><PSM>" + said + "</PSM><CurrentMedia></CurrentMedia></Data>"
	}
	return seen
}

// contacts is what the client shows of those who are contacts.
func (u *user) contacts() []string {
	var seen []string
	mine := u.w.lists.read(u.handle)
	for handle, as := range u.view {
		if mine.Lookup(handle).Has(roster.Forward) {
			seen = append(seen, strings.TrimSuffix(handle+" "+as+" "+u.says[handle], " "))
		}
	}
	slices.Sort(seen)
	return seen
}

// actor is a user who does things by chance.
type actor struct {
	*user
	online  bool
	handles []string
	r       *rand.Rand
}

func (a *actor) step() {
	other := a.handles[a.r.IntN(len(a.handles))]
	if !a.online {
		a.comeBack()
		return
	}
	if other == a.handle {
		return
	}
	statuses := []msnp.Status{msnp.StatusOnline, msnp.StatusBusy, msnp.StatusAway, msnp.StatusHidden}
	switch a.r.IntN(15) {
	case 12, 13, 14:
		if a.v.Has(msnp.FeaturePersonalMessages) {
			a.say([]string{"", "x", "y", "z"}[a.r.IntN(4)])
		}
	case 0, 1, 2:
		a.looks.Capabilities = msnp.Capabilities(a.r.IntN(3))
		a.set(statuses[a.r.IntN(len(statuses))])
	case 3:
		a.rename(msnp.Encoded(fmt.Sprintf("%s-%d", a.handle, a.r.IntN(100))))
	case 4, 5:
		a.add(other)
	case 6:
		a.rem(other)
	case 7:
		a.list(other, roster.Block, a.r.IntN(2) == 0)
	case 8:
		a.list(other, roster.Allow, a.r.IntN(2) == 0)
	case 9:
		a.blp(a.r.IntN(3) == 0)
	case 10:
		a.leave()
		a.online = false
	case 11:
		a.move(a.w.ids[a.r.IntN(3)])
	}
}

// comeBack signs in where the account is at home.
func (a *actor) comeBack() {
	if !a.online {
		a.see()
		home, _ := a.w.owned.Owner(cluster.ShardOf(a.handle))
		a.signIn(home.Node)
		a.set(msnp.StatusOnline)
		a.online = true
	}
}

// move moves the user to another node, of which the others may hear late, or fails
// to.
func (a *actor) move(to string) {
	if to == a.at.ID() {
		return
	}
	for id, n := range a.w.nodes {
		n.view.thaw(a.handle)
		if id != to && id != a.at.ID() && a.r.IntN(2) == 0 {
			n.view.freeze(a.handle)
			time.AfterFunc(time.Duration(a.r.IntN(20))*time.Millisecond, func() { n.view.thaw(a.handle) })
		}
	}
	if a.r.IntN(3) == 0 {
		a.failToMove(to)
		return
	}
	gone := a.r.IntN(3) == 0
	if gone {
		a.p.Move()
		a.leave()
	}
	a.handOver(to)
	a.back()
}

// failToMove is a hand-over of which the answer is lost.
func (a *actor) failToMove(to string) {
	state, ok := a.p.Leave()
	if !ok {
		a.w.t.Errorf("%s cannot leave", a.handle)
		return
	}
	if a.r.IntN(2) == 0 {
		if err := a.at.Carry(a.w.t.Context(), to, state); err != nil {
			a.w.t.Error(err)
		}
	}
	a.p.Stay(to)
}
