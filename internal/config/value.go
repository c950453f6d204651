package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// value is one key of one Config: a pointer to the field and the rules of what
// it may hold.
type value interface {
	// kind is the type that the key has in a TOML file, in TOML's own word.
	kind() string
	// set takes the value from text, as an environment variable or a flag has
	// it, and checks it. A refused value is not taken.
	set(text string) error
	// check judges what the field holds now.
	check() error
	// toml is what the field holds, as a TOML file has it.
	toml() string
	// want tells a person what the key may be, to stand after "it must be".
	want() string
	// show is text in a form that may be printed: credentials are masked.
	show(text string) string
}

// wanted is the refusal that says no more than what is wanted.
func wanted(v value) error { return errors.New("it must be " + v.want()) }

// assign sets *p to x if v then approves of it, and else leaves *p alone.
func assign[T any](p *T, x T, v value) error {
	old := *p
	*p = x
	if err := v.check(); err != nil {
		*p = old
		return err
	}
	return nil
}

// text is a key that holds free text. An empty one is given to allow like any
// other.
type text struct {
	p     *string
	words string
	allow func(string) error // what is wrong, to stand after "host is ...:"
	mask  func(string) string
}

func (v text) kind() string       { return "String" }
func (v text) set(s string) error { return assign(v.p, s, v) }
func (v text) check() error       { return v.allow(*v.p) }
func (v text) want() string       { return v.words }
func (v text) toml() string       { return quote(v.show(*v.p)) }
func (v text) show(s string) string {
	if v.mask == nil {
		return s
	}
	return v.mask(s)
}

// whole is a key that holds a whole number.
type whole struct {
	p        *int
	min, max int
	zero     string // what zero does, for want; empty if it is refused
}

func (v whole) kind() string         { return "Integer" }
func (v whole) toml() string         { return strconv.Itoa(*v.p) }
func (v whole) show(s string) string { return s }
func (v whole) want() string {
	return fmt.Sprintf("a whole number from %d to %d", v.min, v.max) + orZero("0", v.zero)
}

// orZero says what zero does, where it is allowed.
func orZero(zero, does string) string {
	if does == "" {
		return ""
	}
	return ", or " + zero + " " + does
}

func (v whole) set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil {
		return wanted(v)
	}
	return assign(v.p, n, v)
}

func (v whole) check() error {
	if n := *v.p; (n != 0 || v.zero == "") && (n < v.min || n > v.max) {
		return wanted(v)
	}
	return nil
}

// onOff is a key that is on or off.
type onOff struct{ p *bool }

func (v onOff) kind() string         { return "Bool" }
func (v onOff) toml() string         { return strconv.FormatBool(*v.p) }
func (v onOff) show(s string) string { return s }
func (v onOff) want() string         { return "true or false" }
func (v onOff) check() error         { return nil }

func (v onOff) set(s string) error {
	b, err := strconv.ParseBool(s)
	if err != nil {
		return wanted(v)
	}
	*v.p = b
	return nil
}

// span is a key that holds a length of time.
type span struct {
	p        *time.Duration
	min, max time.Duration
	zero     string // what zero does, for want; empty if it is refused
}

func (v span) kind() string         { return "String" }
func (v span) toml() string         { return quote(brief(*v.p)) }
func (v span) show(s string) string { return s }
func (v span) want() string {
	return fmt.Sprintf(`a time from "%s" to "%s", such as "%s"`, brief(v.min), brief(v.max), v.such()) +
		orZero(`"0s"`, v.zero)
}

// such gives examples that are allowed.
func (v span) such() string {
	if v.max < 90*time.Minute {
		return `15s" or "1m`
	}
	return `90s" or "1h30m`
}

func (v span) set(s string) error {
	d, err := time.ParseDuration(s)
	if err != nil {
		return wanted(v)
	}
	return assign(v.p, d, v)
}

func (v span) check() error {
	if d := *v.p; (d != 0 || v.zero == "") && (d < v.min || d > v.max) {
		return wanted(v)
	}
	return nil
}

// brief writes a time without the zeros that Duration.String puts at its end.
func brief(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// choice is a key that holds one of a few words.
type choice[T ~string] struct {
	p  *T
	of []T
}

func (v choice[T]) kind() string         { return "String" }
func (v choice[T]) set(s string) error   { return assign(v.p, T(s), v) }
func (v choice[T]) toml() string         { return quote(string(*v.p)) }
func (v choice[T]) show(s string) string { return s }
func (v choice[T]) want() string         { return "one of " + wordList(v.of) }

func (v choice[T]) check() error {
	if !slices.Contains(v.of, *v.p) {
		return wanted(v)
	}
	return nil
}

// choices is a key that holds one or more of a few words, none of them twice.
type choices[T ~string] struct {
	p  *[]T
	of []T
}

func (v choices[T]) kind() string         { return "Array" }
func (v choices[T]) show(s string) string { return s }
func (v choices[T]) want() string {
	return "one or more of " + wordList(v.of) + ", none of them twice"
}

func (v choices[T]) set(s string) error {
	var list []T
	for word := range strings.SplitSeq(s, ",") {
		list = append(list, T(strings.TrimSpace(word)))
	}
	return assign(v.p, list, v)
}

func (v choices[T]) check() error {
	seen := make(map[T]bool, len(*v.p))
	for _, word := range *v.p {
		if seen[word] || !slices.Contains(v.of, word) {
			return wanted(v)
		}
		seen[word] = true
	}
	if len(seen) == 0 {
		return wanted(v)
	}
	return nil
}

func (v choices[T]) toml() string {
	words := make([]string, len(*v.p))
	for i, word := range *v.p {
		words[i] = quote(string(word))
	}
	return "[" + strings.Join(words, ", ") + "]"
}

func wordList[T ~string](words []T) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = quote(string(word))
	}
	return strings.Join(quoted, ", ")
}

// quote writes s as a TOML string. TOML's basic strings know fewer escapes
// than Go's, so only those are used that both have.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
