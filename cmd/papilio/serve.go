package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/papilio-im/papilio/internal/server"
	"github.com/papilio-im/papilio/internal/telemetry"
)

type serveCommand struct{}

// Help is shown below the summary.
func (serveCommand) Help() string {
	return `Needs no configuration: without any it listens on the ports 1863 to 1865 and 8080 of every address, and
keeps its data in the folder papilio-data. What happens is logged to standard error. The line "ready" on
standard output says that clients can connect.

Ctrl-C, or SIGTERM, ends it in order. In a cluster its clients are referred to the other nodes first, which may
take as long as shutdown.deadline; a service of one node tells them that it goes down. A second one ends it at
once.

Examples:

	papilio serve
	papilio serve --data /var/lib/papilio
	papilio serve --config papilio.toml
	PAPILIO_LOG_WIRE=true PAPILIO_LOG_LEVEL=debug papilio serve`
}

// Run runs the service until ctx ends.
func (serveCommand) Run(ctx context.Context, p *program) error {
	c, err := p.config()
	if err != nil {
		return err
	}
	log, err := telemetry.NewLogger(p.stderr, string(c.Log.Format), string(c.Log.Level))
	if err != nil {
		return err
	}
	ready := func(context.Context) error { return nil }
	srv, err := server.Start(ctx, server.Options{
		Config: c, Log: log, Hash: p.hash, Software: release(),
		Ready: func(ctx context.Context) error { return ready(ctx) },
	})
	if err != nil {
		return err
	}
	ready = func(ctx context.Context) error {
		b, err := newBanner(ctx, p, &c, srv)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprint(p.stdout, b, "ready\n"); err != nil {
			return err
		}
		p.tell(ctx, log, stateReady)
		return nil
	}
	stop := context.AfterFunc(ctx, func() {
		p.tell(context.WithoutCancel(ctx), log, stateStopping)
		log.InfoContext(ctx, "stopping; a second signal ends it at once")
	})
	err = errors.Join(srv.Serve(ctx), srv.Close()) //nolint:contextcheck // ctx has ended by then
	if stop() {
		return err // it ended by itself
	}
	log.InfoContext(ctx, "stopped", slog.Bool("orderly", err == nil))
	return err
}
