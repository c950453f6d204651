//go:build unix

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := program(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// options are the command line.
type options struct {
	short bool
	drain int
	only  []string
	seed  uint64
	json  bool
	keep  bool
	dir   string
	ds    int
	ns    int
	sb    int
	busy  int
	// papilio and nats are binaries to run instead of building them.
	papilio, nats string
}

// program is the program without its process.
func program(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitDone
	case err != nil:
		fmt.Fprintln(stderr, "faults:", err)
		return exitUsage
	}
	broken, err := execute(ctx, o, stdout, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "faults:", err)
		return exitFailed
	}
	if broken {
		return exitFailed
	}
	return exitDone
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	var only string
	f := flag.NewFlagSet("faults", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.BoolVar(&o.short, "short", false, "a minute and a half, with few people, for CI")
	f.IntVar(&o.drain, "drain", 0, "only drain every node in turn, with so many sessions, and measure it")
	f.StringVar(&only, "only", "", "only these faults, with commas between: "+strings.Join(names(), ", "))
	f.Uint64Var(&o.seed, "seed", 0, "repeat the plan of an earlier run (0: a new one)")
	f.BoolVar(&o.json, "json", false, "print the result as JSON, and the progress to standard error only")
	f.BoolVar(&o.keep, "keep", false, "keep the folder with data and logs")
	f.StringVar(&o.dir, "dir", "", "folder for data and logs (a new one if empty)")
	f.IntVar(&o.ds, "ds", 2, "dispatch servers")
	f.IntVar(&o.ns, "ns", 3, "notification servers")
	f.IntVar(&o.sb, "sb", 2, "switchboards")
	f.IntVar(&o.busy, "people", 0, "people who do everything (0: 300, or 60 in the short form)")
	f.StringVar(&o.papilio, "papilio", "", "the papilio to test, instead of building it")
	f.StringVar(&o.nats, "nats-server", "", "the nats-server to run, instead of building it")
	f.Usage = func() {
		fmt.Fprint(stderr, "usage: go run ./internal/faults [flags]\n\n"+
			"Runs a whole service as processes, lets people use it, breaks it, and checks what it promises.\n\n")
		f.PrintDefaults()
	}
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("%q is not a flag", f.Arg(0))
	}
	if only != "" {
		o.only = strings.Split(only, ",")
	}
	for _, name := range o.only {
		if find(name) == nil {
			return o, fmt.Errorf("there is no fault %q; there are %s", name, strings.Join(names(), ", "))
		}
	}
	if o.ds < 1 || o.ns < 1 || o.sb < 1 || o.drain < 0 || o.busy < 0 {
		return o, errors.New("at least one node of each kind is needed, and no number may be negative")
	}
	if o.seed == 0 {
		o.seed = rand.Uint64N(1 << 32) //nolint:gosec // a plan, not a secret
	}
	return o, nil
}
