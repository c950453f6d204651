//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := program(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// options are the command line.
type options struct {
	sessions, contacts, probes int
	ns, ds, sb, nats           int
	parallel                   int
	step, settle               time.Duration
	dir, json, papilio         string
	keep                       bool
	steps                      []string // that are done; all if empty
}

// program is the program without its process.
func program(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitDone
	case err != nil:
		fmt.Fprintln(stderr, "measure:", err)
		return exitUsage
	}
	if err := execute(ctx, o, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "measure:", err)
		return exitFailed
	}
	return exitDone
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("measure", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.IntVar(&o.sessions, "sessions", 72_000, "how many clients sign in and stay")
	f.IntVar(&o.contacts, "contacts", 50, "contacts of each")
	f.IntVar(&o.probes, "probes", 630, "further clients that measure what presence and invitations cost")
	f.IntVar(&o.ns, "ns", 5, "notification servers")
	f.IntVar(&o.ds, "ds", 2, "dispatch servers")
	f.IntVar(&o.sb, "sb", 2, "switchboards")
	f.IntVar(&o.nats, "nats", 3, "NATS servers")
	f.IntVar(&o.parallel, "parallel", 128, "sign-ins at a time")
	f.DurationVar(&o.step, "step", 20*time.Second, "how long presence, invitations and referrals are measured, each")
	f.DurationVar(&o.settle, "settle", 3*time.Minute, "how long memory has time to be given back before it is measured")
	f.StringVar(&o.dir, "dir", "", "folder for data and logs (a new one if empty)")
	f.StringVar(&o.json, "json", "", "write the result there as JSON")
	f.StringVar(&o.papilio, "papilio", "", "the program to measure (built from this tree if empty)")
	f.BoolVar(&o.keep, "keep", false, "keep the folder with data and logs")
	only := f.String("only", "", "only these steps, with commas between: "+strings.Join(stepNames(), ", "))
	f.Usage = func() {
		fmt.Fprint(stderr, "usage: go run ./internal/measure [flags]\n\n"+
			"Runs a cluster as processes on this machine and measures what tens of thousands of clients cost it.\n\n")
		f.PrintDefaults()
	}
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if *only != "" {
		o.steps = strings.Split(*only, ",")
	}
	for _, name := range o.steps {
		if !slices.Contains(stepNames(), name) {
			return o, fmt.Errorf("there is no step %q", name)
		}
	}
	switch {
	case slices.Contains(o.steps, "join") && !slices.Contains(o.steps, "loss"):
		return o, errors.New("a node can only join again when one was lost")
	case f.NArg() > 0:
		return o, fmt.Errorf("%q is not a flag", f.Arg(0))
	case o.ns < 2 || o.ds < 1 || o.sb < 1 || o.nats < 1 || o.parallel < 1:
		return o, errors.New("two notification servers are needed, and one of everything else")
	case o.probes < o.ns*2*watched || o.sessions <= o.contacts:
		return o, fmt.Errorf("at least %d probes are needed, and more sessions than each has contacts", o.ns*2*watched)
	}
	return o, nil
}

// execute measures and tells the result. Whatever it started has ended when it
// returns.
func execute(ctx context.Context, o options, stdout, stderr io.Writer) (err error) {
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "measure-"); err != nil {
			return err
		}
	}
	m := &measurement{o: o, out: stderr, began: time.Now()}
	m.say("folder %s", o.dir)
	err = m.run(ctx)
	if err == nil || m.result.SignIn.Sessions > 0 {
		m.result.write(stdout)
	}
	if o.json != "" {
		err = errors.Join(err, writeJSON(o.json, &m.result))
	}
	if o.keep || err != nil {
		m.say("data and logs are kept in %s", o.dir)
		return err
	}
	return os.RemoveAll(o.dir)
}

func writeJSON(file string, result *result) error {
	text, err := json.MarshalIndent(result, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o600)
}
