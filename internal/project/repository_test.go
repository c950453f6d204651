package project

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/papilio-im/papilio"

// source is one Go file of the repository that is not a test.
type source struct {
	pkg     string // its folder, from the top: "internal/config"
	name    string
	imports []string
	doc     bool // has a comment above its package clause
}

func root() string { return filepath.Join("..", "..") }

// sources reads every Go file of this module, whatever system it is for.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	for _, file := range files(t, ".go") {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root(), file), nil,
			parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, source{path.Dir(file), path.Base(file), imports(t, parsed), parsed.Doc != nil})
	}
	if len(all) == 0 {
		t.Fatal("no Go files: the tests look in the wrong folder")
	}
	return all
}

func imports(t *testing.T, file *ast.File) []string {
	t.Helper()
	paths := make([]string, len(file.Imports))
	for i, spec := range file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		paths[i] = p
	}
	return paths
}

// tests reads every test file of this module, down to its statements.
func tests(t *testing.T, visit func(name string, set *token.FileSet, file *ast.File)) {
	t.Helper()
	for _, file := range files(t, ".go") {
		if !strings.HasSuffix(file, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, filepath.Join(root(), file), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		visit(file, set, parsed)
	}
}

// files lists the files of this module with an extension, with slashes, in
// order. Hidden folders, test data and modules of their own are passed over.
func files(t *testing.T, extension string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root(), func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch {
		case d.IsDir() && p != root() && passedOver(p):
			return filepath.SkipDir
		case !d.IsDir() && filepath.Ext(p) == extension:
			rel, err := filepath.Rel(root(), p)
			if err != nil {
				return err
			}
			found = append(found, filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}

func passedOver(folder string) bool {
	name := filepath.Base(folder)
	if strings.HasPrefix(name, ".") || name == "testdata" {
		return true
	}
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return err == nil
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	documented := make(map[string][]string)
	for _, s := range sources(t) {
		if _, ok := documented[s.pkg]; !ok {
			documented[s.pkg] = nil
		}
		if s.doc {
			documented[s.pkg] = append(documented[s.pkg], s.name)
		}
	}
	for pkg, in := range documented {
		if len(in) != 1 || in[0] != "doc.go" {
			t.Errorf("%s: its package comment is in %q, want it in doc.go alone", pkg, in)
		}
	}
}
