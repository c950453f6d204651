package config

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Source says where the values come from.
type Source struct {
	// File is the path of a TOML file. Empty means that there is none; a file
	// that is named must be there.
	File string
	// Environ is the environment as [os.Environ] gives it. Variables that do
	// not begin with PAPILIO_ are passed over.
	Environ []string
	// Flags are keys that were given on the command line, such as "data". They
	// go before everything else.
	Flags map[string]string
}

// Load builds the configuration: the defaults, over them the file, over that
// the environment, over that the flags. It reports everything that is wrong at
// once, each mistake an error of its own (see [errors.Join]), in words for the
// person who runs the service.
func Load(src Source) (Config, error) {
	l := newLoader()
	if src.File != "" {
		l.file(src.File)
	}
	l.environ(src.Environ)
	for _, name := range slices.Sorted(maps.Keys(src.Flags)) {
		l.set("--"+name, name, src.Flags[name])
	}
	if len(l.wrong) == 0 {
		l.wrong = l.config.conflicts()
	}
	if len(l.wrong) > 0 {
		return Config{}, errors.Join(l.wrong...)
	}
	return l.config, nil
}

// loader is one run of Load.
type loader struct {
	config Config
	keys   map[string]key
	wrong  []error
}

func newLoader() *loader {
	l := &loader{config: Default(), keys: make(map[string]key)}
	for _, k := range keys() {
		l.keys[k.name] = k
	}
	return l
}

// problem notes a mistake found at where: a line of the file, a variable or a
// flag.
func (l *loader) problem(where, format string, args ...any) {
	l.wrong = append(l.wrong, fmt.Errorf("%s: %w", where, fmt.Errorf(format, args...)))
}

// set gives a key a value that was written as text.
func (l *loader) set(where, name, given string) {
	k, ok := l.keys[name]
	if !ok {
		l.unknown(where, name)
		return
	}
	v := k.of(&l.config)
	if err := v.set(given); err != nil {
		l.problem(where, "%s is %q: %w", name, v.show(given), err)
	}
}

func (l *loader) unknown(where, name string) {
	l.problem(where, "there is no key %q; the nearest is %q", name, nearest(name, l.names()))
}

// names lists the keys in the order of the table.
func (l *loader) names() []string {
	var names []string
	for _, k := range keys() {
		names = append(names, k.name)
	}
	return names
}

// environ takes the variables. An empty one is as good as none: that is what
// compose files pass for a variable that nobody set.
func (l *loader) environ(environ []string) {
	byVariable := make(map[string]string)
	for _, k := range keys() {
		byVariable[k.env()] = k.name
	}
	for _, entry := range slices.Sorted(slices.Values(environ)) {
		variable, given, _ := strings.Cut(entry, "=")
		name, known := byVariable[variable]
		switch {
		case !strings.HasPrefix(variable, envPrefix) || given == "" || serviceLink.MatchString(entry):
		case known:
			l.set(variable, name, given)
		default:
			near := nearest(strings.TrimPrefix(variable, envPrefix), l.names())
			l.problem(variable, "there is no such setting; the nearest is %s", l.keys[near].env())
		}
	}
}

// serviceLink is what Kubernetes, and Docker's links, put into the environment
// of every container beside a service whose name begins with papilio. A port
// that somebody meant for us is a number there, not a URL.
var serviceLink = regexp.MustCompile(`^PAPILIO_(\w+_)?(SERVICE_HOST=|SERVICE_PORT(_\w+)?=|` +
	`PORT(_\d+_(TCP|UDP))?=(tcp|udp)://|PORT_\d+_(TCP|UDP)_(PROTO|PORT|ADDR)=)`)
