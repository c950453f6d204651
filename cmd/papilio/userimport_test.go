package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// many is a list of n accounts.
func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "user%d@example.com secret%d User %d\n", i, i, i)
	}
	return b.String()
}

func TestUserImport(t *testing.T) {
	w := newWorld(t)
	list := w.file("list", "# two\n\nanna@example.com apple Anna B\nbob@example.com pear\n")
	if out := w.done("user", "import", list, "--legacy-same"); out != "added 2 accounts\n" {
		t.Errorf("%q", out)
	}
	w.letsIn("anna@example.com", "apple", "apple")
	contains(t, w.done("user", "list"), "Anna B")

	o := w.feed("bob@example.com other\ncarl@example.com plum\n", "user", "import", "-")
	if o.code != exitDone || o.out != "added 1 accounts; 1 existed already and are as they were\n" {
		t.Errorf("%+v", o)
	}
	w.letsIn("bob@example.com", "pear", "pear")
	w.letsIn("carl@example.com", "plum", "")
}

func TestUserImportRefused(t *testing.T) {
	w := newWorld(t)
	list := w.file("list", "anna@example.com apple\nbob pear\n")
	w.refused(exitFailed, list+": line 2:", "user", "import", list)
	w.refused(exitFailed, "read the list", "user", "import", filepath.Join(w.data, "none"))
	if out := w.done("user", "list"); strings.Contains(out, "anna") {
		t.Errorf("half of a wrong list is there:\n%s", out)
	}
}

// Interrupted after the first batch, and given again: each batch is whole.
func TestUserImportGoesOn(t *testing.T) {
	const n = 500
	w := newWorld(t)
	list := w.file("list", many(n))
	b := w.start(strings.NewReader(""), "user", "import", list)
	b.errs.await(t, " accounts, ")
	if code := b.stop(); code == exitDone {
		t.Skip("it was faster than the interruption")
	} else if code != exitFailed {
		t.Errorf("code %d", code)
	}
	contains(t, b.errs.String(), "papilio: stopped; ", "the same command goes on")
	there := strings.Count(w.done("user", "list", "--json"), "\n")
	if there == 0 || there >= n {
		t.Errorf("%d accounts are there after the interruption", there)
	}
	contains(t, b.errs.String(), fmt.Sprintf("stopped; %d accounts of %s are there now", there, list))

	want := fmt.Sprintf("added %d accounts; %d existed already and are as they were\n", n-there, there)
	if out := w.done("user", "import", list); out != want {
		t.Errorf("%q, want %q", out, want)
	}
}

func TestProgress(t *testing.T) {
	var out bytes.Buffer
	g := newProgress(&out, 10*time.Second)
	at := func(seconds int) time.Time { return g.start.Add(time.Duration(seconds) * time.Second) }
	g.show(64, 1000, at(2))
	g.show(200, 1000, at(10))
	g.show(300, 1000, at(15))
	g.show(500, 1000, at(25))
	g.end()
	want := "200 of 1000 accounts, 20 a second, 40s left\n500 of 1000 accounts, 20 a second, 25s left\n"
	if out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}

	out.Reset()
	g.redraw = true
	g.show(1000, 1000, at(50))
	g.end()
	if want := "\r\x1b[K1000 of 1000 accounts, 20 a second, 0s left\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

// On a terminal the first line comes at once, and need not stay.
func TestProgressIsErased(t *testing.T) {
	var out bytes.Buffer
	g := newProgress(&out, 10*time.Second)
	g.redraw = true
	g.begin()
	g.line("one", g.start)
	g.erase()
	g.end()
	if want := "\r\x1b[Kone\r\x1b[K"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
