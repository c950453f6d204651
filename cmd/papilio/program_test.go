package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/papilio-im/papilio/internal/server"
)

func TestHelpHasExamplesForEveryCommand(t *testing.T) {
	parser, err := kong.New(&commands{})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	leaves := parser.Model.Leaves(true)
	if len(leaves) < 15 {
		t.Fatalf("only %d commands", len(leaves))
	}
	for _, leaf := range leaves {
		args := append(strings.Fields(leaf.Path()), "--help")
		out := w.done(args...)
		contains(t, out, "Usage: papilio "+strings.Fields(leaf.Path())[0], "Examples:\n\n    ", leaf.Help[:10])
	}
}

func TestHelpOfTheTopLevel(t *testing.T) {
	out := newWorld(t).done("--help")
	contains(t, out, "self-hosted MSN Messenger", "papilio serve", "--config=FILE", "--data=DIR", "Exit codes")
	for line := range strings.Lines(out) {
		if len(line) > 81 {
			t.Errorf("too long for a terminal: %q", line)
		}
	}
}

// Nothing to do is a mistake, but one of somebody who wants to know what there
// is.
func TestNoCommand(t *testing.T) {
	w := newWorld(t)
	o := w.run()
	if o.code != exitUsage || o.out != "" || o.errs != w.done("--help") {
		t.Errorf("%+v", o)
	}
}

func TestHelpCommand(t *testing.T) {
	w := newWorld(t)
	for _, topic := range []string{"", "user", "user add"} {
		words := strings.Fields(topic)
		if got, want := w.done(append([]string{"help"}, words...)...), w.done(append(words, "--help")...); got != want {
			t.Errorf("help %s: %s", topic, got)
		}
	}
}

func TestWrongCommandLines(t *testing.T) {
	w := newWorld(t)
	w.refused(exitUsage, `unexpected argument serv, did you mean "serve"?; see papilio --help`, "serv")
	w.refused(exitUsage, "see papilio --help", "bogus")
	w.refused(exitUsage, "see papilio user --help", "user")
	w.refused(exitUsage, "see papilio user add --help", "user", "add")
	w.refused(exitUsage, "can't be used together", "user", "add", "a@example.com", "--legacy", "--legacy-same")
	w.refused(exitUsage, "unknown flag", "serve", "--port", "1863")
	w.refused(exitUsage, "cannot be a handle", "user", "ban", "anna")
}

func TestExitCodes(t *testing.T) {
	tests := []struct {
		err  error
		code int
		says string
	}{
		{nil, exitDone, ""},
		{errors.New("no luck"), exitFailed, "papilio: no luck\n"},
		{usage("use %s", "another"), exitUsage, "papilio: use another\n"},
		{fmt.Errorf("start: %w", &server.PortError{Address: ":1", Err: errors.New("x")}), exitUsage, "papilio: start:"},
		{errors.Join(errors.New("one"), usage("two")), exitUsage, "papilio: one\npapilio: two\n"},
	}
	for _, tt := range tests {
		var errs bytes.Buffer
		p := &program{stderr: &errs}
		if code := p.fail(tt.err); code != tt.code || !strings.HasPrefix(errs.String(), tt.says) {
			t.Errorf("%v: code %d, %q; want %d, %q", tt.err, code, errs.String(), tt.code, tt.says)
		}
	}
}

func TestVersion(t *testing.T) {
	contains(t, newWorld(t).done("version"), "papilio ", "go1.")
}

// run is what main calls: everything between it and the process is here.
func TestRun(t *testing.T) {
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"papilio", "version"}, nil, strings.NewReader(""), &out, &errs)
	if code != exitDone || errs.Len() != 0 {
		t.Errorf("code %d, errors %q", code, &errs)
	}
}
