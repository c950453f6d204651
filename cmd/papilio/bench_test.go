package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/internal/load"
	"github.com/papilio-im/papilio/msnp"
)

// noLimits is a world whose service lets a load in.
func noLimits(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.environ = append(w.environ, "PAPILIO_LIMITS_ENABLED=false")
	return w
}

func TestBench(t *testing.T) {
	w := noLimits(t)
	contains(t, w.done("bench", "prepare", "--count", "12", "--contacts", "4"), "made 12 test accounts\n", "bench cleanup removes them\n")
	contains(t, w.done("bench", "prepare", "--count", "12", "--contacts", "4"), "made 0 test accounts; 12 existed already\n")
	server := w.serve().address("dispatch")
	for kind, args := range map[string][]string{
		"sign-in":  {"--rate", "1000", "--versions", "Beta2,MSNP4", "--duration", "100ms"},
		"idle":     {"--ping", "50ms", "--duration", "100ms", "--from", "2"},
		"chat":     {"--members", "3", "--every", "1ms", "--size", "100", "--duration", "100ms"},
		"presence": {"--watchers", "2", "--placement", "same", "--duration", "100ms"},
		"transfer": {"--every", "1ms", "--sources", "2", "--duration", "100ms"},
		"referral": {"--duration", "100ms"},
		"mixed":    {"--speed", "1000", "--duration", "100ms"},
	} {
		args = append([]string{"bench", kind, "--server", server}, args...)
		if kind != "referral" {
			args = append(args, "--sessions", "10")
		}
		o := w.run(args...)
		if o.code != exitDone {
			t.Errorf("%s: code %d, %s", kind, o.code, o.errs)
		}
		contains(t, o.out, kind+" against "+server+"\n", "no errors\n")
	}
	contains(t, w.done("bench", "cleanup"), "removed 12 test accounts\n")
}

// Clients that sign in with a ticket get it from the service's web server.
func TestBenchWithTickets(t *testing.T) {
	w := noLimits(t)
	w.done("bench", "prepare", "--count", "4", "--contacts", "2")
	s := w.serve()
	server, web := s.address("dispatch"), "http://"+s.address("web")
	command := []string{"bench", "sign-in", "--server", server, "--sessions", "4", "--versions", "MSNP8,MSNP12", "--web", web}
	contains(t, w.done(command...), "4 of 4 at most", "from "+web+", at each sign-in", "no errors\n")
	contains(t, w.done(append(command, "--tickets", "ready")...), "4 of 4 at most", "from "+web+", before in", "no errors\n")
	w.refused(exitUsage, "neither this machine nor a private network", append(command, "--web", "https://192.0.2.1")...)
	w.refused(exitUsage, "is not http://HOST:PORT", append(command, "--web", "localhost")...)
}

// The report is for programs, and says what the summary does.
func TestBenchReport(t *testing.T) {
	w := noLimits(t)
	w.done("bench", "prepare", "--count", "4", "--contacts", "0")
	server := w.serve().address("dispatch")
	file := filepath.Join(t.TempDir(), "report.json")
	command := []string{"bench", "sign-in", "--server", server, "--sessions", "4", "--json"}
	w.done(append(command, file)...)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	o := w.run(append(command, "-")...)
	contains(t, o.errs, "4 of 4 at most")
	for where, text := range map[string]string{"file": string(text), "output": o.out} {
		var r load.Report
		if err := json.Unmarshal([]byte(text), &r); err != nil || r.Counts["sign_ins"] != 4 || r.Phase != load.Done {
			t.Errorf("%s: %v: %s", where, err, text)
		}
	}
}

func TestBenchInProcesses(t *testing.T) {
	t.Setenv(asProgram, "1") // what the program starts is this test's binary
	w := noLimits(t)
	w.done("bench", "prepare", "--count", "6", "--contacts", "0")
	server := w.serve().address("dispatch")
	out := w.done("bench", "transfer", "--server", server, "--sessions", "6", "--processes", "3", "--duration", "100ms")
	contains(t, out, "6 of 6 at most", "3 processes", "no errors\n")
}

