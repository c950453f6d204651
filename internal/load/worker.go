package load

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// message is a line that a worker writes.
type message struct {
	Ready  bool    `json:"ready,omitempty"`  // all have signed in; it waits for goLine
	Report *Report `json:"report,omitempty"` // how far it is
	Done   bool    `json:"done,omitempty"`   // the report is the last
	Error  string  `json:"error,omitempty"`  // of Run
}

// goLine lets a worker that is ready go on.
const goLine = "go\n"

// Work is a process of [RunProcesses]: it reads a plan, does it, and writes
// messages. When its input ends it stops early.
func Work(ctx context.Context, in io.Reader, out io.Writer) error {
	lines := bufio.NewReader(in)
	text, err := lines.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("read the plan: %w", err)
	}
	var plan Plan
	if err := json.Unmarshal(text, &plan); err != nil {
		return fmt.Errorf("read the plan: %w", err)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	w := &worker{out: json.NewEncoder(out), stop: stop, goOn: make(chan struct{})}
	go w.listen(lines)
	report, err := Run(ctx, plan, Hooks{
		Ready: w.ready,
		Progress: func(r Report) {
			_ = w.write(message{Report: &r}) // an error has ended the run already
		},
	})
	last := message{Report: &report, Done: true}
	if err != nil {
		last.Error = err.Error()
	}
	return w.write(last)
}

// worker is a process as its parent sees it.
type worker struct {
	stop context.CancelFunc
	goOn chan struct{} // closed when it may go on

	mu  sync.Mutex
	out *json.Encoder
}

// listen hears what the parent says, which is little.
func (w *worker) listen(lines *bufio.Reader) {
	defer w.stop()
	if line, err := lines.ReadString('\n'); err != nil || line != goLine {
		return
	}
	close(w.goOn)
	_, _ = lines.ReadByte() // the end
}

// ready waits until all other processes are, too.
func (w *worker) ready(ctx context.Context) error {
	if err := w.write(message{Ready: true}); err != nil {
		return err
	}
	select {
	case <-w.goOn:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// write tells the parent something. If that is gone there is nothing to go on
// for.
func (w *worker) write(m message) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := w.out.Encode(m)
	if err != nil {
		w.stop()
		return errors.Join(errors.New("nobody reads the report"), err)
	}
	return nil
}
