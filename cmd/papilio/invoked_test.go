package main

import (
	"strings"
	"testing"
)

func TestInvokedAs(t *testing.T) {
	for arg0, want := range map[string]string{
		"":                  "papilio",
		"papilio":           "papilio",
		"./papilio":         "./papilio",
		"/opt/my bin/papil": "'/opt/my bin/papil'",
		"/tmp/go-build2139924773/b001/exe/papilio":                              "go run ./cmd/papilio",
		"/home/a/.cache/go-build/1f/" + strings.Repeat("1f", 32) + "-d/papilio": "go run ./cmd/papilio",
		"/srv/cache/1f/" + strings.Repeat("1f", 32) + "-d/papilio":              "go run ./cmd/papilio",
		"/home/a/go-builder/papilio":                                            "/home/a/go-builder/papilio",
	} {
		if got := invokedAs(arg0); got != want {
			t.Errorf("%q: %q, want %q", arg0, got, want)
		}
	}
}

// What is printed as a command can be pasted by whoever has started it so.
func TestHintsCanBePasted(t *testing.T) {
	w := newWorld(t)
	w.invoked = "./papilio"
	w.refused(exitFailed, "begin with: ./papilio user add HANDLE", "user", "list")
	contains(t, w.done("user", "add", "anna@example.com", "--password", "x"), "for that: ./papilio user legacy-password anna@example.com")
	w.refused(exitFailed, "; ./papilio user list shows", "user", "ban", "bob@example.com")
	w.refused(exitFailed, "start it with ./papilio serve", "session", "list")
	w.refused(exitUsage, "see ./papilio user --help", "user")
}
