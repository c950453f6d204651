package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/load"
)

// benchCommands is the family that makes load.
type benchCommands struct {
	Prepare  benchPrepare  `cmd:"" help:"Make test accounts with contact lists."`
	Cleanup  benchCleanup  `cmd:"" help:"Remove all test accounts."`
	SignIn   benchSignIn   `cmd:"" help:"Let clients sign in: each once, or over and over."`
	Idle     benchIdle     `cmd:"" help:"Let clients sign in and stay, and come back if they are lost."`
	Chat     benchChat     `cmd:"" help:"Let groups converse, and time acknowledgements and deliveries."`
	Presence benchPresence `cmd:"" help:"Let some change their status, and time until the last watcher has it."`
	Transfer benchTransfer `cmd:"" help:"Let pairs go to a switchboard, call and answer, again and again."`
	Referral benchReferral `cmd:"" help:"Let the dispatch server refer, without signing in."`
	Mixed    benchMixed    `cmd:"" help:"Let clients do a bit of all, as people do."`
	Worker   benchWorker   `cmd:"" hidden:"" help:"Do a part of a load, as a process of one of the others."`
}

// Help is shown below the summary.
func (benchCommands) Help() string {
	return `The clients are test accounts, bench00000@bench.invalid and on, which are made first and removed in the end.
Rate limits stand in the way of a load that comes from few addresses: turn them off meanwhile, in a service
that is there for the test (limits.enabled = false).

Examples:

	papilio bench prepare --count 1000
	PAPILIO_LIMITS_ENABLED=false papilio serve
	papilio bench sign-in --sessions 1000
	papilio bench chat --sessions 200 --duration 30s --json chat.json
	papilio bench cleanup

Ctrl-C ends a load early, with its summary. Latencies are those of the client: from when something was asked
for, or due, until the line came that says it is done. The load takes its share of the machine that it runs
on; the summary says how much.

Exit codes: 0 if it was done, or ended with Ctrl-C, with no more errors than --max-errors allows, which is
none if it is not given; 1 if there were more, or nobody could sign in; 2 if the command line is wrong. The
summary and the JSON come in each case. What is lost counts: the sessions of a node that is stopped, and
messages that do not come in time.`
}

// benchPlace is what all kinds of load have.
type benchPlace struct {
	Server    string        `placeholder:"HOST:PORT" help:"The dispatch server. That of this machine's configuration if not given, 127.0.0.1:1863 if there is none."`
	Duration  time.Duration `placeholder:"D" help:"How long, when all have signed in, such as 30s."`
	Versions  []string      `default:"MSNP7" placeholder:"V,V" help:"Versions to speak, in turns: Beta2, MSNP2 to MSNP12. ${default} if not given."`
	Rate      float64       `placeholder:"N" help:"Begin so many sign-ins a second. As many as go if not given."`
	Ramp      time.Duration `placeholder:"D" help:"Reach the rate after this time."`
	Parallel  int           `default:"64" placeholder:"N" help:"Begin no more than so many sign-ins at a time. ${default} if not given."`
	Timeout   time.Duration `default:"30s" placeholder:"D" help:"How long an answer may take until it is an error. ${default} if not given."`
	Sources   int           `placeholder:"N" help:"Connect from so many addresses, 127.0.0.1 and on, in turns: each has its own ports. For a service on this machine."`
	Processes int           `placeholder:"N" help:"Divide the clients among so many processes. One for each 15,000 clients if not given."`
	JSON      string        `name:"json" placeholder:"FILE" help:"Write the report as JSON. With - it goes to standard output, and the summary to standard error."`
	MaxErrors int64         `default:"0" placeholder:"N" help:"How many errors there may be until the exit code is 1. ${default} if not given, -1 for any number."`
	Yes       bool          `help:"Load even a server that is neither on this machine nor in a private network."`
}

// benchPeople is what all kinds have whose clients sign in.
type benchPeople struct {
	Sessions int  `default:"100" placeholder:"N" help:"How many clients. ${default} if not given."`
	From     int  `placeholder:"N" help:"The number of the first account. Loads at the same time need accounts of their own."`
	NoSync   bool `help:"Do not fetch contact lists."`
	benchTickets
	benchPlace
}

// benchTickets is for versions that sign in with a ticket.
type benchTickets struct {
	Web     string `placeholder:"URL" help:"The web server that gives MSNP8 and later their tickets. That of this machine's configuration if not given, http://127.0.0.1:8080 if there is none."`
	Tickets string `enum:"each,ready" default:"each" help:"Whether MSNP8 and later get a ticket at each sign-in, as clients do (each), or all before anything is measured (ready). ${default} if not given."`
}

// plan begins a plan.
func (b *benchPlace) plan(kind load.Kind) (load.Plan, error) {
	p := load.Plan{
		Kind: kind, Server: b.Server, Duration: b.Duration, Rate: b.Rate, Ramp: b.Ramp, Parallel: b.Parallel,
		Timeout: b.Timeout, Sources: b.Sources, Anywhere: b.Yes,
	}
	for _, name := range b.Versions {
		v, err := load.ParseVersion(name)
		if err != nil {
			return p, usageError{err}
		}
		p.Versions = append(p.Versions, v)
	}
	return p, nil
}

func (b *benchPeople) plan(kind load.Kind) (load.Plan, error) {
	p, err := b.benchPlace.plan(kind)
	p.Accounts, p.NoSync = load.Accounts{From: b.From, Count: b.Sessions}, b.NoSync
	p.Web, p.Tickets = strings.TrimSuffix(b.Web, "/"), load.Tickets(b.Tickets)
	return p, err
}

