package crowd

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/papilio-im/papilio/internal/faults/check"
	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gate
		never := make(chan struct{})
		if !g.enter(t.Context(), never) {
			t.Fatal("an open gate is closed")
		}
		shut := make(chan error, 1)
		go func() { shut <- g.shut(t.Context()) }()
		synctest.Wait()
		entered := make(chan bool, 1)
		go func() { entered <- g.enter(t.Context(), never) }()
		synctest.Wait()
		select {
		case err := <-shut:
			t.Fatal("shut while somebody is inside:", err)
		case <-entered:
			t.Fatal("somebody has come in")
		default:
		}
		g.leave()
		if err := <-shut; err != nil {
			t.Fatal(err)
		}
		gone := make(chan struct{})
		close(gone)
		if g.enter(t.Context(), gone) {
			t.Error("somebody who is gone has come in")
		}
		g.open()
		if !<-entered {
			t.Error("somebody who waited has not come in")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := g.shut(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		g.leave()
		if err := g.shut(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func testOptions() Options {
	return Options{Busy: 20, Idle: 10, Seed: 7, Ledger: check.NewLedger("test", nil)}
}

// What people choose to change is what the seed says, and can be made.
func TestChoices(t *testing.T) {
	a, b := New(testOptions()).people[6], New(testOptions()).people[6]
	if a.version != msnp.MSNP7 {
		t.Fatalf("person 6 speaks %v", a.version)
	}
	r := check.Roster{Contacts: map[string]check.Contact{}, Groups: map[int]string{0: "Other Contacts"}}
	account := check.NewAccount(r)
	verbs := make(map[check.Verb]int)
	for range 2000 {
		now, _ := account.Possible()
		edits := a.choose(now)
		if others := b.choose(now); !slices.Equal(edits, others) {
			t.Fatalf("one seed gives %v and %v", edits, others)
		}
		for _, e := range edits {
			verbs[e.Verb]++
			if e.Handle == a.handle {
				t.Fatalf("somebody changes themselves: %v", e)
			}
			account.Open(e)
			if all := account.All(); len(all) > 1 { // it was possible
				account = check.NewAccount(all[len(all)-1])
			}
		}
		if now, _ := account.Possible(); len(now.Contacts) > 3*neighbours || len(now.Groups) > usualGroups {
			t.Fatalf("%d contacts, %d groups", len(now.Contacts), len(now.Groups))
		}
	}
	for verb := check.Add; verb <= check.RemoveGroup; verb++ {
		if verbs[verb] == 0 {
			t.Errorf("verb %d was never chosen: %v", verb, verbs)
		}
	}
}

// In the calm nobody does by themselves what others would take for a sign-out.
func TestCalmChoices(t *testing.T) {
	c := New(testOptions())
	c.Calm(true)
	r := check.Roster{Contacts: map[string]check.Contact{}}
	for range 1000 {
		for _, e := range c.people[3].choose(r) {
			if e.List == msnp.BlockList || e.List == msnp.AllowList {
				t.Fatalf("chose %v", e)
			}
		}
	}
}

// Busy people know only busy people, so that nobody calls those who are idle.
func TestFriends(t *testing.T) {
	o := testOptions()
	busy := make(map[string]bool)
	for i := range o.Busy {
		busy[Handle(i)] = true
	}
	for i := range o.Busy + o.Idle {
		friends := o.Friends(i)
		if len(friends) < 4 || slices.Contains(friends, Handle(i)) {
			t.Errorf("friends of %d: %v", i, friends)
		}
		for _, f := range friends {
			if busy[f] != (i < o.Busy) {
				t.Errorf("%d knows %s", i, f)
			}
		}
	}
}

func TestStayAway(t *testing.T) {
	c := New(testOptions())
	c.StayAway(3)
	away := 0
	for i := range 300 {
		if c.staying.Load().of(i) {
			away++
		}
	}
	if away < 60 || away > 140 {
		t.Errorf("%d of 300 stay away", away)
	}
	ctx, cancel := context.WithCancel(t.Context())
	c.EnoughAway()
	for _, p := range c.people {
		p.stayAway(ctx) // returns at once
	}
	cancel()
	c.Return()
	c.Return()
	if c.Absent() != 0 {
		t.Errorf("%d are absent", c.Absent())
	}
}

// Who stays until everybody else has left has to have heard everything, and who
// leaves before has not.
func TestLastToLeaveHasHeardAll(t *testing.T) {
	for _, stays := range []bool{true, false} {
		c := New(testOptions())
		ada, ben := c.people[0], c.people[1]
		c.talks.Begin("x", ada.handle, ben.handle)
		c.talks.Said("x", ada.handle, 1)
		c.talks.Acknowledged("x", ada.handle, 1)
		conv := new(client.Conversation)
		p := newSession(ben).join(conv, "x", ada.handle)
		if stays {
			p.left(client.Left{Conversation: conv, Handle: ada.handle})
		}
		p.closing()
		p.ended(nil)
		c.talks.Ended("x", ada.handle, false)
		if _, broken := c.ledger.Violations(); (broken == 1) != stays {
			t.Errorf("stays: %t, and %d promises are broken", stays, broken)
		}
	}
}
