package main

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	nats "github.com/nats-io/nats-server/v2/server"

	"github.com/papilio-im/papilio/internal/control"
	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// cluster makes worlds of nodes on one bus and one database.
func newCluster(t *testing.T, names ...string) []*world {
	t.Helper()
	bus, err := nats.NewServer(&nats.Options{
		Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	bus.Start()
	t.Cleanup(func() {
		bus.Shutdown()
		bus.WaitForShutdown()
	})
	if !bus.ReadyForConnections(patience) {
		t.Fatal("the NATS server is not ready")
	}
	shared := t.TempDir()
	all := make([]*world, len(names))
	for i, name := range names {
		all[i] = newWorld(t)
		all[i].environ = append(all[i].environ,
			"PAPILIO_CLUSTER_NODE="+name, "PAPILIO_CLUSTER_NATS_URL="+bus.ClientURL(), "PAPILIO_CLUSTER_LEASE=5s",
			"PAPILIO_STORAGE_URL=sqlite://"+filepath.ToSlash(filepath.Join(shared, "papilio.db")),
			"PAPILIO_STORAGE_LEGACY_KEY="+filepath.Join(shared, "legacy.key"))
	}
	return all
}

// settled waits until these nodes, and no others, serve what they should.
func (w *world) settled(nodes ...string) {
	w.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); ; <-tick.C {
		owners := make(map[string]bool)
		wrong := 0
		for line := range strings.Lines(w.done("shard", "list", "--json")) {
			var s struct{ Owner, Next, Target string }
			if err := json.Unmarshal([]byte(line), &s); err != nil {
				w.t.Fatal(err)
			}
			if s.Owner == "" || s.Owner != s.Target || s.Next != "" {
				wrong++
			}
			owners[s.Owner] = true
		}
		all := wrong == 0 && len(owners) == len(nodes)
		for _, node := range nodes {
			all = all && owners[node]
		}
		switch {
		case all:
			return
		case time.Now().After(end):
			w.t.Fatalf("%d shards are not where they belong; owners are %v", wrong, owners)
		}
	}
}

// A service of one node is a cluster of one.
func TestNodeCommandsOfOne(t *testing.T) {
	w := newWorld(t)
	w.refused(exitFailed, "no service is running on the data folder "+w.data, "node", "list")
	w.environ = append(w.environ, "PAPILIO_CLUSTER_NODE=solo")
	b := w.serve()
	contains(t, b.out.String(), "node          solo, on a bus of its own\n")
	w.friends(b)
	row := regexp.MustCompile(`(?m)^solo +active +dispatch,notification,switchboard,web,gateway +1024 +2 +0 +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +`)
	if out := w.done("node", "list"); !row.MatchString(out) {
		t.Error(out)
	}
	var node struct {
		Node, State string
		Self        bool
		Clients     int
	}
	if err := json.Unmarshal([]byte(w.done("node", "list", "--json")), &node); err != nil || node.Node != "solo" || !node.Self || node.Clients != 2 {
		t.Errorf("%+v, %v", node, err)
	}
	w.refused(exitFailed, `there is no node "nemo"; there are: solo`, "node", "drain", "nemo")
	w.refused(exitFailed, "solo is the only active node with the role notification: its clients would have nowhere to go; --force", "node", "drain", "solo")
	w.refused(exitFailed, "solo: it is not draining", "node", "undrain", "solo")
	w.refused(exitFailed, `there is no node ".."; there are: solo`, "node", "drain", "..")
	w.refused(exitFailed, `there is no node ""; there are: solo`, "node", "undrain", "")
	for _, rate := range []string{"0", "1000001", "500/m", "x"} {
		w.refused(exitUsage, "is not a number of clients a second", "node", "drain", "solo", "--rate", rate)
	}
	w.refused(exitUsage, "--deadline is 1ms", "node", "drain", "solo", "--deadline", "1ms")

	if out := w.done("shard", "list"); !regexp.MustCompile(`(?m)^solo +1024 +0 +1024 +0$`).MatchString(out) {
		t.Error(out)
	}
	if out := w.done("shard", "list", "--all"); strings.Count(out, "\n") != 1025 || !regexp.MustCompile(`(?m)^1023 +solo +.* +first +-$`).MatchString(out) {
		t.Error(out)
	}
	whereabouts(t, w)
}

func whereabouts(t *testing.T, w *world) {
	t.Helper()
	out := w.done("where", "Anna@example.com")
	for _, want := range []string{
		`^anna@example\.com is signed in on solo since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n`,
		`\n  shard \d+, which solo serves\n`,
		`\n  MSNP7 from 127\.0\.0\.1:\d+, online, name "anna@example\.com"\n$`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("%s is not in\n%s", want, out)
		}
	}
	if out := w.done("where", "nobody@example.com"); !regexp.MustCompile(`^nobody@example\.com is not signed in\n  shard \d+, which solo serves\n$`).MatchString(out) {
		t.Error(out)
	}
	var place struct {
		Node     string
		SignedIn bool `json:"signed_in"`
		Sessions []struct{ Version string }
	}
	if err := json.Unmarshal([]byte(w.done("where", "bob@example.com", "--json")), &place); err != nil ||
		place.Node != "solo" || !place.SignedIn || len(place.Sessions) != 1 || place.Sessions[0].Version != "MSNP5" {
		t.Errorf("%+v, %v", place, err)
	}
	w.refused(exitUsage, `"anna" cannot be a handle`, "where", "anna")
}

