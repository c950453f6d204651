package server_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/internal/notification"
	"github.com/papilio-im/papilio/msnp"
)

const root = "../.."

// TestEveryCodeHasATranscript finds the error codes in the code of what answers
// clients, and each of them in the transcripts.
func TestEveryCodeHasATranscript(t *testing.T) {
	numbers := codeNumbers(t)
	shown := make(map[string]bool)
	line := regexp.MustCompile(`(?m)^\S+ < (\d\d\d)( |$)`)
	for _, text := range readTranscripts(t) {
		for _, found := range line.FindAllStringSubmatch(text, -1) {
			shown[found[1]] = true
		}
	}
	sent := make(map[string]string) // by name: where
	for _, dir := range []string{"msnp", "internal/front", "internal/dispatch", "internal/notification", "internal/switchboard", "internal/roster"} {
		for _, file := range parseDir(t, dir) {
			for _, name := range codesIn(file) {
				sent[name] = dir
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		number, known := numbers[name]
		if !known {
			t.Errorf("%s is in %s but not in the list of codes", name, sent[name])
		}
		if !shown[number] {
			t.Errorf("no transcript shows %s (%s), which %s sends", number, name, sent[name])
		}
	}
}

// codesIn gives the codes that a file refuses something with. In package msnp
// these are those of its ParseErrors.
func codesIn(file *ast.File) []string {
	var names []string
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "msnp" && isCode(n.Sel.Name) {
				names = append(names, n.Sel.Name)
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Code" {
				if value, ok := n.Value.(*ast.Ident); ok && isCode(value.Name) {
					names = append(names, value.Name)
				}
			}
		}
		return true
	})
	return names
}

func isCode(name string) bool { return strings.HasPrefix(name, "Code") && len(name) > len("Code") }

// codeNumbers reads the constants of package msnp.
func codeNumbers(t *testing.T) map[string]string {
	t.Helper()
	numbers := make(map[string]string)
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "msnp/code.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if number, ok := spec.Values[0].(*ast.BasicLit); ok {
			numbers[spec.Names[0].Name] = number.Value
		}
		return true
	})
	return numbers
}

// parseDir parses the files of a package, tests left out.
func parseDir(t *testing.T, dir string) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no files in %s: %v", dir, err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// TestEveryCommandHasAHandler holds the tables of handlers against the table of
// commands: what a client of a version that is served may send is handled, and
// nothing else.
func TestEveryCommandHasAHandler(t *testing.T) {
	for _, role := range []struct {
		dir    string
		role   msnp.Role
		latest msnp.Version
	}{
		{"internal/dispatch", msnp.Dispatch, msnp.Last},
		{"internal/notification", msnp.Notification, notification.Latest},
		{"internal/switchboard", msnp.Switchboard, notification.Latest},
	} {
		handlers := handlersOf(t, role.dir)
		for _, c := range msnp.Commands() {
			if c.Roles&role.role == 0 || c.From&msnp.FromClient == 0 {
				continue
			}
			served := c.Since <= role.latest
			if served != handlers[c.Name] {
				t.Errorf("%s: %s is served: %t, is handled: %t", role.dir, c.Name, served, handlers[c.Name])
			}
			delete(handlers, c.Name)
		}
		for name := range handlers {
			t.Errorf("%s handles %s, which is not in the table", role.dir, name)
		}
	}
}

// handlersOf reads the names in the table of handlers of a role.
func handlersOf(t *testing.T, dir string) map[string]bool {
	t.Helper()
	handlers := make(map[string]bool)
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, dir, "verbs.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if pair, ok := n.(*ast.KeyValueExpr); ok {
			if key, ok := pair.Key.(*ast.BasicLit); ok {
				name, err := strconv.Unquote(key.Value)
				if err != nil {
					t.Fatal(err)
				}
				handlers[name] = true
			}
		}
		return true
	})
	return handlers
}
