package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// sameSignal is how long after a signal another is the same wish: some programs
// send it to a process and then to its whole group.
const sameSignal = 100 * time.Millisecond

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	// A reader who leaves, as head does, is an error like others: there is
	// something to clear away first.
	signal.Ignore(syscall.SIGPIPE)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		first := time.Now()
		cancel()
		for range signals {
			if time.Since(first) > sameSignal {
				fmt.Fprintln(os.Stderr, "papilio: a second signal: ended at once, in the middle of things")
				os.Exit(exitFailed)
			}
		}
	}()
	os.Exit(run(ctx, os.Args, os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// run is the program without its process; args begin with its own name. It returns the exit code: 0 for
// done, 1 for failed, 2 for what the caller has to change first: the command
// line, the configuration, a port.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{environ: environ, stdin: stdin, stdout: stdout, stderr: stderr}
	if len(args) > 0 {
		p.invoked, args = invokedAs(args[0]), args[1:]
	}
	return p.run(ctx, args)
}
