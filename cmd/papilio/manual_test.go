package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

var (
	shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")
	inlineCall = regexp.MustCompile("`papilio ([a-z][^`]*)`")
	// asCommand is what stands before the arguments in the manual.
	asCommand = regexp.MustCompile(`^(?:[A-Z_]+=\S+ )*(?:sudo (?:-u papilio )?(?:[A-Z_]+=\S+ )*)?(?:\./papilio|papilio|go run \./cmd/papilio)(?: |$)`)
)

// Every command in the manual is one that the command line takes.
func TestCommandsOfTheManual(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join("..", "..", "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, page := range append(pages, filepath.Join("..", "..", "README.md")) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range calls(string(text)) {
			n++
			if err := takes(call); err != nil {
				t.Errorf("%s: papilio %s: %v", filepath.Base(page), call, err)
			}
		}
	}
	if n < 20 {
		t.Errorf("%d commands were found: the test looks in the wrong place", n)
	}
}

// calls are the arguments of papilio in a page.
func calls(text string) []string {
	var all []string
	for _, block := range shellBlock.FindAllStringSubmatch(text, -1) {
		for line := range strings.Lines(block[1]) {
			line, _, _ = strings.Cut(line, "#")
			line, _, _ = strings.Cut(line, ">")
			line, _, _ = strings.Cut(line, "|")
			if before := asCommand.FindString(line); before != "" {
				all = append(all, strings.TrimSpace(line[len(before):]))
			}
		}
	}
	for _, m := range inlineCall.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

// takes parses a command, and runs nothing.
func takes(call string) error {
	var cli commands
	parser, err := kong.New(&cli, kong.Writers(io.Discard, io.Discard), kong.Exit(func(int) {}))
	if err != nil {
		return err
	}
	_, err = parser.Parse(asShell(call))
	if err != nil && strings.HasPrefix(err.Error(), "expected ") {
		return nil // it is there; the manual only names it
	}
	return err
}

// asShell splits a command as a shell does, as far as the manual needs it.
func asShell(call string) []string {
	var all []string
	for i, part := range strings.Split(call, `"`) {
		if i%2 == 1 {
			all = append(all, part)
		} else {
			all = append(all, strings.Fields(part)...)
		}
	}
	return all
}
