package main

import (
	"context"
	"strings"

	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/demo"
	"github.com/papilio-im/papilio/internal/telemetry"
)

type demoCommand struct{}

// Help is shown below the summary.
func (demoCommand) Help() string {
	return `Starts a service of its own, in memory and on free ports, and lets six clients of six eras sign in, talk,
be moved and leave. Every line that goes over the wire is printed, and cut if it is long: who, in which
version, with which server (DS dispatch, NS notification, SB switchboard, WS the web server that gives tickets),
and whether the client (C) or the server (S) said it. Of pages the addresses are shown. Nothing of it is left afterwards. The exit code is 1 if anything did not happen as it should.

Examples:

	papilio demo
	papilio demo | less
	NO_COLOR=1 papilio demo`
}

// Run plays the demo.
func (demoCommand) Run(ctx context.Context, p *program) error {
	log, err := telemetry.NewLogger(p.stderr, string(config.FormatText), string(config.LevelError))
	if err != nil {
		return err
	}
	return demo.Run(ctx, demo.Options{Out: p.stdout, Color: p.colorful(), Log: log})
}

// colorful reports whether standard output takes colours: it is a terminal
// that can, and nobody minds.
func (p *program) colorful() bool {
	_, terminal := asTerminal(p.stdout)
	for _, entry := range p.environ {
		name, value, _ := strings.Cut(entry, "=")
		if name == "NO_COLOR" && value != "" || name == "TERM" && value == "dumb" {
			return false
		}
	}
	return terminal
}
