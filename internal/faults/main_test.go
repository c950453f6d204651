//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/faults/check"
)

func TestCommandLine(t *testing.T) {
	for args, want := range map[string]struct {
		code int
		says string
	}{
		"--help":              {exitDone, "usage: go run ./internal/faults"},
		"--nonsense":          {exitUsage, "not defined: -nonsense"},
		"--only kill-ns,rain": {exitUsage, `there is no fault "rain"`},
		"--ns 0":              {exitUsage, "at least one node"},
		"now":                 {exitUsage, `"now" is not a flag`},
	} {
		var out, errs bytes.Buffer
		if code := program(t.Context(), strings.Fields(args), &out, &errs); code != want.code || !strings.Contains(errs.String(), want.says) {
			t.Errorf("%s: code %d, says %q", args, code, errs.String())
		}
	}
}

func parsed(t *testing.T, args ...string) options {
	t.Helper()
	o, err := parse(args, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func planned(o options, seed uint64) []string {
	var all []string
	for _, f := range plan(o, rand.New(rand.NewPCG(seed, 0))) {
		all = append(all, f.name)
	}
	return all
}

func TestPlan(t *testing.T) {
	long := parsed(t)
	if a, b := planned(long, 1), planned(long, 1); !slices.Equal(a, b) {
		t.Errorf("the same seed gives two plans: %v, %v", a, b)
	}
	if a, b := planned(long, 1), planned(long, 2); slices.Equal(a, b) {
		t.Errorf("two seeds give one plan: %v", a)
	}
	if got := planned(long, 3); len(got) != len(faults()) || got[len(got)-1] != "rolling" {
		t.Errorf("the long form: %v", got)
	}
	short := planned(parsed(t, "--short"), 1)
	if len(short) == 0 || len(short) >= len(faults()) || !slices.Equal(short, planned(parsed(t, "--short"), 2)) {
		t.Errorf("the short form: %v", short)
	}
	if got := planned(parsed(t, "--drain", "3000"), 1); !slices.Equal(got, []string{"rolling"}) {
		t.Errorf("the measurement: %v", got)
	}
	if got := planned(parsed(t, "--only", "cut-ns,kill-ds"), 1); !slices.Equal(got, []string{"cut-ns", "kill-ds"}) {
		t.Errorf("two: %v", got)
	}
}

// People, and whoever else reads what is printed, find what was broken.
func TestReport(t *testing.T) {
	l := check.NewLedger("start", nil)
	l.Kept(check.Lists, 7)
	l.Begin("kill-ns")
	l.Kept(check.Messages, 12)
	l.Broken(check.Presence, "ben sees ada")
	l.Most(figureWhole, 1.25)
	l.Add("moves", 3)
	for _, asked := range []bool{false, true} {
		var out bytes.Buffer
		r := &run{o: options{seed: 42, json: asked}, scale: scale{busy: 60}, ledger: l, began: time.Now()}
		if err := r.report(&out, nil); err != nil {
			t.Fatal(err)
		}
		if !asked {
			for _, part := range []string{"1 BROKEN", "kill-ns", "1.2 s", "moves 3", "seed 42", "ben sees ada"} {
				if !strings.Contains(out.String(), part) {
					t.Errorf("%q is not in:\n%s", part, &out)
				}
			}
			continue
		}
		var res result
		if err := json.Unmarshal(out.Bytes(), &res); err != nil {
			t.Fatal(err)
		}
		if res.Seed != 42 || res.Broken != 1 || res.People != 60 || res.Phases[1].Cells[check.Messages].Checked != 12 || res.Violations[0].What != "ben sees ada" {
			t.Errorf("got %+v", res)
		}
	}
}

// A run that was interrupted does not claim to have found nothing.
func TestUnfinishedReport(t *testing.T) {
	l := check.NewLedger("start", nil)
	l.Kept(check.Lists, 7)
	var out bytes.Buffer
	r := &run{scale: scale{busy: 60}, ledger: l, began: time.Now()}
	if err := r.report(&out, errInterrupted); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); !strings.Contains(text, "THE RUN WAS NOT FINISHED") || strings.Contains(text, "no promise was broken") {
		t.Errorf("it says:\n%s", text)
	}
}

// A promise that nobody has looked at is not kept.
func TestProved(t *testing.T) {
	l := check.NewLedger("start", nil)
	for _, i := range check.Invariants() {
		if i == check.Moves {
			continue
		}
		if err := proved(l.Phases()); err == nil || !strings.Contains(err.Error(), string(i)) {
			t.Errorf("without %s: %v", i, err)
		}
		l.Kept(i, 1)
	}
	if err := proved(l.Phases()); err != nil {
		t.Error(err)
	}
	l.Begin("rolling")
	if err := proved(l.Phases()); err == nil {
		t.Error("nobody was moved in a rolling restart")
	}
	l.Kept(check.Moves, 1)
	if err := proved(l.Phases()); err != nil {
		t.Error(err)
	}
}
