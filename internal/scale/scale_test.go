package main

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/papilio-im/papilio/internal/cluster"
)

//go:generate go test -run TestPageIsInStep -update

var update = flag.Bool("update", false, "write the tables into docs/scale.md instead of comparing them")

// small is a service that is quick to look at.
func small() model {
	m := standard()
	m.accounts, m.nodes = 200_000, 12
	return m
}

func smallService() service {
	m := small()
	return newService(m, sizes(m.accounts))
}

func TestPageIsInStep(t *testing.T) {
	if raceDetector {
		t.Skip("compared without the race detector")
	}
	page := filepath.Join("..", "..", "docs", "scale.md")
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	want := string(content)
	simulated := tables(standard())
	for _, table := range simulated {
		want = replaceTable(t, want, table)
	}
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if n := strings.Count(want, closing); n != len(simulated) {
		t.Errorf("%s has %d tables that are marked as simulated, want one of each", page, n)
	}
	if diff := cmp.Diff(want, string(content)); diff != "" {
		t.Errorf("%s is out of step; go generate ./internal/scale writes it anew (-program +page):\n%s", page, diff)
	}
}

// replaceTable puts a table where the page has the one of that name.
func replaceTable(t *testing.T, page string, table *table) string {
	t.Helper()
	before, rest, found := strings.Cut(page, opening(table.name))
	_, after, closed := strings.Cut(rest, closing)
	if !found || !closed {
		t.Fatalf("the page has no place for the table %s", table.name)
	}
	return before + table.String() + after
}

func TestFlagsSayWhatToPrint(t *testing.T) {
	var b strings.Builder
	if err := run([]string{"-accounts", "200000", "-nodes", "12"}, &b, io.Discard); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(report(small()), b.String()); diff != "" {
		t.Errorf("twice the same is not the same:\n%s", diff)
	}
	for _, wrong := range [][]string{{"-nodes", "1"}, {"-accounts", "3", "-nodes", "12"}, {"-shards", "7"}} {
		if err := run(wrong, io.Discard, io.Discard); err == nil {
			t.Errorf("%v is taken", wrong)
		}
	}
}

func TestEveryAccountHasAHome(t *testing.T) {
	s := smallService()
	shards, accounts := loads(s.size, s.home.owners, len(s.home.nodes))
	if got := spreadOf(shards).sum(); got != cluster.Shards {
		t.Errorf("%d shards are placed, want %d", got, cluster.Shards)
	}
	if got := spreadOf(accounts).sum(); got != s.accounts {
		t.Errorf("%d accounts are placed, want %d", got, s.accounts)
	}
}

// What is tried against the service's own way begins with that way itself.
func TestRankingIsTheServicesOwn(t *testing.T) {
	r := rank(cluster.Shards, 12, trials)
	if got := r.owners(r.standing, cluster.Shards); !slices.Equal(got, cluster.Targets(names(12))[:]) {
		t.Error("the ranking places shards elsewhere than cluster.Targets")
	}
}

func TestNobodyHasMoreThanTheMost(t *testing.T) {
	w := way{shards: cluster.Shards, room: 0.1}
	if o := w.try(12); o.has.max() > w.most(12) || o.has.sum() != cluster.Shards {
		t.Errorf("the most is %d of %d, want at most %d", o.has.max(), o.has.sum(), w.most(12))
	}
}

// Only what has to move does.
func TestOthersStayWhereTheyAre(t *testing.T) {
	s := smallService()
	node := s.home.nodes[5]
	left := s.flow(s.home, s.home.without(node))
	if len(left.from) != 1 || left.from[node] != s.has(node) {
		t.Errorf("%s leaves and takes %d clients of %d with it, and others move: %v", node, left.from[node], s.has(node), left.from)
	}
	back := s.flow(s.home.without(node), s.home)
	if len(back.to) != 1 || back.clients != left.clients || back.shards != left.shards {
		t.Errorf("%s comes back to %d clients, had %d", node, back.clients, left.clients)
	}
	referred, took := s.upgrade(4)
	if referred != 2*s.accounts || took < 3*s.timing.restart {
		t.Errorf("an upgrade refers %d clients in %v", referred, took)
	}
}
