package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		os.Exit(2)
	}
}

// run prints the tables that the flags ask for.
func run(args []string, stdout, stderr io.Writer) error {
	m := standard()
	flags := flag.NewFlagSet("scale", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&m.accounts, "accounts", m.accounts, "accounts of the service, all of them signed in")
	flags.IntVar(&m.nodes, "nodes", m.nodes, "notification servers")
	flags.Uint64Var(&m.seed, "seed", m.seed, "where chance begins")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := m.check(); err != nil {
		fmt.Fprintln(stderr, err)
		return err
	}
	_, err := io.WriteString(stdout, report(m))
	return err
}