// Whether a load went well is for a script to read from the exit code.
func TestBenchExitCode(t *testing.T) {
	w := noLimits(t)
	w.done("bench", "prepare", "--count", "2", "--contacts", "0")
	server := w.serve().address("dispatch")
	command := []string{"bench", "sign-in", "--server", server, "--sessions", "3"} // one of them has no account
	w.refused(exitFailed, "errors: 1, allowed: 0 (--max-errors)", command...)
	contains(t, w.done(append(command, "--max-errors=1")...), "2 of 3 at most", "authentication failed (911)")
	w.done(append(command, "--max-errors=-1")...)
}

// Ctrl-C ends a load that would go on for ever, with its summary.
func TestBenchInterrupted(t *testing.T) {
	w := noLimits(t)
	w.done("bench", "prepare", "--count", "2", "--contacts", "0")
	server := w.serve().address("dispatch")
	b := w.start(strings.NewReader(""), "bench", "idle", "--server", server, "--sessions", "2")
	b.errs.await(t, "2 signed in")
	if code := b.stop(); code != exitDone {
		t.Errorf("code %d", code)
	}
	contains(t, b.out.String(), "2 of 2 at most", "no errors\n")
}

// The servers to load are those of the configuration, wherever they listen.
func TestBenchWhere(t *testing.T) {
	w := newWorld(t)
	w.environ = append(w.environ, "PAPILIO_DISPATCH_PORT=2863", "PAPILIO_WEB_PORT=2080")
	p := &program{environ: w.environ}
	for host, at := range map[string]string{"127.0.0.1": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "127.0.0.1", "::1": "[::1]"} {
		p.environ = append(w.environ, "PAPILIO_HOST="+host)
		plan := load.Plan{Kind: load.SignIn, Versions: []msnp.Version{msnp.MSNP12}}
		if err := p.whereToLoad(&plan); err != nil || plan.Server != at+":2863" || plan.Web != "http://"+at+":2080" {
			t.Errorf("%s: %q and %q, %v", host, plan.Server, plan.Web, err)
		}
	}
}

func TestBenchRefuses(t *testing.T) {
	w := newWorld(t)
	w.refused(exitUsage, "neither this machine nor a private network; if it is yours", "bench", "referral", "--server", "192.0.2.1:1863")
	w.refused(exitUsage, "no client here speaks", "bench", "idle", "--versions", "MSNP99")
	w.refused(exitUsage, "HOST:PORT", "bench", "idle", "--server", "localhost")
	w.refused(exitUsage, "negative", "bench", "chat", "--server", "127.0.0.1:1863", "--rate=-1")
	w.refused(exitUsage, "no port for dispatch: give --server", "bench", "idle") // this configuration lets the system choose
	w.refused(exitUsage, "no port for web: give --web", "bench", "idle", "--server", "127.0.0.1:1863", "--versions", "MSNP12")
	w.refused(exitFailed, "write the report", "bench", "idle", "--server", "127.0.0.1:1863", "--json", filepath.Join(w.data, "no", "such", "folder"))
	w.refused(exitFailed, "there are no accounts", "bench", "cleanup")
	var list strings.Builder
	for _, name := range "abcdefghijk" {
		list.WriteString(string(name) + "@example.com secret\n")
	}
	if o := w.feed(list.String(), "user", "import", "-"); o.code != exitDone {
		t.Fatal(o.errs)
	}
	w.refused(exitFailed, "give --yes", "bench", "prepare")
	w.done("bench", "prepare", "--count", "1", "--contacts", "0", "--yes")
	w.done("bench", "cleanup")
	if out := w.done("user", "list"); strings.Count(out, "@example.com") != 2*11 { // handle and name
		t.Errorf("accounts are gone:\n%s", out)
	}
}

func TestBenchWithNobody(t *testing.T) {
	w := noLimits(t)
	server := w.serve().address("dispatch")
	o := w.run("bench", "chat", "--server", server, "--sessions", "2")
	if o.code != exitFailed {
		t.Errorf("code %d", o.code)
	}
	contains(t, o.errs, "nobody could sign in", "bench prepare")
	contains(t, o.out, "authentication failed (911)")
}
