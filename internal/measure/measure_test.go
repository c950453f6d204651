//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/papilio-im/papilio/internal/fleet"
)

func TestParse(t *testing.T) {
	if o, err := parse([]string{"-sessions", "1000", "-json", "x"}, io.Discard); err != nil || o.sessions != 1000 || o.json != "x" {
		t.Errorf("%+v, %v", o, err)
	}
	for says, args := range map[string][]string{
		"not a flag":   {"sessions"},
		"are needed":   {"-ns", "1"},
		"200 probes":   {"-probes", "100"},
		"has contacts": {"-sessions", "50"},
		"no step":      {"-only", "loss,gain"},
		"was lost":     {"-only", "join"},
	} {
		var errs bytes.Buffer
		if code := program(t.Context(), args, io.Discard, &errs); code != exitUsage || !strings.Contains(errs.String(), says) {
			t.Errorf("%q: code %d, %s", args, code, &errs)
		}
	}
}

func TestSpent(t *testing.T) {
	begin := time.Now()
	a := moment{begin, map[string]float64{kindNS: 1, kindNATS: 2}, fleet.Traffic{OutMsgs: 10}}
	b := moment{begin.Add(10 * time.Second), map[string]float64{kindNS: 5, kindNATS: 4}, fleet.Traffic{OutMsgs: 110}}
	s := a.until(b)
	if diff := cmp.Diff(spent{Seconds: 10, CPU: map[string]float64{kindNS: 4, kindNATS: 2}, OutMsgs: 100}, s); diff != "" {
		t.Error(diff)
	}
	idle := spent{Seconds: 100, CPU: map[string]float64{kindNS: 10, kindNATS: 50}, OutMsgs: 400}
	net := s.beyond(idle)
	if diff := cmp.Diff(spent{Seconds: 10, CPU: map[string]float64{kindNS: 3, kindNATS: 0}, OutMsgs: 60}, net); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]float64{kindNS: 30, kindNATS: 0}, perUnit(net, 100_000)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(s, s.beyond(spent{})); diff != "" {
		t.Error(diff)
	}
}

func TestSystem(t *testing.T) {
	if _, err := os.Stat("/proc/net/sockstat"); err != nil {
		t.Skip("no /proc")
	}
	if s, err := readSystem(); err != nil || s.Slab <= 0 || s.Available <= 0 || s.Sockets <= 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

// The result says everything, also of a run in which something was not reached.
func TestResult(t *testing.T) {
	var r result
	var text bytes.Buffer
	r.write(&text)
	if !strings.Contains(text.String(), "memory a session") {
		t.Errorf("it says only:\n%s", &text)
	}
	file := filepath.Join(t.TempDir(), "result.json")
	if err := writeJSON(file, &r); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var again result
	if err := json.Unmarshal(written, &again); err != nil {
		t.Error(err)
	}
}