// run makes the load and tells what came of it.
func (b *benchPlace) run(ctx context.Context, p *program, plan load.Plan) (err error) {
	if err := p.whereToLoad(&plan); err != nil {
		return err
	}
	if err := plan.Check(); err != nil {
		return usageError{err}
	}
	if err := b.mayLoad(ctx, p, plan); err != nil {
		return err
	}
	summary, file, err := b.outputs(p)
	if err != nil {
		return err
	}
	if file != nil {
		defer func() { err = errors.Join(err, file.Close()) }()
	}
	show := &benchProgress{progress: newProgress(p.stderr, p.pace)}
	hooks := load.Hooks{Progress: show.report}
	report, failed := b.make(ctx, p, plan, hooks)
	show.end()
	if report.Phase == "" {
		return failed
	}
	if err := report.Summary(summary); err != nil {
		return err
	}
	if file != nil {
		out := json.NewEncoder(file)
		out.SetIndent("", " ")
		if err := out.Encode(report); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	if failed != nil {
		return b.explain(p, failed)
	}
	if n := report.Failed(); b.MaxErrors >= 0 && n > b.MaxErrors {
		return fmt.Errorf("errors: %d, allowed: %d (--max-errors)", n, b.MaxErrors)
	}
	return nil
}

// make makes the load, here or in processes of its own.
func (b *benchPlace) make(ctx context.Context, p *program, plan load.Plan, hooks load.Hooks) (load.Report, error) {
	processes := b.Processes
	if processes == 0 {
		processes = (plan.Accounts.Count + load.MostPerProcess - 1) / load.MostPerProcess
	}
	if processes <= 1 {
		return load.Run(ctx, plan, hooks)
	}
	self, err := os.Executable()
	if err != nil {
		return load.Report{}, fmt.Errorf("find this program: %w", err)
	}
	complaints := &sharedWriter{to: p.stderr}
	return load.RunProcesses(ctx, plan, processes, func() *exec.Cmd {
		cmd := exec.CommandContext(context.WithoutCancel(ctx), self, "bench", "worker")
		cmd.Stderr = complaints
		return cmd
	}, hooks)
}

// sharedWriter lets several processes write to what takes one of them at a time.
type sharedWriter struct {
	mu sync.Mutex
	to io.Writer
}

// Write implements io.Writer.
func (w *sharedWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(b)
}

// whereToLoad completes a plan with the servers that this machine's configuration
// has, if the command line names none.
func (p *program) whereToLoad(plan *load.Plan) error {
	if plan.Server != "" && plan.Web != "" {
		return nil
	}
	c, err := p.config()
	if err != nil {
		return err
	}
	if plan.Server == "" {
		if plan.Server, err = fixed(&c, config.RoleDispatch, "--server"); err != nil {
			return err
		}
	}
	if plan.Web == "" && plan.NeedsTickets() {
		at, err := fixed(&c, config.RoleWeb, "--web")
		plan.Web = "http://" + at
		return err
	}
	return nil
}

// fixed is where a role of this machine listens.
func fixed(c *config.Config, role config.Role, option string) (string, error) {
	host, port, err := net.SplitHostPort(c.Listen(role))
	if err != nil || port == "0" {
		return "", usage("the configuration has no port for %s: give %s", role, option)
	}
	if a, err := netip.ParseAddr(host); host == "" || err == nil && a.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), nil
}

// mayLoad refuses a server that may be a stranger's.
func (b *benchPlace) mayLoad(ctx context.Context, p *program, plan load.Plan) error {
	if b.Yes {
		return nil
	}
	err := load.CheckTarget(ctx, plan.Server)
	if web := plan.WebServer(); err == nil && web != "" {
		err = load.CheckTarget(ctx, web)
	}
	if errors.Is(err, load.ErrStranger) {
		return usage("%w; if it is yours, and those who share its network know: --yes", err)
	}
	return err
}

// outputs opens what the report goes to: the summary, and the JSON if that is
// wanted. It is done first: nobody wants to hear in the end that there is no such
// folder.
func (b *benchPlace) outputs(p *program) (summary io.Writer, file io.WriteCloser, err error) {
	switch b.JSON {
	case "":
		return p.stdout, nil, nil
	case "-":
		return p.stderr, keepOpen{p.stdout}, nil
	}
	f, err := os.Create(b.JSON)
	if err != nil {
		return nil, nil, fmt.Errorf("write the report: %w", err)
	}
	return p.stdout, f, nil
}

// keepOpen is a writer that is not ours to close.
type keepOpen struct{ io.Writer }

func (keepOpen) Close() error { return nil }

// explain adds what to do.
func (b *benchPlace) explain(p *program, err error) error {
	if errors.Is(err, load.ErrNobody) {
		return fmt.Errorf("%w: is a service there, and are there test accounts on it? %s makes them", err, p.command("bench prepare"))
	}
	return err
}

// benchProgress shows a load while it goes on.
type benchProgress struct {
	*progress
	before load.Report
}

func (b *benchProgress) report(r load.Report) {
	if now := time.Now(); b.due(now) {
		b.line(r.Line(&b.before), now)
		b.before = r
	}
}

// benchWorker is a process of a load.
type benchWorker struct{}

// Run does a part of a load.
func (benchWorker) Run(ctx context.Context, p *program) error {
	return load.Work(ctx, p.stdin, p.stdout)
}
