package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// line is a connection on which lines are typed by hand.
type line struct {
	t  *testing.T
	nc net.Conn
	in *bufio.Reader
}

func dialLine(t *testing.T, address string) *line {
	t.Helper()
	var d net.Dialer
	nc, err := d.DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	if err := nc.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return &line{t, nc, bufio.NewReader(nc)}
}

func (l *line) say(format string, args ...any) {
	l.t.Helper()
	if _, err := fmt.Fprintf(l.nc, format+"\r\n", args...); err != nil {
		l.t.Fatal(err)
	}
}

func (l *line) hear() string {
	l.t.Helper()
	text, err := l.in.ReadString('\n')
	if err != nil {
		l.t.Fatal(err)
	}
	return strings.TrimRight(text, "\r\n")
}

// process is the program in a process of its own.
type process struct {
	background
	cmd *exec.Cmd
}

func (w *world) spawn(args ...string) *process {
	w.t.Helper()
	p := w.process(args...)
	p.cmd.Stdout = &p.out
	p.begin()
	return p
}

// process prepares a process without an output.
func (w *world) process(args ...string) *process {
	w.t.Helper()
	self, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	p := &process{cmd: exec.CommandContext(w.t.Context(), self, args...)}
	p.t, p.ended = w.t, make(chan struct{})
	p.cmd.Env = append(w.environ, asProgram+"=1", "PATH="+os.Getenv("PATH"))
	p.cmd.Stderr = &p.errs
	return p
}

// begin starts it. It is killed at the end of the test, if it has not ended by
// then.
func (p *process) begin() {
	p.t.Helper()
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // how it ended is in its state
		p.code = p.cmd.ProcessState.ExitCode()
	}()
	p.t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it has ended already, if all is well
		p.wait()
	})
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatal(err)
	}
}

// signalUntilEnded signals again and again: what comes right after the first
// counts as the same.
func (p *process) signalUntilEnded(s os.Signal) {
	p.t.Helper()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		p.signal(s)
		select {
		case <-p.ended:
			return
		case <-again.C:
		}
	}
}

func TestSignals(t *testing.T) {
	for _, tt := range []struct {
		name string
		sent syscall.Signal
	}{{"interrupt", syscall.SIGINT}, {"terminate", syscall.SIGTERM}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newWorld(t).spawn("serve")
			p.out.await(t, "ready\n")
			p.signal(tt.sent)
			if code := p.wait(); code != exitDone {
				t.Errorf("code %d: %s", code, &p.errs)
			}
			contains(t, p.errs.String(), "orderly=true")
		})
	}
}

// Somebody who does not leave when the service goes down is waited for; with a
// second signal not.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.done("user", "add", "anna@example.com", "--password", "secret", "--legacy-same")
	p := w.spawn("serve")
	p.out.await(t, "ready\n")
	anna := dialLine(t, p.address("notification"))
	anna.say("VER 1 MSNP7")
	anna.hear()
	anna.say("USR 2 MD5 I anna@example.com")
	challenge := strings.Fields(anna.hear())
	anna.say("USR 3 MD5 S %s", msnp.MD5Response(challenge[len(challenge)-1], "secret"))
	if welcome := anna.hear(); !strings.HasPrefix(welcome, "USR 3 OK ") {
		t.Fatal(welcome)
	}
	p.signal(syscall.SIGTERM)
	p.errs.await(t, "a second signal")
	p.signalUntilEnded(syscall.SIGTERM)
	if code := p.wait(); code != exitFailed {
		t.Errorf("code %d; it said:\n%s", code, &p.errs)
	}
	contains(t, p.errs.String(), "papilio: a second signal: ended at once")
	// What it left behind is in nobody's way.
	again := w.serve()
	again.stop()
}

// Even if its reader leaves in the middle, the demo leaves nothing behind.
func TestReaderLeaves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := w.process("demo")
	p.cmd.Env = append(p.cmd.Env, "TMPDIR="+w.data)
	p.cmd.Stdout = writer
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	p.begin()
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if code := p.wait(); code != exitFailed || p.errs.String() != "" {
		t.Errorf("code %d, errors %q", code, &p.errs)
	}
	left, err := os.ReadDir(w.data)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
