package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/papilio-im/papilio/internal/server"
	"github.com/papilio-im/papilio/msnp"
)

//go:generate go test -run TestProtocolPageIsInStep -update

var update = flag.Bool("update", false, "write docs/protocol.md instead of comparing it")

func TestProtocolPageIsInStep(t *testing.T) {
	page := filepath.Join("..", "..", "docs", "protocol.md")
	want := newWorld(t).done("protocol", "--markdown")
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is out of step; go generate ./cmd/papilio writes it anew (-program +page):\n%s", page, diff)
	}
}

// row finds a line of the table by how it begins.
func row(t *testing.T, out, begins string) string {
	t.Helper()
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, begins) {
			return line
		}
	}
	t.Fatalf("no line begins with %q:\n%s", begins, out)
	return ""
}

func TestProtocolTable(t *testing.T) {
	out := newWorld(t).done("protocol")
	contains(t, out, "signs in Beta 2 to MSNP12,")
	heads := row(t, out, "     by   to/from")
	for _, tt := range []struct {
		row     string
		version msnp.Version
		has     bool
	}{
		{"VER  C S  DS NS     ", msnp.Beta2, true},
		{"VER  C S  DS NS     ", msnp.MSNP21, true},
		{"CHL  C S  NS        ", msnp.MSNP5, false},
		{"CHL  C S  NS        ", msnp.MSNP6, true},
		{"ADC  C S  NS        ", msnp.MSNP12, true},
		{"ADC  C S  NS        ", msnp.MSNP13, false},
		{"JOI  S    SB        ", msnp.MSNP20, true},
		{"JOI  S    SB        ", msnp.MSNP21, false},
	} {
		column := strings.Index(heads, " B") + 1 // of the first version
		for _, v := range columns() {
			if v == tt.version {
				break
			}
			column += 2
		}
		if mark := row(t, out, tt.row)[column]; (mark == 'x') != tt.has {
			t.Errorf("%s at %s: %q", tt.row, tt.version, mark)
		}
	}
	if lines := strings.Count(out, "\n"); lines != len(msnp.Commands())+7 {
		t.Errorf("%d lines for %d commands", lines, len(msnp.Commands()))
	}
}

// What is said of the versions is what the notification server does.
func TestSignsInWhatItSays(t *testing.T) {
	b := newWorld(t).serve()
	for _, v := range columns() {
		if v == msnp.Beta2 {
			continue // it calls itself MSNP2
		}
		l := dialLine(t, b.address("notification"))
		l.say("VER 1 %s CVR0", v)
		if answer := l.hear(); (answer == "VER 1 "+v.String()+" CVR0") != server.SignsIn(v) {
			t.Errorf("%s is answered with %q, but signs in: %v", v, answer, server.SignsIn(v))
		}
	}
}