// Clients follow from node to node and stay signed in, whatever is done to the
// nodes.
func TestDrainCommand(t *testing.T) {
	t.Parallel()
	worlds := newCluster(t, "one", "two")
	one, two := worlds[0], worlds[1]
	first := one.serve()
	second := two.serve()
	contains(t, second.out.String(), "cluster       one (dispatch, notification, switchboard, web, gateway), two (dispatch, notification, switchboard, web, gateway)\n")
	one.settled("one", "two")
	anna, bob := one.friends(first)

	drain := one.start(strings.NewReader(""), "node", "drain", "one")
	drain.errs.await(t, "left: ")
	if code := drain.stop(); code != exitFailed {
		t.Errorf("code %d", code)
	}
	contains(t, drain.errs.String(), "interrupted; one goes on draining: papilio node drain one --wait waits for it, papilio node undrain one ends it")
	two.refused(exitFailed, "one: it is draining already; papilio node drain one --wait", "node", "drain", "one")
	if o := two.run("node", "drain", "one", "--wait"); o.code != exitDone || o.out != "one is drained\n" {
		t.Errorf("%+v", o)
	}
	two.settled("two")
	if out := one.done("node", "list"); !regexp.MustCompile(`(?m)^one +drained +\S+ +0 +0 +0 `).MatchString(out) {
		t.Error(out)
	}
	if out := one.done("session", "list"); strings.Count(out, " two ") != 2 {
		t.Error(out)
	}
	if out := one.done("node", "undrain", "one"); out != "one takes its share again\n" {
		t.Error(out)
	}
	one.settled("one", "two")
	for _, c := range []*person{anna, bob} {
		if err := c.Ping(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// A process that is sent SIGTERM refers its clients first.
func TestTerminateInACluster(t *testing.T) {
	t.Parallel()
	worlds := newCluster(t, "one", "two")
	one, two := worlds[0], worlds[1]
	one.done("user", "add", "anna@example.com", "--password", "secret", "--legacy-same")
	p := one.spawn("serve")
	p.out.await(t, "ready\n")
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	anna, err := client.SignIn(ctx, client.Options{
		Dispatch: p.address("dispatch"), Handle: "anna@example.com", Password: "secret", Status: msnp.StatusBusy,
	})
	if err != nil {
		t.Fatal(err)
	}
	two.spawn("serve").out.await(t, "ready\n")
	two.settled("one", "two")
	p.signal(syscall.SIGTERM)
	if code := p.wait(); code != exitDone {
		t.Errorf("code %d: %s", code, &p.errs)
	}
	contains(t, p.errs.String(), "msg=draining", "msg=drained", "orderly=true")
	two.settled("two")
	if err := anna.Ping(ctx); err != nil || anna.Status() != msnp.StatusBusy {
		t.Errorf("%v, %s", err, anna.Status())
	}
	contains(t, two.done("where", "anna@example.com"), "is signed in on two since", ", busy, ")
	if err := anna.SignOut(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A machine that has no accounts makes none, but can have things done elsewhere.
func TestCommandsWithoutAccounts(t *testing.T) {
	t.Parallel()
	worlds := newCluster(t, "ds", "rest")
	ds, rest := worlds[0], worlds[1]
	var bare []string
	for _, entry := range ds.environ {
		if !strings.HasPrefix(entry, "PAPILIO_STORAGE_") {
			bare = append(bare, entry)
		}
	}
	ds.environ = append(bare, "PAPILIO_ROLES=dispatch")
	ds.refused(exitUsage, "this machine runs no notification server", "user", "add", "anna@example.com", "--password", "secret")
	rest.environ = append(rest.environ, "PAPILIO_ROLES=notification,switchboard")
	ds.serve()
	rest.serve()
	rest.settled("rest")
	without := &world{t: t, data: ds.data, environ: []string{"PAPILIO_DATA=" + ds.data}} // the rest stands in a file
	without.refused(exitUsage, "has no accounts there: name its configuration file with --config", "user", "add", "anna@example.com", "--password", "x")
	without.refused(exitFailed, "the configuration file with --config", "user", "list")
	rest.done("user", "add", "anna@example.com", "--password", "secret", "--legacy-same")
	if out := ds.done("user", "ban", "anna@example.com"); out != "banned anna@example.com\n" {
		t.Error(out)
	}
	contains(t, rest.done("user", "list"), "banned")
	if out := ds.done("user", "remove", "--yes", "anna@example.com"); out != "removed anna@example.com\n" {
		t.Error(out)
	}
	ds.refused(exitFailed, "no such account", "user", "ban", "anna@example.com")
	ds.refused(exitUsage, "this machine runs no notification server", "user", "list")
}

// Nobody is called signed out because the node that would know does not answer.
func TestPlaceOfTheSilent(t *testing.T) {
	says := placeWords(&control.Place{
		Handle: "anna@example.com", Shard: 7, Node: "two", Address: "192.0.2.2:1864", Silent: "it does not answer",
	})
	if want := "anna@example.com may be signed in\n  shard 7, which two serves at 192.0.2.2:1864\n"; says != want {
		t.Errorf("%q, want %q", says, want)
	}
}
