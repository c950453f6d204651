package notification

import (
	"testing"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// onePlace lets one sign in at a time, and nobody wait.
func onePlace(turn time.Duration) func(*world) {
	return func(w *world) {
		w.change = func(o *Options) {
			o.Queueing = Queueing{Places: 1, Line: 1, Patience: time.Millisecond, Turn: turn}
		}
	}
}

// begun is a client that has a place, and is to prove who it is.
func begun(t *testing.T, n *node, name string) (p *peer, salt string) {
	t.Helper()
	p = begin(t, n.addr, name, msnp.MSNP7)
	return p, p.initial(name)
}

func (n *node) refuses(t *testing.T, name string) {
	t.Helper()
	p := begin(t, n.addr, name, msnp.MSNP7)
	p.who(name)
	p.expect("910 2")
	p.closed()
}

// A sign-in has its place until the first status is answered, or it fails, is
// sent elsewhere or is gone: then the next one has it.
func TestPlaceIsGivenBack(t *testing.T) {
	w := newWorld(t, []string{"a"}, onePlace(time.Hour))
	w.people("ada", "bea", "cleo")
	n := w.nodes["a"]
	free := func(what string) {
		t.Helper()
		eventually(t, what, func() bool { taken, _ := n.admission.state(); return taken == 0 })
	}

	ada := n.signIn(t, "ada", msnp.MSNP7)
	n.refuses(t, "bea")
	ada.send("SYN 8 0")
	n.refuses(t, "bea")
	ada.send("CHG 9 NLN")
	free("the first status is answered")
	ada.send("SYN 10 0", "CHG 11 BSY")

	for _, v := range versions {
		p := begin(t, n.addr, "bea", v)
		p.initial("bea")
		p.prove("bea", "not the salt")
		p.expect("911 3")
		free("a wrong password is refused")
	}

	gone, _ := begun(t, n, "bea")
	_ = gone.Close()
	free("the client is gone")
	_ = n.signIn(t, "bea", msnp.MSNP7).Close()
	free("it is gone after its sign-in")

	p, _ := begun(t, n, "cleo")
	p.send("FOO")
	free("what it says means nothing")
}

func TestPlaceIsGivenBackByWhoIsReferred(t *testing.T) {
	w := newWorld(t, []string{"a", "b"}, onePlace(time.Hour))
	w.people("ada")
	n := w.nodes["a"]
	p, salt := begun(t, n, "ada")
	w.owners.set("ada", "b", "")
	p.prove("ada", salt)
	p.referred(3, w.nodes["b"])
	eventually(t, "the place is free", func() bool { taken, _ := n.admission.state(); return taken == 0 })
}

// One that does not go on holds nobody up, and is let in when it does.
func TestSlowClientIsOvertaken(t *testing.T) {
	w := newWorld(t, []string{"a"}, onePlace(time.Millisecond))
	w.people("ada", "bea")
	n := w.nodes["a"]
	slow, salt := begun(t, n, "ada")
	eventually(t, "its place is free", func() bool { taken, _ := n.admission.state(); return taken == 0 })
	n.signIn(t, "bea", msnp.MSNP7)
	slow.prove("ada", salt)
	slow.welcomed("ada")
}

// Clients that another node has sent here are not turned away.
func TestMovedClientsAreLetIn(t *testing.T) {
	w := newWorld(t, []string{"a", "b"}, onePlace(time.Hour))
	w.people("ada", "bea")
	a, b := w.nodes["a"], w.nodes["b"]
	ada := a.signIn(t, "ada", msnp.MSNP7)
	ada.send("CHG 9 NLN")
	ada.words("CHG 9 NLN")
	w.owners.set("bea", "b", "")
	begun(t, b, "bea")
	w.handOver("ada", "a", "b")
	b.refuses(t, "bea")
	b.signIn(t, "ada", msnp.MSNP7)
}

// Who signs in with a ticket takes no place while it is fetched, and is turned away
// when it is shown, unless it was sent here; the ticket stays good.
func TestTicketsWaitForPlaces(t *testing.T) {
	w := newWorld(t, []string{"a", "b"}, onePlace(time.Hour))
	w.people("ada", "bea", "cleo")
	a, b := w.nodes["a"], w.nodes["b"]
	ada := a.signIn(t, "ada", msnp.MSNP12)
	ada.show("NLN", "NLN")
	w.owners.set("bea", "b", "")
	first, salt := begun(t, b, "bea")
	var late []*peer
	for range 3 {
		p := begin(t, b.addr, "bea", msnp.MSNP9)
		p.initial("bea")
		late = append(late, p)
	}
	late[0].prove("bea", "lc=")
	late[0].expect("910 3")
	late[0].closed()
	w.handOver("ada", "a", "b")
	ada = b.signIn(t, "ada", msnp.MSNP12)
	late[1].prove("bea", "lc=")
	late[1].expect("910 3")
	ada.show("NLN", "NLN")
	first.prove("bea", salt+"wrong")
	first.expect("911 3")
	eventually(t, "the place is free", func() bool { taken, _ := b.admission.state(); return taken == 0 })
	late[2].prove("bea", "lc=")
	late[2].welcomed("bea")
}
