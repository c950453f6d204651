package presence

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// hold keeps the answers of a node back until the function is called.
func (n *node) hold(from string) (release func()) {
	held := make(chan struct{})
	n.set(func(t *taps) {
		t.states = func(node string, _ cluster.Query) {
			if node == from {
				<-held
			}
		}
	})
	return func() { close(held) }
}

// A node that is slow delays what its contacts are shown as, and nothing else.
func TestSlowNode(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two", "three")
	w.lists.befriend("ada", "bea", "carl")
	w.come("bea", "two", msnp.StatusBusy)
	w.come("carl", "three", msnp.StatusAway)
	w.settle()
	release := w.nodes["one"].hold("two")
	ada := w.come("ada", "one", msnp.StatusOnline) // does not wait for the answer
	ada.only("ILN 1 AWY carl carl")
	release()
	ada.only("NLN BSY bea bea")
}

// An answer that comes late tells of no state that is older than what the client
// was told.
func TestLateAnswer(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two")
	w.befriended("ada", "bea", "carl", "dora")
	bea := w.come("bea", "two", msnp.StatusOnline)
	carl := w.come("carl", "two", msnp.StatusOnline)
	w.come("dora", "two", msnp.StatusOnline)
	w.settle()
	release := w.nodes["one"].hold("two")
	ada := w.come("ada", "one", msnp.StatusOnline)
	bea.set(msnp.StatusBusy)
	ada.heard("NLN BSY bea bea")
	carl.list("ada", roster.Block, true)
	ada.heard("FLN carl")
	release()
	ada.only("NLN NLN dora dora")
}

// The answer may overtake a notice too.
func TestLateNotice(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two")
	w.befriended("ada", "bea")
	bea := w.come("bea", "two", msnp.StatusBusy)
	old := bea.p.shown()
	bea.set(msnp.StatusAway)
	ada := w.come("ada", "one", msnp.StatusOnline)
	ada.heard("ILN 1 AWY bea bea")
	late := func(s cluster.Shown) {
		bea.at.say(w.nodes["one"], s, "ada")
		w.settle()
	}
	late(old)
	ada.only()

	// Who was not there when it was asked.
	bea.leave()
	ada.heard("FLN bea")
	late(old)
	again := w.come("ada", "one", msnp.StatusOnline)
	late(old)
	again.only()
}

// What a client was told before it was answered that the contact is not there is
// put right.
func TestAbsentAfterAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, c := newOrder(), new(connection)
		e := &Endpoint{Session: c, number: 7}
		ada := o.subject("ada")
		o.absent(ada, e, 5, []byte("FLN\r\n"))
		o.tell(ada, e, 4, []byte("4\r\n"), false)
		o.tell(ada, e, 6, []byte("6\r\n"), false)
		o.tell(ada, e, 6, []byte("twice\r\n"), false)
		o.absent(ada, e, 6, []byte("no\r\n"))
		o.tell(ada, e, 6, []byte("asked\r\n"), true)
		o.absent(ada, e, 8, []byte("FLN\r\n"))
		o.tell(ada, e, 7, []byte("7\r\n"), true)
		o.tell(o.subject("bea"), e, 1, []byte("another\r\n"), false)
		time.Sleep(orderSpan + time.Second)
		o.tell(ada, e, 7, []byte("late\r\n"), false)
		time.Sleep(orderSpan + time.Second)
		o.tell(o.subject("bea"), e, 2, []byte("later\r\n"), false)
		time.Sleep(orderSpan + time.Second)
		o.tell(ada, e, 3, []byte("forgotten\r\n"), false)
		heard(t, person{Principal: &Principal{Handle: "e"}, connection: c},
			"6", "asked", "FLN", "another", "later", "forgotten")
		e.Mute()
		if o.tell(ada, e, 9, []byte("x\r\n"), false) {
			t.Error("somebody who hears nothing was told something")
		}
	})
}

// When a node has died, nothing that was told of the people on others is forgotten:
// what they were shown as before does not take the place of it.
func TestOthersKeepTheirOrder(t *testing.T) {
	w := newWorld(t, Options{}, "one", "two", "three")
	w.befriended("ada", "bea")
	bea := w.come("bea", "two", msnp.StatusOnline)
	ada := w.come("ada", "one", msnp.StatusOnline)
	w.settle()
	late := bea.p.shown()
	bea.set(msnp.StatusBusy)
	ada.sees("bea BSY bea")
	ada.at.hub.Refresh([]int{cluster.ShardOf("somebody on node three")})
	w.nodes["two"].say(ada.at, late, "ada")
	w.settle()
	ada.sees("bea BSY bea")
}

func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c clock
		a, b := c.next(), c.next()
		c.observe(b + 100)
		c.observe(b)
		c.observe(b + uint64(2*maxAhead)) // nobody's clock is that wrong
		if d := c.next(); b <= a || d != b+101 {
			t.Errorf("%d, %d, %d", a, b, d)
		}
		time.Sleep(time.Second)
		if d := c.next(); d != today() {
			t.Errorf("%d, though it is %d", d, today())
		}
	})
}

// What an endpoint was told of somebody's session, and does not hold for the next one,
// is cleared, even if it has not heard of the end of the one before. Where it was told
// nothing there is nothing to clear.
func TestPersonalOfAnotherSessionIsCleared(t *testing.T) {
	o, c := newOrder(), new(connection)
	e := &Endpoint{Session: c, Version: msnp.MSNP12, number: 7}
	ada := o.subject("ada")
	tell := func(seq, personalSeq uint64, text string) {
		s := cluster.Shown{Handle: "ada", Status: msnp.StatusOnline, Seq: seq, PersonalSeq: personalSeq}
		s.Personal.Message = text
		var line []byte
		if personalSeq != 0 {
			line = personalNews(&s, e.Version)
		}
		o.tellPersonal(ada, e, &s, line, false)
	}
	tell(1, 0, "")
	tell(2, 0, "")
	tell(2, 3, "gone fishing")
	tell(5, 0, "")
	tell(2, 4, "of the session before")
	tell(6, 0, "")
	tell(6, 7, "gone fishing")
	tell(6, 8, "")
	tell(9, 0, "")
	heard(t, person{Principal: &Principal{Handle: "e"}, connection: c},
		"UBX ada 65\r\n"+fishing, "UBX ada 0", "UBX ada 65\r\n"+fishing, "UBX ada 0")
	e.Version = msnp.MSNP10
	tell(9, 10, "x")
	heard(t, person{Principal: &Principal{Handle: "e"}, connection: c})
}
