package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"
)

// MostPerProcess is how many clients one process should have where it may open
// 20,000 files, as is usual, and some of the clients are in conversations.
const MostPerProcess = 15_000

// killAfter is how long a process may take to end, beside the time that its
// clients need to leave.
const killAfter = leaveTime + time.Minute

// RunProcesses is [Run] in so many processes, or fewer if there are not enough
// accounts. command makes a process that calls [Work] with its standard input and
// output. Hooks.Over is not called.
func RunProcesses(ctx context.Context, p Plan, processes int, command func() *exec.Cmd, h Hooks) (Report, error) {
	plans, err := p.Split(processes)
	if err != nil {
		return Report{}, err
	}
	whole := p
	if err := whole.complete(); err != nil {
		return Report{}, err
	}
	c := &crew{plan: whole, hooks: h, latest: make([]Report, len(plans)), errors: make([]error, len(plans)), waits: len(plans)}
	c.allReady = make(chan struct{})
	for i, plan := range plans {
		m, err := newMember(c, i, plan, command())
		if err != nil {
			c.stop()
			return Report{}, errors.Join(err, c.wait())
		}
		c.members = append(c.members, m)
	}
	stopped := context.AfterFunc(ctx, c.stop)
	defer stopped()
	return c.do(ctx)
}

// crew is processes that do parts of a plan.
type crew struct {
	plan    Plan
	hooks   Hooks
	members []*member

	mu       sync.Mutex
	latest   []Report // of each
	errors   []error
	waits    int           // how many are not ready yet
	allReady chan struct{} // closed when waits is 0
}

// member is one process.
type member struct {
	crew   *crew
	number int
	cmd    *exec.Cmd
	in     io.WriteCloser
	ended  chan struct{}
	once   sync.Once // for ready
}

func newMember(c *crew, number int, plan Plan, cmd *exec.Cmd) (*member, error) {
	text, err := json.Marshal(plan)
	if err != nil {
		return nil, err
	}
	m := &member{crew: c, number: number, cmd: cmd, ended: make(chan struct{})}
	if m.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a process of the load: %w", err)
	}
	go m.follow(out)
	_, err = m.in.Write(append(text, '\n'))
	if err != nil {
		_ = m.in.Close() // which ends it
		<-m.ended
	}
	return m, err
}

// follow reads what the process tells until it ends.
func (m *member) follow(out io.Reader) {
	defer close(m.ended)
	done := false
	messages := json.NewDecoder(out)
	for {
		var said message
		if err := messages.Decode(&said); err != nil {
			break
		}
		done = done || said.Done
		m.crew.heard(m, said)
	}
	m.ready() // it will not be any more
	if err := m.cmd.Wait(); !done {
		m.crew.fail(m.number, fmt.Errorf("a process of the load has ended without a report: %s", m.cmd.ProcessState))
	} else if err != nil {
		m.crew.fail(m.number, fmt.Errorf("a process of the load: %w", err))
	}
}

func (c *crew) heard(m *member, said message) {
	if said.Ready {
		m.ready()
	}
	if said.Report != nil {
		c.mu.Lock()
		c.latest[m.number] = *said.Report
		c.mu.Unlock()
	}
	switch said.Error {
	case "":
	case ErrNobody.Error():
		c.fail(m.number, ErrNobody)
	default:
		c.fail(m.number, errors.New(said.Error))
	}
}

// ready counts the process as one of those that wait for the others.
func (m *member) ready() {
	m.once.Do(func() {
		m.crew.mu.Lock()
		defer m.crew.mu.Unlock()
		if m.crew.waits--; m.crew.waits == 0 {
			close(m.crew.allReady)
		}
	})
}

func (c *crew) fail(number int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.errors[number] = err
}

// do sees the processes through.
func (c *crew) do(ctx context.Context) (Report, error) {
	over := make(chan struct{})
	var telling sync.WaitGroup
	telling.Go(func() { c.tell(over) })
	failed := c.begin(ctx)
	err := errors.Join(failed, c.wait())
	close(over)
	telling.Wait()
	return c.report(), err
}

// begin lets everybody go on when all are ready.
func (c *crew) begin(ctx context.Context) error {
	select {
	case <-c.allReady:
	case <-ctx.Done():
		return nil
	}
	if c.hooks.Ready != nil {
		if err := c.hooks.Ready(ctx); err != nil {
			c.stop()
			return ended(ctx, err)
		}
	}
	for _, m := range c.members {
		_, _ = io.WriteString(m.in, goLine) // a process that is gone is heard of otherwise
	}
	return nil
}

// stop asks all to end early, and sees to it that they do.
func (c *crew) stop() {
	for _, m := range c.members {
		_ = m.in.Close() // it is heard of otherwise
		go func() {
			select {
			case <-m.ended:
			case <-time.After(killAfter + time.Duration(c.plan.Accounts.Count)*time.Millisecond):
				_ = m.cmd.Process.Kill() // it is heard of otherwise
			}
		}()
	}
}

// wait waits until all have ended. One part that failed is an error only if it is
// not that nobody could sign in there, while others could.
func (c *crew) wait() error {
	for _, m := range c.members {
		<-m.ended
		_ = m.in.Close() // closed already, perhaps
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var others []error
	nobody := 0
	for _, err := range c.errors {
		if errors.Is(err, ErrNobody) {
			nobody++
		} else if err != nil {
			others = append(others, err)
		}
	}
	if nobody > 0 && nobody == len(c.members) {
		return ErrNobody
	}
	return errors.Join(others...)
}

// tell tells of progress.
func (c *crew) tell(over <-chan struct{}) {
	if c.hooks.Progress == nil {
		return
	}
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			c.hooks.Progress(c.report())
		case <-over:
			return
		}
	}
}

func (c *crew) report() Report {
	c.mu.Lock()
	defer c.mu.Unlock()
	var parts []Report
	for _, r := range c.latest {
		if r.Phase != "" {
			parts = append(parts, r)
		}
	}
	return Merge(c.plan, parts)
}
