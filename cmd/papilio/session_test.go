package main

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// person is somebody who is signed in.
type person struct {
	t *testing.T
	*client.Client
	events chan client.Event
}

// signIn signs somebody in by way of the dispatch server.
func (w *world) signIn(b *background, handle string, v msnp.Version) *person {
	w.t.Helper()
	p := &person{t: w.t, events: make(chan client.Event, 100)}
	var err error
	p.Client, err = client.SignIn(w.t.Context(), client.Options{
		Dispatch: b.address("dispatch"), Handle: handle, Password: "secret", Version: v,
		Status: msnp.StatusOnline, Events: p.events, Patience: time.Millisecond,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = p.SignOut(w.t.Context()) }) // it may be out already
	return p
}

// await waits for an event that fits.
func await[E client.Event](p *person, fits func(E) bool) E {
	p.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case e := <-p.events:
			if e, ok := e.(E); ok && fits(e) {
				return e
			}
		case <-deadline:
			var e E
			p.t.Fatalf("no %T for %s", e, p.Handle())
		}
	}
}

// friends adds two accounts that have each other on their lists, while the
// service is running, and signs them in.
func (w *world) friends(b *background) (anna, bob *person) {
	w.t.Helper()
	for _, handle := range []string{"anna@example.com", "bob@example.com"} {
		w.done("user", "add", handle, "--password", "secret", "--legacy-same")
	}
	bob = w.signIn(b, "bob@example.com", msnp.MSNP5)
	if err := bob.Add(w.t.Context(), msnp.ForwardList, "anna@example.com", "Anna", msnp.NoGroup); err != nil {
		w.t.Fatal(err)
	}
	anna = w.signIn(b, "anna@example.com", msnp.MSNP7)
	await(bob, func(e client.Presence) bool { return e.Handle == anna.Handle() && e.Status == msnp.StatusOnline })
	return anna, bob
}

func TestSessionCommands(t *testing.T) {
	w := newWorld(t)
	b := w.serve()
	anna, _ := w.friends(b)

	out := w.done("session", "list")
	if !regexp.MustCompile(`(?m)^anna@example\.com +online +MSNP7 +127\.0\.0\.1:\d+ +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +\S+ +anna@example\.com$`).MatchString(out) {
		t.Error(out)
	}
	var one struct{ Handle, Version string }
	first, _, _ := strings.Cut(w.done("session", "list", "--json"), "\n")
	if err := json.Unmarshal([]byte(first), &one); err != nil || one.Handle != "anna@example.com" || one.Version != "MSNP7" {
		t.Errorf("%+v, %v", one, err)
	}

	w.done("session", "alert", "anna@example.com", "Good <day>")
	await(anna, func(e client.Alert) bool { return strings.Contains(string(e.Payload), "Good &lt;day&gt;") })

	w.done("session", "reset", "Anna@example.com")
	await(anna, func(e client.Referred) bool { return e.Reset })
	await(anna, func(e client.SignedIn) bool { return e.Moved })

	if out := w.done("session", "refer", "anna@example.com", b.address("notification")); out != "referred anna@example.com to "+b.address("notification")+"\n" {
		t.Errorf("%q", out)
	}
	await(anna, func(e client.Referred) bool { return e.Unasked && !e.Reset && e.To == b.address("notification") })
	await(anna, func(e client.SignedIn) bool { return e.Moved })

	w.done("session", "close", "anna@example.com")
	<-anna.Done()
	if _, ended := errors.AsType[*client.EndedError](anna.Err()); !ended {
		t.Errorf("ended by %v", anna.Err())
	}
}

func TestSessionCommandsRefused(t *testing.T) {
	w := newWorld(t)
	w.refused(exitFailed, "no service is running on the data folder "+w.data, "session", "list")
	w.refused(exitFailed, "start it with papilio serve", "session", "close", "anna@example.com")
	b := w.serve()
	if out := w.done("session", "list"); out != "nobody is signed in\n" {
		t.Errorf("%q", out)
	}
	if out := w.done("session", "list", "--json"); out != "" {
		t.Errorf("%q", out)
	}
	w.refused(exitFailed, "not signed in", "session", "reset", "anna@example.com")
	w.refused(exitUsage, "cannot be a handle", "session", "close", "anna")
	anna, _ := w.friends(b)
	for _, address := range []string{"elsewhere", ":1864", "192.0.2.10:", "192.0.2.10:x", "192.0.2.10:0", "192.0.2.10:70000"} {
		w.refused(exitUsage, "is not HOST:PORT", "session", "refer", "anna@example.com", address)
	}
	w.signIn(b, "bob@example.com", msnp.MSNP3)
	w.refused(exitFailed, "(MSNP3) has no alerts", "session", "alert", "bob@example.com", "Hello")
	w.refused(exitFailed, "not signed in", "session", "alert", "carl@example.com", "Hello")
	if anna.Err() != nil {
		t.Error(anna.Err())
	}
}

// An account that is banned is out at once, its contacts see it leave, and it
// is not let in again.
func TestBanWhileSignedIn(t *testing.T) {
	w := newWorld(t)
	b := w.serve()
	anna, bob := w.friends(b)
	w.done("user", "ban", "anna@example.com")
	<-anna.Done()
	await(bob, func(e client.Presence) bool { return e.Handle == "anna@example.com" && e.Status == msnp.StatusOffline })
	_, err := client.SignIn(t.Context(), client.Options{
		Dispatch: b.address("dispatch"), Handle: "anna@example.com", Password: "secret",
	})
	if client.Code(err) == 0 {
		t.Errorf("a banned account signs in: %v", err)
	}
	w.done("user", "unban", "anna@example.com")
	w.signIn(b, "anna@example.com", msnp.MSNP4)
	w.refused(exitFailed, "no such account; papilio user list", "user", "ban", "carl@example.com")
}

// An account that is removed is out at once, and whoever it had on its list is
// told that it is not any more.
func TestRemoveWhileSignedIn(t *testing.T) {
	w := newWorld(t)
	b := w.serve()
	anna, bob := w.friends(b)
	w.done("user", "remove", "anna@example.com", "--yes")
	<-anna.Done()
	await(bob, func(e client.ListChanged) bool { return e.Handle == "anna@example.com" && e.Removed })
	if _, ok := bob.Contact("anna@example.com"); ok {
		t.Error("still on the list")
	}
	w.refused(exitFailed, "no such account", "user", "remove", "anna@example.com", "--yes")
	if out := w.done("session", "list"); strings.Contains(out, "anna") {
		t.Error(out)
	}
}
