package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/papilio-im/papilio/internal/account"
)

// asProgram makes this binary papilio itself, for tests that need a process.
const asProgram = "RUN_TESTS_AS_PAPILIO"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	goleak.VerifyTestMain(m)
}

// patience is how long a test waits for what must come.
const patience = time.Minute

// cheap makes hashes of passwords cost next to nothing.
var cheap = account.HashParams{MemoryKiB: 8, Passes: 1, Threads: 1}

// outcome is what a run of the program left.
type outcome struct {
	code      int
	out, errs string
}

// world is where commands run: a data folder and an environment.
type world struct {
	t       *testing.T
	data    string
	environ []string
	invoked string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	// Not t.TempDir: the socket's path must stay short, whatever the test's name.
	data, err := os.MkdirTemp("", "papilio-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(data); err != nil {
			t.Error(err)
		}
	})
	return &world{t: t, data: data, environ: []string{
		"PAPILIO_DATA=" + data, "PAPILIO_HOST=127.0.0.1", "PAPILIO_DISPATCH_PORT=0", "PAPILIO_NOTIFICATION_PORT=0",
		"PAPILIO_SWITCHBOARD_PORT=0", "PAPILIO_WEB_PORT=0", "PAPILIO_WEB_TLS=off",
	}}
}

// run runs a command with nothing on its standard input.
func (w *world) run(args ...string) outcome { return w.feed("", args...) }

// feed runs a command with something on its standard input.
func (w *world) feed(input string, args ...string) outcome {
	w.t.Helper()
	var out, errs bytes.Buffer
	p := &program{environ: w.environ, stdin: strings.NewReader(input), stdout: &out, stderr: &errs, invoked: w.invoked, hash: cheap}
	code := p.run(w.t.Context(), args)
	// Nearly every world begins with it.
	said := strings.TrimPrefix(errs.String(), "made a new database "+filepath.Join(w.data, "papilio.db")+"\n")
	return outcome{code, out.String(), said}
}

// done runs a command that must succeed, and gives its output.
func (w *world) done(args ...string) string {
	w.t.Helper()
	o := w.run(args...)
	if o.code != exitDone || o.errs != "" {
		w.t.Fatalf("%q: code %d, errors %q", args, o.code, o.errs)
	}
	return o.out
}

// refused runs a command that must fail with a code and one line of error that
// says so much.
func (w *world) refused(code int, says string, args ...string) {
	w.t.Helper()
	o := w.run(args...)
	if o.code != code || !strings.Contains(o.errs, says) || strings.Count(o.errs, "\n") != 1 || !strings.HasPrefix(o.errs, "papilio: ") {
		w.t.Errorf("%q: code %d, errors %q; want code %d and one line with %q", args, o.code, o.errs, code, says)
	}
}

// contains checks that a text has certain parts.
func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in:\n%s", part, text)
		}
	}
}

// screen is an output that can be waited on.
type screen struct {
	mu    sync.Mutex
	text  strings.Builder
	grown chan struct{} // closed when there is more
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.grown != nil {
		close(s.grown)
		s.grown = nil
	}
	return s.text.Write(b)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// await waits until the screen shows something.
func (s *screen) await(t *testing.T, part string) {
	t.Helper()
	deadline := time.After(patience)
	for {
		s.mu.Lock()
		if strings.Contains(s.text.String(), part) {
			s.mu.Unlock()
			return
		}
		if s.grown == nil {
			s.grown = make(chan struct{})
		}
		grown := s.grown
		s.mu.Unlock()
		select {
		case <-grown:
		case <-deadline:
			t.Fatalf("%q did not come; there is:\n%s", part, s)
		}
	}
}

// background is a run of the program that goes on beside the test.
type background struct {
	t         *testing.T
	out, errs screen
	cancel    context.CancelFunc
	ended     chan struct{}
	code      int
}

// start starts a command. It is interrupted at the end of the test, if it has
// not ended by then.
func (w *world) start(stdin io.Reader, args ...string) *background {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	b := &background{t: w.t, cancel: cancel, ended: make(chan struct{})}
	p := &program{environ: w.environ, stdin: stdin, stdout: &b.out, stderr: &b.errs, hash: cheap, pace: time.Nanosecond}
	go func() {
		defer close(b.ended)
		b.code = p.run(ctx, args)
	}()
	w.t.Cleanup(func() { b.stop() })
	return b
}

// wait waits for the end, and gives the exit code.
func (b *background) wait() int {
	b.t.Helper()
	select {
	case <-b.ended:
		return b.code
	case <-time.After(patience):
		b.t.Fatalf("it does not end; it said:\n%s%s", &b.out, &b.errs)
		return 0
	}
}

// stop interrupts it, as Ctrl-C does, and waits for its end.
func (b *background) stop() int {
	b.t.Helper()
	b.cancel()
	return b.wait()
}

// serve starts the service and waits until it is ready.
func (w *world) serve() *background {
	w.t.Helper()
	b := w.start(strings.NewReader(""), "serve")
	b.out.await(w.t, "ready\n")
	return b
}

// address is where a role listens, as the banner says.
func (b *background) address(role string) string {
	b.t.Helper()
	for line := range strings.Lines(b.out.String()) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == role {
			return strings.TrimSuffix(fields[1], ",")
		}
	}
	b.t.Fatalf("the banner does not name %s:\n%s", role, &b.out)
	return ""
}
