//go:build unix

package fleet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

const (
	// startPatience is how long a process may take until it is ready, on a machine
	// that is busy with all the others.
	startPatience = 2 * time.Minute
	// retry is how often something is looked at that takes its time.
	retry = 20 * time.Millisecond
)

// ErrNotRunning says that a process was to be signalled that does not run.
var ErrNotRunning = errors.New("fleet: the process does not run")

// Process is a program that can be started again and again, with the same
// arguments.
type Process struct {
	name string
	path string
	args []string
	env  []string
	dir  string // that it runs in
	user *credential
	log  *slog.Logger
	file string // that its output goes to
	// stop is the signal that asks it to end.
	stop syscall.Signal
	// line is what it prints when it is ready; "" if it does not.
	line string
	// ready, if set, is asked until it gives no error.
	ready func(context.Context) error

	mu   sync.Mutex
	cmd  *exec.Cmd // nil if it was never started
	done chan struct{}
	err  error // that it ended with; set before done is closed
}

// Name is what the process is called: the name of its log.
func (p *Process) Name() string { return p.name }

// LogFile is where its output goes. All runs append to it.
func (p *Process) LogFile() string { return p.file }

// Start starts the process and returns when it is ready. It is an error if it
// runs already, and if it ends before it is ready.
func (p *Process) Start(ctx context.Context) error {
	said, err := p.launch(ctx)
	if err != nil {
		return fmt.Errorf("fleet: start %s: %w", p.name, err)
	}
	if err := p.awaitReady(ctx, said); err != nil {
		_ = p.end()
		return fmt.Errorf("fleet: start %s: %w; it logs to %s", p.name, err, p.file)
	}
	p.log.InfoContext(ctx, "started", slog.String("process", p.name), slog.Int("pid", p.PID()))
	return nil
}

// launch starts the process. The channel is closed when it has said its line.
func (p *Process) launch(ctx context.Context) (said chan struct{}, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running() {
		return nil, errors.New("it runs already")
	}
	out, err := os.OpenFile(p.file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = out.Close()
		}
	}()
	// The process outlives the context: it ends when it is told to.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), p.path, p.args...) //nolint:gosec // our own binaries
	cmd.Env, cmd.Dir, cmd.Stderr, cmd.SysProcAttr = p.env, p.dir, out, attributes(p.user)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	done := make(chan struct{})
	said = make(chan struct{})
	p.cmd, p.done, p.err = cmd, done, nil
	go func() {
		p.read(stdout, out, said)
		err := cmd.Wait()
		_ = out.Close()
		p.mu.Lock()
		p.err = err
		p.mu.Unlock()
		close(done)
	}()
	return said, nil
}

// read copies what the process prints to its log until it ends, and looks for
// the line that says it is ready.
func (p *Process) read(from io.Reader, to io.Writer, said chan<- struct{}) {
	lines := bufio.NewScanner(from)
	heard := p.line == ""
	for lines.Scan() {
		fmt.Fprintln(to, lines.Text())
		if !heard && lines.Text() == p.line {
			heard = true
			close(said)
		}
	}
	_, _ = io.Copy(to, from) // a line too long for the scanner
}

// awaitReady waits until the process can be used.
func (p *Process) awaitReady(ctx context.Context, said <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	done := p.Done()
	if p.line != "" {
		select {
		case <-said:
		case <-done:
			return fmt.Errorf("it ended: %w", p.ended())
		case <-ctx.Done():
			return errors.New("it does not get ready")
		}
	}
	if p.ready == nil {
		return nil
	}
	for {
		err := p.ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(retry):
		case <-done:
			return fmt.Errorf("it ended: %w", p.ended())
		case <-ctx.Done():
			return fmt.Errorf("it does not get ready: %w", err)
		}
	}
}

// running is called with the lock held.
func (p *Process) running() bool {
	if p.cmd == nil {
		return false
	}
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Running reports whether the process exists; it may be frozen.
func (p *Process) Running() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.running()
}

// PID is the number of the process, 0 if it does not run.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.running() {
		return 0
	}
	return p.cmd.Process.Pid
}

// Done is closed when the process that runs now has ended. It is nil if it was
// never started.
func (p *Process) Done() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done
}

// ended tells how the process has ended.
func (p *Process) ended() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		return errors.New("exit status 0")
	}
	return p.err
}

// Signal sends a signal.
func (p *Process) Signal(sig syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.running() {
		return fmt.Errorf("%w: %s", ErrNotRunning, p.name)
	}
	return p.cmd.Process.Signal(sig)
}

// Kill ends the process as a power cut would, with SIGKILL, and waits until the
// system has cleared it away.
func (p *Process) Kill() error {
	if err := p.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-p.Done()
	return nil
}

// Stop asks the process to end, as an operator does, and waits until it has. If
// the context ends first the process is killed, and that is an error. An exit
// code that is not 0 is an error, too.
func (p *Process) Stop(ctx context.Context) error {
	if err := p.Signal(p.stop); err != nil {
		return err
	}
	select {
	case <-p.Done():
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.err != nil {
			return fmt.Errorf("fleet: stop %s: %w", p.name, p.err)
		}
		return nil
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("fleet: stop %s: %w", p.name, context.Cause(ctx)), p.Kill())
	}
}

// Freeze stops the process where it is (SIGSTOP), as a long pause of its machine
// would. Thaw lets it go on.
func (p *Process) Freeze() error { return p.Signal(syscall.SIGSTOP) }

// Thaw lets a frozen process go on.
func (p *Process) Thaw() error { return p.Signal(syscall.SIGCONT) }

// end kills the process if it runs.
func (p *Process) end() error {
	if err := p.Kill(); err != nil && !errors.Is(err, ErrNotRunning) && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}
