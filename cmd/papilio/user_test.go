package main

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/server"
)

// look opens the accounts beside the commands, and has them looked at.
func (w *world) look(do func(*account.Service)) {
	w.t.Helper()
	c, err := (&program{environ: w.environ}).config()
	if err != nil {
		w.t.Fatal(err)
	}
	data, err := server.OpenData(w.t.Context(), &c, nil, cheap)
	if err != nil {
		w.t.Fatal(err)
	}
	do(data.Accounts)
	if err := data.DB.Close(); err != nil {
		w.t.Error(err)
	}
}

// letsIn checks which of the two ways of signing in lets somebody in.
func (w *world) letsIn(handle string, pw, legacy account.Secret) {
	w.t.Helper()
	w.look(func(s *account.Service) {
		if _, err := s.CheckPassword(w.t.Context(), handle, pw); (err == nil) != (pw != "") {
			w.t.Errorf("%s, main password: %v", handle, err)
		}
		if _, err := s.CheckLegacy(w.t.Context(), handle, legacy); (err == nil) != (legacy != "") {
			w.t.Errorf("%s, password for old clients: %v", handle, err)
		}
	})
}

func TestUserAdd(t *testing.T) {
	w := newWorld(t)
	out := w.done("user", "add", "Anna@Example.com", "--name", "Anna B", "--password", "apple pie")
	contains(t, out, "added anna@example.com\n", "papilio user legacy-password anna@example.com")
	w.letsIn("anna@example.com", "apple pie", "")
	if strings.Contains(out, "cut passwords off") {
		t.Errorf("a short password is called long:\n%s", out)
	}
	contains(t, w.done("user", "password", "anna@example.com", "--password", "seventeen letters"), "cut passwords off at 16 characters")
	w.done("user", "password", "anna@example.com", "--password", "apple pie")

	o := w.feed("secret\r\nnot this\n", "user", "add", "bob@example.com", "--password-stdin", "--legacy-same")
	if o.code != exitDone || o.out != "added bob@example.com\n" {
		t.Errorf("%+v", o)
	}
	w.letsIn("bob@example.com", "secret", "secret")

	w.done("user", "add", "carl@example.com", "--password", "main", "--legacy-password", "old")
	w.letsIn("carl@example.com", "main", "old")

	out = w.done("user", "add", "dora@example.com", "--password", "main", "--legacy")
	w.letsIn("dora@example.com", "main", shownPassword(t, out))
}

var shown = regexp.MustCompile(`not shown again: (\S+)\n`)

func shownPassword(t *testing.T, out string) account.Secret {
	t.Helper()
	m := shown.FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("no password is shown:\n%s", out)
	}
	return account.Secret(m[1])
}

func TestUserAddRefused(t *testing.T) {
	w := newWorld(t)
	w.done("user", "add", "anna@example.com", "--password", "x")
	w.refused(exitFailed, "exists already; papilio user password gives", "user", "add", "anna@example.com", "--password", "y")
	w.refused(exitUsage, "--password-stdin", "user", "add", "bob@example.com")
	w.refused(exitUsage, "such as anna@example.com", "user", "add", "bob", "--password", "x")
	w.refused(exitFailed, "empty", "user", "add", "bob@example.com", "--password", "")
	w.refused(exitFailed, "the password is empty", "user", "add", "bob@example.com", "--password-stdin")
	w.refused(exitFailed, "no blanks", "user", "add", "bob@example.com", "--password", "two words", "--legacy-same")
	w.letsIn("anna@example.com", "x", "")
	if out := w.done("user", "list"); strings.Contains(out, "bob") {
		t.Errorf("a refused account is there:\n%s", out)
	}

	w.environ = append(w.environ, "PAPILIO_STORAGE_URL=sqlite://:memory:")
	w.refused(exitUsage, "storage.url", "user", "add", "carl@example.com", "--password", "x")
}

// A new database is one more than there was, and may not be the one of the service.
func TestNewDatabaseIsNamed(t *testing.T) {
	w := newWorld(t)
	folder := t.TempDir()
	o := w.run("user", "add", "anna@example.com", "--password", "x", "--data", folder)
	if want := "made a new database " + filepath.Join(folder, "papilio.db") + "\n"; o.code != exitDone || o.errs != want {
		t.Errorf("%+v, want %q", o, want)
	}
}

// A new folder is one more than there was, and may not be the one of the
// service.
func TestNewDataFolderIsNamed(t *testing.T) {
	w := newWorld(t)
	folder := filepath.Join(w.data, "one", "more")
	o := w.run("user", "add", "anna@example.com", "--password", "x", "--data", folder)
	if want := "made a new data folder " + folder + "\n"; o.code != exitDone || o.errs != want {
		t.Errorf("%+v, want %q", o, want)
	}
	w.done("user", "add", "bob@example.com", "--password", "x", "--data", folder)
}

