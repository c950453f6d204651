package notification

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/ticket"
	"github.com/papilio-im/papilio/msnp"
)

// The challenge of a sign-in by ticket waits until the client's address has been at
// the nexus, whatever node is told of that, and no longer than so long. Who has just
// been there does not wait.
func TestChallengeWaitsForTheNexus(t *testing.T) {
	long := Times{Challenge: time.Hour, Nexus: time.Hour}
	w := newWorld(t, []string{"a", "b"}, func(w *world) {
		w.change = func(o *Options) { o.Times = long }
	})
	w.people("ada")
	n, other := w.nodes["a"], w.nodes["b"]
	p := begin(t, n.addr, "ada", msnp.MSNP9)
	p.who("ada")
	p.silent()
	if taken, _ := n.admission.state(); taken != 0 {
		t.Error("one that waits for the nexus has a place")
	}
	visit(t, other, "192.0.2.9")
	p.silent()
	visit(t, other, "127.0.0.1")
	p.prove("ada", p.words("USR 2 TWN S ")[4])
	p.welcomed("ada")
	visit(t, other, "127.0.0.1")
	n.signIn(t, "ada", msnp.MSNP12)

	long.Nexus = 300 * time.Millisecond
	n = w.start("c") // where nobody has been heard of
	w.owners.set("ada", "c", "")
	n.signIn(t, "ada", msnp.MSNP8)
}

func visit(t *testing.T, n *node, address string) {
	t.Helper()
	if err := n.node.AnnounceNexus(cluster.NexusVisit{Address: address}); err != nil {
		t.Fatal(err)
	}
}

// By IPv6 the client may have gone to the nexus from another address of its network.
func TestChallengeWaitsForTheNetwork(t *testing.T) {
	w := newWorld(t, []string{"a"}, func(w *world) {
		w.change = func(o *Options) { o.Times = Times{Nexus: time.Hour} }
	})
	w.people("ada")
	n := w.nodes["a"]
	p := begin(t, w.from(n, "2001:db8:0:1::9"), "ada", msnp.MSNP9)
	p.who("ada")
	visit(t, n, "2001:db8:0:2::7")
	p.silent()
	visit(t, n, "2001:db8:0:1::7")
	p.prove("ada", p.words("USR 2 TWN S ")[4])
	p.welcomed("ada")
}

