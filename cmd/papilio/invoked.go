package main

import (
	"path/filepath"
	"regexp"
	"strings"
)

// built is where "go run" puts a program: a folder of go's own, for one run or
// in its cache.
var built = regexp.MustCompile(`(^|/)(go-build[0-9]*|[0-9a-f]{64}-d)/`)

// invokedAs is the command that somebody has typed to run this program, so
// that hints can be pasted. arg0 is what the system was given to start.
func invokedAs(arg0 string) string {
	switch {
	case arg0 == "":
		return usualName
	case built.MatchString(filepath.ToSlash(arg0)):
		return "go run ./cmd/papilio"
	}
	return quoted(arg0)
}

// usualName is the program's name where nothing is known of how it was started.
const usualName = "papilio"

// command is a command line of this program that can be pasted.
func (p *program) command(args string) string {
	name := p.invoked
	if name == "" {
		name = usualName
	}
	return strings.TrimSpace(name + " " + args)
}