func TestUserList(t *testing.T) {
	w := newWorld(t)
	w.refused(exitFailed, "there are no accounts in "+w.data, "user", "list")
	w.done("user", "add", "bob@example.com", "--password", "x", "--legacy", "--name", "Bob \x1b[31mRed")
	w.done("user", "add", "anna@example.com", "--password", "x")
	w.done("user", "ban", "anna@example.com")

	lines := strings.Split(strings.TrimSpace(w.done("user", "list")), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "HANDLE ") ||
		!regexp.MustCompile(`^anna@example\.com +anna@example\.com +banned +no +\d{4}-\d\d-\d\d$`).MatchString(lines[1]) ||
		!regexp.MustCompile(`^bob@example\.com +Bob \x{fffd}\[31mRed +active +yes +\d{4}-\d\d-\d\d$`).MatchString(lines[2]) {
		t.Errorf("%q", lines)
	}

	var got []accountLine
	for line := range strings.Lines(w.done("user", "list", "--json")) {
		var a accountLine
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatal(err)
		}
		got = append(got, a)
	}
	if len(got) != 2 || !got[0].Banned || got[0].Legacy || got[1].Handle != "bob@example.com" || !got[1].Legacy || got[1].Created.IsZero() {
		t.Errorf("%+v", got)
	}
}

func TestUserPassword(t *testing.T) {
	w := newWorld(t)
	w.done("user", "add", "anna@example.com", "--password", "one", "--legacy-same")
	out := w.done("user", "password", "anna@example.com", "--password", "two")
	contains(t, out, "changed the password of anna@example.com\n", "is as it was")
	w.letsIn("anna@example.com", "two", "one")

	if o := w.feed("three\n", "user", "password", "anna@example.com", "--password-stdin", "--legacy-same"); o.code != exitDone {
		t.Errorf("%+v", o)
	}
	w.letsIn("anna@example.com", "three", "three")

	w.refused(exitFailed, "no blanks", "user", "password", "anna@example.com", "--password", "four five", "--legacy-same")
	w.refused(exitFailed, "no such account; papilio user list", "user", "password", "bob@example.com", "--password", "x")
	w.refused(exitUsage, "--password-stdin", "user", "password", "anna@example.com")
	w.letsIn("anna@example.com", "three", "three")
}

func TestUserLegacyPassword(t *testing.T) {
	w := newWorld(t)
	w.done("user", "add", "anna@example.com", "--password", "main")
	first := shownPassword(t, w.done("user", "legacy-password", "anna@example.com"))
	w.letsIn("anna@example.com", "main", first)
	w.done("user", "legacy-password", "anna@example.com", "--password", "given")
	w.letsIn("anna@example.com", "main", "given")
	if o := w.feed("fed", "user", "legacy-password", "anna@example.com", "--password-stdin"); o.code != exitDone {
		t.Errorf("%+v", o)
	}
	w.letsIn("anna@example.com", "main", "fed")
	w.refused(exitUsage, "--none", "user", "legacy-password", "anna@example.com", "--password", "")
	w.refused(exitUsage, "--none", "user", "legacy-password", "anna@example.com", "--password-stdin")
	w.refused(exitFailed, "no blanks", "user", "legacy-password", "anna@example.com", "--password", "a b")
	w.refused(exitFailed, "no such account", "user", "legacy-password", "bob@example.com")
	contains(t, w.done("user", "legacy-password", "anna@example.com", "--none"), "took away")
	w.letsIn("anna@example.com", "main", "")
}

func TestUserBanAndRemoveWithoutService(t *testing.T) {
	w := newWorld(t)
	w.refused(exitFailed, "there are no accounts in", "user", "ban", "anna@example.com")
	w.done("user", "add", "anna@example.com", "--password", "x", "--legacy-same")
	if out := w.done("user", "ban", "anna@example.com"); out != "banned anna@example.com\n" {
		t.Errorf("%q", out)
	}
	w.look(func(s *account.Service) {
		if a, err := s.Get(t.Context(), "anna@example.com"); err != nil || !a.Banned {
			t.Errorf("%+v, %v", a, err)
		}
	})
	if out := w.done("user", "ban", "anna@example.com"); out != "anna@example.com was banned already\n" {
		t.Errorf("%q", out)
	}
	w.done("user", "unban", "anna@example.com")
	if out := w.done("user", "unban", "anna@example.com"); out != "anna@example.com was not banned\n" {
		t.Errorf("%q", out)
	}
	w.letsIn("anna@example.com", "x", "x")
	for _, what := range []string{"ban", "unban"} {
		w.refused(exitFailed, "no such account; papilio user list", "user", what, "bob@example.com")
	}
	w.refused(exitUsage, "--yes", "user", "remove", "anna@example.com")
	w.refused(exitFailed, "no such account", "user", "remove", "bob@example.com", "--yes")
	w.done("user", "remove", "anna@example.com", "--yes")
	if out := w.done("user", "list"); strings.Contains(out, "anna") {
		t.Errorf("still there:\n%s", out)
	}
}
