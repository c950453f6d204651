package project

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"
)

// A test that sleeps is slow on every machine and wrong on a busy one. Inside
// synctest.Test the clock is a fake, and sleeping is how it is moved.
func TestNoTestWaitsByTheClock(t *testing.T) {
	tests(t, func(name string, set *token.FileSet, file *ast.File) {
		for _, at := range sleeps(file) {
			t.Errorf("%s:%d: time.Sleep in a test: use testing/synctest, or wait for what you are waiting for",
				name, set.Position(at).Line)
		}
	})
}

// sleeps finds the calls of time.Sleep that are not inside a bubble: neither in
// a function literal that is given to synctest.Test, nor in a function of the
// file that is given to it by name.
func sleeps(file *ast.File) []token.Pos {
	bubbles := make(map[string]bool)
	ast.Inspect(file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && isCall(call, "synctest", "Test") {
			for _, arg := range call.Args {
				if f, ok := arg.(*ast.Ident); ok {
					bubbles[f.Name] = true
				}
			}
		}
		return true
	})
	var found []token.Pos
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			return !bubbles[n.Name.Name]
		case *ast.CallExpr:
			if isCall(n, "time", "Sleep") {
				found = append(found, n.Pos())
			}
			return !isCall(n, "synctest", "Test")
		}
		return true
	})
	return found
}

func isCall(call *ast.CallExpr, pkg, name string) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := f.X.(*ast.Ident)
	return ok && x.Name == pkg && f.Sel.Name == name
}

func TestSleepsAreFound(t *testing.T) {
	const code = `package p
func TestReal(t *testing.T)   { time.Sleep(1) }
func TestBubble(t *testing.T) { synctest.Test(t, func(t *testing.T) { time.Sleep(2) }) }
func TestNamed(t *testing.T)  { synctest.Test(t, inside) }
func inside(t *testing.T)     { time.Sleep(3) }
func helper()                 { go func() { time.Sleep(4) }() }
`
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "p_test.go", code, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, at := range sleeps(file) {
		lines = append(lines, set.Position(at).Line)
	}
	if len(lines) != 2 || lines[0] != 2 || lines[1] != 6 {
		t.Errorf("found in lines %v, want 2 and 6", lines)
	}
}
