package project

import (
	"slices"
	"strings"
	"testing"
)

// layer is a group of packages with the same rights.
type layer struct {
	name     string
	packages []string
	uses     []string // the layers that its packages may import
	peers    bool     // its packages may import each other
}

// layers is the shape of the program, from the ground up. Imports only ever
// point at what stands above in this list, and msnp may be used by all.
var layers = []layer{
	// The protocol is public and knows nothing of ours, so that clients, bots
	// and other servers can be built on it.
	{name: "protocol", packages: []string{"msnp"}},
	// The client sees a service only through the wire, as a stranger's would.
	{name: "client", packages: []string{"msnp/client"}},
	// What an operator may set is turned into each package's own options by
	// the composition; nothing else knows that there is a file.
	{name: "configuration", packages: []string{"internal/config"}},
	// The ground knows bytes, rows and subjects, not people. Its packages
	// stand side by side, so that each can be replaced alone.
	{name: "ground", packages: []string{
		"internal/certificate", "internal/cluster", "internal/limit", "internal/netio", "internal/store", "internal/telemetry",
	}},
	// The domain is the rules: who somebody is, whom they know, who sees them,
	// where they belong.
	{name: "domain", packages: []string{
		"internal/account", "internal/presence", "internal/referral", "internal/roster", "internal/ticket",
	}, uses: []string{"ground"}, peers: true},
	// What every front does alike between a connection and a command.
	{name: "front", packages: []string{"internal/front", "internal/web"}, uses: []string{"ground", "domain"}},
	// The fronts speak with clients. They never import each other: they meet
	// through the cluster, even inside one process, and that is what makes one
	// machine and fifty the same program.
	{name: "fronts", packages: []string{
		"internal/dispatch", "internal/gateway", "internal/notification", "internal/passport",
		"internal/site", "internal/soap", "internal/switchboard",
	}, uses: []string{"ground", "domain", "front"}},
	// What an operator asks of a running service, and how. It reaches into the
	// fronts because that is its purpose; no front knows of it.
	{name: "control", packages: []string{"internal/control"}, uses: []string{"ground", "domain", "fronts"}},
	// The composition builds, starts and stops all of it.
	{name: "composition", packages: []string{"internal/server"},
		uses: []string{"configuration", "ground", "domain", "front", "fronts", "control"}},
	// What runs whole services and talks to them: the demo, the transcripts, the
	// measurements.
	{name: "stage", packages: []string{
		"internal/benchmark", "internal/demo", "internal/endtoend", "internal/faults", "internal/fleet", "internal/load", "internal/measure",
		"internal/scale", "internal/transcript",
	},
		uses: []string{"client", "configuration", "ground", "domain", "composition"}, peers: true},
	{name: "command", packages: []string{"cmd/papilio"},
		uses: []string{"client", "configuration", "ground", "domain", "control", "composition", "stage"}},
	{name: "rules", packages: []string{"internal/project"}},
}

// layerOf finds the layer of a package. A folder below a listed one belongs to
// it.
func layerOf(pkg string) (layer, string, bool) {
	for _, l := range layers {
		for _, listed := range l.packages {
			below := strings.HasPrefix(pkg, listed+"/") && pkg != "msnp/client"
			if pkg == listed || below {
				return l, listed, true
			}
		}
	}
	return layer{}, "", false
}

func mayImport(from, to string) bool {
	a, one, _ := layerOf(from)
	b, other, known := layerOf(to)
	switch {
	case !known:
		return false
	case one == other: // a package and the folders below it
		return true
	case a.name == b.name:
		return a.peers
	case b.name == "protocol":
		return a.name != "configuration"
	}
	return slices.Contains(a.uses, b.name)
}

func TestImportsPointOneWay(t *testing.T) {
	for _, s := range sources(t) {
		if _, _, known := layerOf(s.pkg); !known {
			t.Errorf("%s has no layer: give it one in this file", s.pkg)
			continue
		}
		for _, imported := range s.imports {
			to, ours := strings.CutPrefix(imported, module+"/")
			if ours && !mayImport(s.pkg, to) {
				t.Errorf("%s/%s imports %s: its layer may not", s.pkg, s.name, to)
			}
		}
	}
}

// The list itself has an order, or "one way" would mean nothing.
func TestLayersAreInOrder(t *testing.T) {
	above := make(map[string]bool)
	for _, l := range layers {
		for _, used := range l.uses {
			if !above[used] {
				t.Errorf("layer %s uses %s, which does not stand above it", l.name, used)
			}
		}
		above[l.name] = true
	}
}

// libraries are the outside libraries that few packages know, one if it can
// be, so that a change of library is a change of those.
var libraries = []struct {
	path string
	in   []string
}{
	{"github.com/alecthomas/kong", []string{"cmd/papilio"}},
	{"github.com/BurntSushi/toml", []string{"internal/config"}},
	{"github.com/caddyserver/certmagic", []string{"internal/certificate"}},
	{"github.com/jackc/", []string{"internal/store"}},
	{"github.com/nats-io/", []string{"internal/cluster"}},
	{"github.com/pressly/goose", []string{"internal/store"}},
	// The composition makes the registry that telemetry is given.
	{"github.com/prometheus/", []string{"internal/telemetry", "internal/server"}},
	{"go.uber.org/zap", []string{"internal/certificate"}},
	{"golang.org/x/crypto/argon2", []string{"internal/account"}},
	{"modernc.org/", []string{"internal/store"}},
}

func TestLibrariesStayWhereTheyAre(t *testing.T) {
	drivers := map[string]map[string]bool{"modernc.org/": {}, "github.com/jackc/": {}}
	for _, s := range sources(t) {
		for _, imported := range s.imports {
			if outside(imported) && (s.pkg == "msnp" || strings.HasPrefix(s.pkg, "msnp/")) {
				t.Errorf("%s/%s imports %s: msnp needs nothing but the standard library", s.pkg, s.name, imported)
			}
			for _, l := range libraries {
				if strings.HasPrefix(imported, l.path) && !slices.Contains(l.in, s.pkg) {
					t.Errorf("%s/%s imports %s, which is for %v", s.pkg, s.name, imported, l.in)
				}
			}
			for library, files := range drivers {
				if strings.HasPrefix(imported, library) {
					files[s.pkg+"/"+s.name] = true
				}
			}
		}
	}
	for library, files := range drivers {
		if len(files) > 1 {
			t.Errorf("%s is named in %d files, want one", library, len(files))
		}
	}
}

// outside reports whether an import is neither ours nor the standard
// library's, whose first words have no dot.
func outside(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return strings.Contains(first, ".") && !strings.HasPrefix(imported, module)
}