// from gives an address of a node at which all come from an address.
func (w *world) from(n *node, address string) string {
	w.t.Helper()
	ln, err := new(net.ListenConfig).Listen(w.t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	addr, done := ln.Addr().String(), make(chan error, 1)
	worlds.Store(addr, w)
	remote := &net.TCPAddr{IP: net.ParseIP(address), Port: 1}
	go func() { done <- n.Serve(context.Background(), remotely{ln, remote}) }()
	w.t.Cleanup(func() {
		n.stop()
		if err := <-done; err != nil {
			w.t.Error(err)
		}
	})
	return addr
}

// remotely is a listener to which all come from one address.
type remotely struct {
	net.Listener
	from net.Addr
}

func (r remotely) Accept() (net.Conn, error) {
	nc, err := r.Listener.Accept()
	return remoteConn{nc, r.from}, err
}

type remoteConn struct {
	net.Conn
	from net.Addr
}

func (c remoteConn) RemoteAddr() net.Addr { return c.from }

// While the challenge is held back the client may go, be sent away, or show a
// ticket that it has: then it gets the challenge first.
func TestClientDoesNotWaitForTheNexus(t *testing.T) {
	w := newWorld(t, []string{"a"}, func(w *world) {
		w.change = func(o *Options) { o.Times = Times{Nexus: time.Hour} }
	})
	w.people("ada")
	n := w.nodes["a"]
	waiting := func() *peer {
		p := begin(t, n.addr, "ada", msnp.MSNP10)
		p.who("ada")
		p.silent()
		return p
	}
	p := waiting()
	p.send("OUT")
	p.closed()

	p = waiting()
	p.send("VER 3 MSNP10 CVR0")
	p.expect("715 3")
	p.closed()

	if err := waiting().Close(); err != nil {
		t.Error(err)
	}

	p = waiting()
	p.prove("ada", "lc=")
	p.expect("USR 2 TWN S *")
	p.welcomed("ada")
	p.Close()

	p = waiting()
	n.stop() // it does not wait either
	p.closed()
}

// Moving, rule 7: the challenge waits on the node to which a client was moved, too,
// and the ticket that it has is good there. One whose account is handed over while it
// waits gets the challenge, and is referred when it shows its ticket.
func TestChallengeWaitsAfterAMove(t *testing.T) {
	w := newWorld(t, []string{"a", "b"}, func(w *world) {
		w.change = func(o *Options) { o.Times = Times{Challenge: time.Hour, Nexus: time.Hour} }
	})
	w.people("ada", "bea")
	a, b := w.nodes["a"], w.nodes["b"]
	start := func(n *node, name string) *peer {
		p := begin(t, n.addr, name, msnp.MSNP11)
		p.who(name)
		p.silent()
		return p
	}
	ada, bea := start(a, "ada"), start(a, "bea")
	w.owners.set("bea", "a", "")
	w.handOver("bea", "a", "b")
	visit(t, b, "127.0.0.1")
	salt, shown := ada.words("USR 2 TWN S ")[4], w.ticket("ada")
	ada.tickets = func(string) string { return shown }
	ada.prove("ada", salt)
	ada.welcomed("ada")
	ada.show("AWY", "AWY")
	bea.prove("bea", bea.words("USR 2 TWN S ")[4])
	bea.referred(3, b)
	w.handOver("ada", "a", "b")
	ada.expect(referralTo(msnp.MSNP11, 0, b.addr, a.addr))

	w.start("c") // where nobody has been heard of
	w.handOver("ada", "b", "c")
	moved := begin(t, w.nodes["c"].addr, "ada", msnp.MSNP11)
	moved.tickets = ada.tickets
	moved.who("ada")
	moved.silent()
	visit(t, a, "127.0.0.1")
	moved.prove("ada", moved.words("USR 2 TWN S ")[4])
	moved.welcomed("ada")
	moved.show("NLN", "AWY")
}

// shows signs in with what is given instead of a ticket.
func (n *node) shows(t *testing.T, name, shown string) *peer {
	t.Helper()
	p := begin(t, n.addr, name, msnp.MSNP9)
	p.initial(name)
	p.send("USR 3 TWN S " + shown)
	return p
}

// issue makes a ticket of an account with other means than the nodes have.
func (w *world) issue(name string, o ticket.Options, p ticket.Purpose) string {
	w.t.Helper()
	o.Accounts = w.accounts
	by, err := ticket.New(o)
	if err != nil {
		w.t.Fatal(err)
	}
	a, err := w.accounts.Get(w.t.Context(), at(name))
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := by.Issue(a, p)
	if err != nil {
		w.t.Fatal(err)
	}
	return text.Pair().Reveal()
}

// Whatever is wrong with a ticket, the client is told no more than that it is, and
// the log has no ticket in it.
func TestTicketsThatAreNotGood(t *testing.T) {
	w := newWorld(t, []string{"a"})
	w.people("ada", "bea")
	n, secret := w.nodes["a"], w.accounts.TicketSecret()
	foreign := bytes.Repeat([]byte("x"), len(secret))
	for what, shown := range map[string]string{
		"expired":         w.issue("ada", ticket.Options{Secret: secret, Life: time.Nanosecond}, ticket.ForSignIn),
		"of a stranger":   w.issue("ada", ticket.Options{Secret: foreign}, ticket.ForSignIn),
		"for services":    w.issue("ada", ticket.Options{Secret: secret}, ticket.ForServices),
		"for renewal":     w.issue("ada", ticket.Options{Secret: secret}, ticket.ForRenewal),
		"of another":      w.ticket("bea"),
		"with a blank":    strings.Replace(w.ticket("ada"), "t=", "t= ", 1),
		"too long":        w.ticket("ada") + strings.Repeat("x", ticket.MaxLength),
		"very long":       "t=" + strings.Repeat("x", 15<<10),
		"percent-encoded": strings.Replace(w.ticket("ada"), "t=", "t%3D", 1),
		"octets":          "t=\xff\x00\xfe&p=",
	} {
		p := n.shows(t, "ada", shown)
		p.expect("911 3")
		p.closed()
		if _, auth, _ := strings.Cut(shown, "t="); len(auth) > 20 && strings.Contains(n.log.String(), auth[:20]) {
			t.Errorf("%s: it is in the log", what)
		}
	}
	if len(n.Sessions()) > 0 {
		t.Error("somebody is signed in")
	}
	if text := n.log.String(); !strings.Contains(text, "the ticket has expired") || !strings.Contains(text, "a ticket of another account") {
		t.Error("the log does not tell what was wrong")
	}
}

// What a true ticket opens it opens however often false ones were shown: they
// cannot keep anybody out. Those who show them are put off.
func TestWrongTicketsAreLimited(t *testing.T) {
	w := newWorld(t, []string{"a"}, func(w *world) {
		w.change = func(o *Options) { o.Limits.FailuresPerAccount = 2 }
	})
	w.people("ada")
	n := w.nodes["a"]
	for _, code := range []string{"911", "911", "910", "910"} {
		p := n.shows(t, "ada", "t=wrong&p=")
		p.expect(code + " 3")
		p.closed()
	}
	ada := n.signIn(t, "ada", msnp.MSNP12)
	ada.quiet()
	// They count as wrong passwords do.
	old := begin(t, n.addr, "ada", msnp.MSNP7)
	old.prove("ada", old.initial("ada"))
	old.expect("910 3")
	old.closed()
}

// A ban and another password between the two steps of a sign-in come in time. Who
// is signed in is signed out by a ban, but not by another password.
func TestTicketIsRevokedDuringTheSignIn(t *testing.T) {
	w := newWorld(t, []string{"a"})
	w.people("ada", "bea")
	n := w.nodes["a"]
	in := n.signIn(t, "ada", msnp.MSNP11)
	for name, revoke := range map[string]func() error{
		"ada": func() error { return w.accounts.SetPassword(t.Context(), at("ada"), account.Secret("another")) },
		"bea": func() error { return w.accounts.SetBanned(t.Context(), at("bea"), true) },
	} {
		shown := w.ticket(name)
		p := begin(t, n.addr, name, msnp.MSNP9)
		p.initial(name)
		if err := revoke(); err != nil {
			t.Fatal(err)
		}
		p.send("USR 3 TWN S " + shown)
		p.expect("911 3")
		p.closed()
	}
	in.quiet()
}
