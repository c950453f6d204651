//go:build unix

package main

import (
	"context"
	"errors"
	"os/exec"
	"sync"
	"time"

	"github.com/papilio-im/papilio/internal/load"
)

// crowd is everybody who signs in and stays, in processes of their own.
type crowd struct {
	stop  context.CancelFunc
	ready chan struct{}
	done  chan struct{}

	mu     sync.Mutex
	latest load.Report
	err    error
}

// sources is how many addresses the clients come from. From one alone the system would
// spend more time on looking for a port that is free than the service on them all.
const sources = 100

// gather begins to sign everybody in.
func (m *measurement) gather(ctx context.Context) (*crowd, error) {
	program, err := m.fleet.Papilio(ctx)
	if err != nil {
		return nil, err
	}
	plan := load.Plan{Kind: load.Idle, Server: m.dispatch(), Accounts: m.crowdAccounts(), Parallel: m.o.parallel, Sources: sources}
	processes := (m.o.sessions + load.MostPerProcess - 1) / load.MostPerProcess
	living, stop := context.WithCancel(context.WithoutCancel(ctx))
	c := &crowd{stop: stop, ready: make(chan struct{}), done: make(chan struct{})}
	hooks := load.Hooks{
		Ready:    func(context.Context) error { close(c.ready); return nil },
		Progress: c.note,
	}
	go func() {
		defer close(c.done)
		report, err := load.RunProcesses(living, plan, processes, func() *exec.Cmd {
			cmd := exec.CommandContext(context.WithoutCancel(ctx), program, "bench", "worker")
			cmd.Stderr = m.out
			return cmd
		}, hooks)
		c.note(report)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.err = err
	}()
	return c, nil
}

func (c *crowd) note(r load.Report) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.latest = r
}

func (c *crowd) report() load.Report {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.latest
}

// end lets everybody leave.
func (c *crowd) end() (load.Report, error) {
	c.stop()
	<-c.done
	return c.report(), c.err
}

// errEnded says that the load has ended before its time.
var errEnded = errors.New("the load has ended by itself")

// look is how often something is looked at that changes by itself.
const look = 250 * time.Millisecond

// await waits until something is so.
func (c *crowd) await(ctx context.Context, so func(load.Report) bool) error {
	for !so(c.report()) {
		select {
		case <-time.After(look):
		case <-c.done:
			return errors.Join(errEnded, c.err)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// signIn signs everybody in.
func (m *measurement) signIn(ctx context.Context) (err error) {
	if m.result.before, err = m.memory(); err != nil {
		return err
	}
	m.say("signing %d in", m.o.sessions)
	began, err := m.now(ctx)
	if err != nil {
		return err
	}
	if m.crowd, err = m.gather(ctx); err != nil {
		return err
	}
	last := m.crowd.report()
	for waiting := true; waiting; {
		select {
		case <-m.crowd.ready:
			waiting = false
		case <-m.crowd.done:
			return errors.Join(errEnded, m.crowd.err)
		case <-time.After(10 * time.Second):
			r := m.crowd.report()
			m.say("%s", r.Line(&last))
			last = r
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	end, err := m.now(ctx)
	if err != nil {
		return err
	}
	// The processes tell what they hold, and where everybody is, after that.
	err = m.crowd.await(ctx, func(r load.Report) bool { return r.Phase == load.Running && len(r.Servers) > 0 })
	if err != nil {
		return err
	}
	r := m.crowd.report()
	m.result.SignIn = signInResult{
		Spent: began.until(end), Sessions: r.SignedIn, Rate: r.Rates["sign_ins"], Latency: brief(r.Latency, "sign_in", "referral"),
		Errors: r.Errors, Generator: r.Generator, CPUEach: perUnit(began.until(end), r.Counts["sign_ins"]),
	}
	m.say("%d are signed in, %.0f a second", r.SignedIn, m.result.SignIn.Rate)
	return nil
}

// leave ends the load.
func (m *measurement) leave(context.Context) error {
	m.say("everybody leaves")
	r, err := m.crowd.end()
	m.result.Load = r
	return err
}
