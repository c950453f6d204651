package server_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/control"
	"github.com/papilio-im/papilio/internal/notification"
	"github.com/papilio-im/papilio/internal/server"
	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// page fetches a page of the web role.
func (s *running) page(t *testing.T, path string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.address(t, config.RoleWeb)+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Each role runs in a process of its own, and what has no notification server
// has no database. Any of them answers for all.
func TestRolesOnTheirOwn(t *testing.T) {
	s := newService(t)
	ns := s.node("ns", "", config.RoleNotification)
	sb := s.node("sb", "", config.RoleSwitchboard)
	ds := s.node("ds", "[notification]\nadvertise = \"\"", config.RoleDispatch, config.RoleWeb)
	s.settled(ds, ns, sb)
	for _, n := range []*running{ds, sb} {
		left, err := os.ReadDir(n.config.Data)
		if err != nil || len(left) != 1 || left[0].Name() != "control.sock" {
			t.Errorf("%s keeps %v, %v", n.Node(), left, err)
		}
	}
	people := people(t, ns, ds.address(t, config.RoleDispatch), "ada", "bea")
	v := talk(people[0], people[1], "hello")
	if v.Server() != sb.address(t, config.RoleSwitchboard) {
		t.Errorf("the conversation is at %s", v.Server())
	}
	if text := ds.page(t, "/readyz"); text != "ready\n" {
		t.Error(text)
	}
	if text := ds.page(t, "/metrics"); !strings.Contains(text, "\npapilio_cluster_nodes 3\n") {
		t.Error(text)
	}
	for _, n := range []*running{ds, ns, sb} {
		nodesAreTold(t, n)
		sessionsAreTold(t, n, "ns", "ada@example.net", "bea@example.net")
	}
	operateFromAfar(t, ds, people)
}

func nodesAreTold(t *testing.T, n *running) {
	t.Helper()
	nodes := n.Nodes(t.Context())
	var names []string
	for _, one := range nodes {
		names = append(names, one.Node)
		if one.State != "active" || one.Silent != "" || one.Self != (one.Node == n.Node()) {
			t.Errorf("%s tells of %+v", n.Node(), one)
		}
	}
	if !slices.Equal(names, []string{"ds", "ns", "sb"}) {
		t.Fatalf("%s tells of %q", n.Node(), names)
	}
	if nodes[1].Shards != 1024 || nodes[1].Clients != 2 || nodes[2].Conversations != 1 {
		t.Errorf("%s tells of %+v", n.Node(), nodes)
	}
}

func sessionsAreTold(t *testing.T, n *running, node string, handles ...string) {
	t.Helper()
	all := n.Sessions(t.Context())
	var found []string
	for _, one := range all.Sessions {
		found = append(found, one.Handle)
		if one.Node != node || one.Version != "MSNP7" || one.Remote == "" {
			t.Errorf("%+v", one)
		}
	}
	if !slices.Equal(found, handles) || len(all.Silent) > 0 {
		t.Errorf("%s tells of %q, and of %v", n.Node(), found, all.Silent)
	}
}

// operateFromAfar does what operators do on a machine that has no accounts.
func operateFromAfar(t *testing.T, n *running, people []*person) {
	t.Helper()
	ctx, ada, bea := t.Context(), people[0].Handle(), people[1].Handle()
	place, err := n.Where(ctx, "ADA@example.net")
	if err != nil || !place.SignedIn || place.Node != "ns" || len(place.Sessions) != 1 || place.Sessions[0].Name != "ada" {
		t.Errorf("%+v, %v", place, err)
	}
	if place, err := n.Where(ctx, "nobody@example.net"); err != nil || place.SignedIn || place.Node != "ns" {
		t.Errorf("%+v, %v", place, err)
	}
	if err := n.Alert(ctx, ada, "hear ye"); err != nil {
		t.Error(err)
	}
	waits(people[0], "the alert", func(e client.Alert) bool { return strings.Contains(string(e.Payload), "hear ye") })
	if err := n.SignOut(ctx, ada); err != nil {
		t.Error(err)
	}
	<-people[0].Done()
	if err := n.SignOut(ctx, ada); !errors.Is(err, notification.ErrNotSignedIn) {
		t.Errorf("signed out twice: %v", err)
	}
	people[1].sees(people[0], msnp.StatusOffline)
	if err := n.SetBanned(ctx, bea, true); err != nil {
		t.Error(err)
	}
	<-people[1].Done()
	for _, err := range []error{n.SetBanned(ctx, "nobody@example.net", true), n.Remove(ctx, "nobody@example.net")} {
		if !errors.Is(err, account.ErrNotFound) {
			t.Errorf("nobody: %v", err)
		}
	}
	if err := errors.Join(n.SetBanned(ctx, bea, false), n.Remove(ctx, bea)); err != nil {
		t.Error(err)
	}
}

// A node that is drained gives everything to the others, and nobody notices. It
// gets its share back when it is not drained any more.
func TestDrainAndUndrain(t *testing.T) {
	s := newService(t)
	one := s.node("one", "")
	s.settled(one)
	ctx := t.Context()
	drain := func(node string) control.Drain { return control.Drain{Node: node, Rate: 500, Deadline: time.Second} }
	if err := one.Drain(ctx, drain("one")); !errors.Is(err, control.ErrNowhere) {
		t.Fatalf("the only node is drained: %v", err)
	}
	two := s.node("two", "")
	s.settled(one, two)
	people := people(t, one, one.address(t, config.RoleDispatch), "ada", "bea", "cleo", "dan")
	if err := people[0].SetStatus(ctx, msnp.StatusBusy); err != nil {
		t.Fatal(err)
	}
	people[1].sees(people[0], msnp.StatusBusy)
	for _, p := range people {
		p.forget()
	}
	if err := two.Drain(ctx, drain("three")); err == nil || !strings.Contains(err.Error(), `there is no node "three"; there are: one, two`) {
		t.Errorf("no such node: %v", err)
	}
	if err := two.Drain(ctx, drain("one")); err != nil {
		t.Fatal(err)
	}
	if err := two.Drain(ctx, drain("one")); !errors.Is(err, control.ErrDraining) {
		t.Errorf("drained twice: %v", err)
	}
	if err := two.Drain(ctx, drain("two")); !errors.Is(err, control.ErrNowhere) {
		t.Errorf("the only other node is drained: %v", err)
	}
	eventually(t, "the node is drained", func() bool {
		n := two.Nodes(ctx)[0]
		return n.Drained && n.Shards == 0 && n.Clients == 0 && n.State == "draining"
	})
	if text := one.page(t, "/readyz"); text != "not ready: draining\n" {
		t.Error(text)
	}
	sessionsAreTold(t, one, "two", "ada@example.net", "bea@example.net", "cleo@example.net", "dan@example.net")
	if people[0].Status() != msnp.StatusBusy {
		t.Errorf("after the move it is %s", people[0].Status())
	}
	if v := talk(people[0], people[1], "hello"); v.Server() != two.address(t, config.RoleSwitchboard) {
		t.Errorf("a conversation is opened at %s", v.Server())
	}
	if err := two.Undrain(ctx, "one"); err != nil {
		t.Fatal(err)
	}
	if err := two.Undrain(ctx, "one"); err == nil || !strings.Contains(err.Error(), "not draining") {
		t.Errorf("undrained twice: %v", err)
	}
	eventually(t, "it has shards again", func() bool { return two.Nodes(ctx)[0].Shards > 0 })
	s.settled(one, two)
	for _, p := range people {
		p.undisturbed()
	}
}

// A process that is told to end refers its clients, and lets conversations go on
// until they end.
func TestStopOfOne(t *testing.T) {
	s := newService(t)
	one := s.node("one", "[shutdown]\ndeadline = \"10m\"")
	s.settled(one)
	people := people(t, one, one.address(t, config.RoleDispatch), "ada", "bea", "cleo")
	old := talk(people[0], people[1], "hello")
	two := s.node("two", "")
	s.settled(one, two)
	for _, p := range people {
		p.forget()
	}
	ctx := t.Context()
	if err := old.Send(ctx, "how are you"); err != nil {
		t.Fatalf("the conversation: %v", err)
	}
	one.stop()
	said := time.Now()
	eventually(t, "everybody is on the other node", func() bool {
		if time.Since(said) > time.Second { // who says nothing is ended the quiet way
			said = time.Now()
			if err := old.Send(ctx, "still here"); err != nil {
				t.Fatalf("the conversation: %v", err)
			}
		}
		return !slices.ContainsFunc(people, func(p *person) bool {
			return p.Server() != two.address(t, config.RoleNotification)
		})
	})
	if err := old.Send(ctx, "and here"); err != nil {
		t.Errorf("the conversation: %v", err)
	}
	if err := people[2].SetStatus(ctx, msnp.StatusAway); err != nil {
		t.Fatal(err)
	}
	people[0].sees(people[2], msnp.StatusAway)
	if v := talk(people[0], people[1], "and again"); v.Server() != two.address(t, config.RoleSwitchboard) {
		t.Errorf("the next conversation is at %s", v.Server())
	}
	if n := len(two.Members()); n != 2 {
		t.Error("the node has left before its last conversation has ended")
	}
	if err := old.Close(); err != nil {
		t.Error(err)
	}
	eventually(t, "the node is gone", func() bool { return len(two.Members()) == 1 })
	for _, p := range people {
		p.undisturbed()
	}
}

// A process that is stopped as soon as the one that replaces it is ready refers its
// clients there, although it may not have heard of that yet.
func TestReplacedAtOnce(t *testing.T) {
	s := newService(t)
	one := s.node("one", "[shutdown]\ndeadline = \"10m\"")
	s.settled(one)
	people := people(t, one, one.address(t, config.RoleDispatch), "ada", "bea")
	for _, p := range people {
		p.forget()
	}
	two := s.node("two", "")
	one.stop()
	<-one.ended
	for _, p := range people {
		p.undisturbed()
		if p.Server() != two.address(t, config.RoleNotification) {
			t.Errorf("%s is at %s", p.Handle(), p.Server())
		}
	}
}

// The only notification server keeps who is signed in for the next start, also
// where its shards come back only after a while.
func TestRestartOfTheOnlyNode(t *testing.T) {
	s := newService(t)
	ds := s.node("ds", "", config.RoleDispatch)
	c := s.config("ns", "", config.RoleNotification)
	ns := s.nodeOf(c)
	s.settled(ds, ns)
	people := people(t, ns, ds.address(t, config.RoleDispatch), "ada", "bea")
	restarted(t, people, ns.stop, func() { <-ns.ended; s.nodeOf(c) }, ds.address(t, config.RoleDispatch))
}

// restarted has a service stopped and started again, and its people come back to
// it as they were.
func restarted(t *testing.T, people []*person, stop, start func(), dispatch string) {
	t.Helper()
	if err := people[0].SetStatus(t.Context(), msnp.StatusBusy); err != nil {
		t.Fatal(err)
	}
	people[1].sees(people[0], msnp.StatusBusy)
	for _, p := range people {
		p.forget()
	}
	stop()
	for _, p := range people {
		select {
		case <-p.Done():
		case <-time.After(patience):
			t.Fatalf("%s is not signed out", p.Handle())
		}
		waits(p, "why it is signed out", func(e client.SignedOut) bool { return e.Reason == msnp.ReasonShutdown })
		if has(p, func(e client.Presence) bool { return e.Status == msnp.StatusOffline }) {
			t.Errorf("%s saw somebody leave", p.Handle())
		}
	}
	start()
	bea := enter(t, dispatch, "bea", msnp.StatusOnline)
	bea.sees(people[0], msnp.StatusBusy) // although she is not back yet
	ada := enter(t, dispatch, "ada", msnp.StatusOnline)
	eventually(t, "her status is what it was", func() bool { return ada.Status() == msnp.StatusBusy })
	bea.undisturbed()
}

// A service of one node does the same, and is not held up by a file that makes
// no sense.
func TestRestart(t *testing.T) {
	t.Parallel()
	c := loopback(t, "")
	c.Storage.URL = ""
	s := startWith(t, server.Options{Config: c, Grace: longGrace})
	people := people(t, s, s.address(t, config.RoleDispatch), "ada", "bea")
	c.Dispatch.Port = s.Addr(config.RoleDispatch).(*net.TCPAddr).Port
	restarted(t, people, s.stop, func() {
		file := filepath.Join(c.Data, "restart.json")
		<-s.ended
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
		startWith(t, server.Options{Config: c, Grace: longGrace})
		eventually(t, "the file is gone", func() bool {
			_, err := os.Stat(file)
			return errors.Is(err, os.ErrNotExist)
		})
	}, s.address(t, config.RoleDispatch))
}

// Without NATS a node says so before anybody else does, and is there again when
// it is.
func TestReadinessWithoutTheBus(t *testing.T) {
	s := newService(t)
	n := s.node("one", "")
	s.settled(n)
	if err := n.Blind(); err != nil {
		t.Error(err)
	}
	s.bus.Shutdown()
	eventually(t, "it says what is wrong", func() bool { return strings.Contains(n.page(t, "/readyz"), "cut off from NATS") })
	// What it could say of others would be wrong.
	c, err := control.Dial(t.Context(), n.config.Data)
	if err != nil {
		t.Fatal(err)
	}
	_, where := c.Where(t.Context(), "ada@example.net")
	_, sessions := c.Sessions(t.Context())
	for _, err := range []error{where, sessions, c.Undrain(t.Context(), "one")} {
		if err == nil || !strings.Contains(err.Error(), "one is cut off from NATS") {
			t.Errorf("an operator is told %v", err)
		}
	}
	if text := n.page(t, "/metrics"); !strings.Contains(text, "\npapilio_cluster_serving 0\n") {
		t.Error(text)
	}
}
