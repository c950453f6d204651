package msnp

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// errNoForm says that a message cannot be written for a version. The tests pass
// over it; what has no form is tested by itself.
var errNoForm = errors.New("no form")

// form is one message as the tests go through all of them: with random content,
// and with what a fuzzer has made of its line.
type form struct {
	name        string // of the Go type
	command     string // "" for error lines
	role        Role
	from        Direction
	first, last Version
	// line writes a random message.
	line func(r *rand.Rand, v Version) ([]byte, any, error)
	// parse reads a line; again writes what parse has read.
	parse func(l *Line, v Version) (any, error)
	again func(m any, v Version) ([]byte, error)
}

// appender is what a message is to the tests.
type appender interface {
	Append(dst []byte, v Version) []byte
}

// carefulAppender is a message that not every version has a form for.
type carefulAppender interface {
	Append(dst []byte, v Version) ([]byte, error)
}

func appendAny(m any, v Version) ([]byte, error) {
	switch m := m.(type) {
	case appender:
		return m.Append(nil, v), nil
	case carefulAppender:
		return m.Append(nil, v)
	}
	return nil, fmt.Errorf("%T cannot be appended", m)
}

// of makes a form of a message from its generator and its parser.
func of[T any](command string, role Role, from Direction, first, last Version,
	gen func(r *rand.Rand, v Version) T, parse func(*Line, Version) (T, error),
) form {
	return form{
		name: fmt.Sprintf("%T", *new(T))[len("msnp."):], command: command, role: role, from: from, first: first, last: last,
		line: func(r *rand.Rand, v Version) ([]byte, any, error) {
			m := gen(r, v)
			line, err := appendAny(m, v)
			return line, m, err
		},
		parse: func(l *Line, v Version) (any, error) { return parse(l, v) },
		again: func(m any, v Version) ([]byte, error) {
			if hello, ok := m.(Hello); ok && len(hello.Versions) == 0 {
				return nil, errNoForm // nothing known was offered
			}
			wire, err := appendAny(m, v)
			if err == nil && len(wire) == 0 {
				return nil, errNoForm // there is no line for a setting that is not set
			}
			return wire, err
		},
	}
}

func (f form) has(v Version) bool {
	return span{first: f.first, last: f.last, cvr0: f.first <= CVR0 && f.last >= CVR0 && f.first != Beta2}.has(v)
}

// equal compares messages. An empty payload and none are the same.
func equal(t *testing.T, want, got any) {
	t.Helper()
	if reflect.DeepEqual(want, got) { // which is faster by far
		return
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("not what was written (-want +got):\n%s", diff)
	}
}

// parseOne parses a line that must be whole.
func parseOne(t testing.TB, role Role, from Direction, wire []byte) *Line {
	t.Helper()
	var l Line
	n, err := l.Parse(wire, TableOf(role, from), MaxLine*2)
	if err != nil {
		t.Fatalf("Parse(%q): %v", wire, err)
	}
	if n != len(wire) {
		t.Fatalf("Parse(%q) took %d octets of %d", wire, n, len(wire))
	}
	return &l
}

// TestRoundTrip writes each message with random content in each version that has
// it, and reads it back.
func TestRoundTrip(t *testing.T) {
	for _, f := range forms {
		t.Run(f.name+" "+f.command, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			for v := First; v <= Last; v++ {
				if !f.has(v) {
					continue
				}
				for range 200 {
					wire, want, err := f.line(r, v)
					if err != nil {
						t.Fatalf("%s: append %+v: %v", v, want, err)
					}
					got, err := f.parse(parseOne(t, f.role, f.from, wire), v)
					if err != nil {
						t.Fatalf("%s: parse %q: %v", v, wire, err)
					}
					equal(t, want, got)
				}
			}
		})
	}
}

// TestFormsNameCommands makes sure that the forms agree with the command table.
func TestFormsNameCommands(t *testing.T) {
	for _, f := range forms {
		if f.command == "" {
			continue
		}
		c := TableOf(f.role, f.from).Find([]byte(f.command))
		if c == nil {
			t.Errorf("%s: no %s in the table", f.name, f.command)
			continue
		}
		for v := First; v <= Last; v++ {
			if f.has(v) && !c.Has(v) {
				t.Errorf("%s: %s has no %s", f.name, v, f.command)
			}
		}
	}
}

// TestShortLines cuts arguments off each message. Nothing may panic, and what is
// accepted must be written as it was read.
func TestShortLines(t *testing.T) {
	for _, f := range forms {
		r := rand.New(rand.NewPCG(3, 4))
		for v := First; v <= Last; v++ {
			if !f.has(v) {
				continue
			}
			wire, _, err := f.line(r, v)
			if err != nil {
				t.Fatal(err)
			}
			l := parseOne(t, f.role, f.from, wire)
			for args := l.Args; ; args = args[:len(args)-1] {
				l.Args = args
				reparse(t, f, l, v)
				if len(args) == 0 {
					break
				}
			}
			var empty Line
			if _, err := f.parse(&empty, v); err == nil {
				t.Errorf("%s: an empty line was accepted", f.name)
			}
		}
	}
}

// reparse reads a line, and if it is a message writes it and reads it again.
func reparse(t *testing.T, f form, l *Line, v Version) {
	t.Helper()
	first, err := f.parse(l, v)
	if err != nil {
		if _, ok := errors.AsType[*ParseError](err); !ok {
			t.Fatalf("%s: %s: error of an unknown kind: %v", f.name, v, err)
		}
		return
	}
	wire, err := f.again(first, v)
	if err != nil {
		return
	}
	second, err := f.parse(parseOne(t, f.role, f.from, wire), v)
	if err != nil {
		t.Fatalf("%s: %s: %q was written from %+v and is refused: %v", f.name, v, wire, first, err)
	}
	equal(t, first, second)
}
