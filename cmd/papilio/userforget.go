package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/server"
	"github.com/papilio-im/papilio/internal/telemetry"
)

type userForgetLegacy struct {
	Yes bool `short:"y" help:"Do not ask."`
}

// Help is shown below the summary.
func (userForgetLegacy) Help() string {
	return `The passwords for old clients, MSN Messenger 1.0 to 4.6, are encrypted, and legacy.key in the data folder is
the key. If it is lost and in no backup, this takes them all away, so that the service starts again; it makes
another key. Accounts, main passwords and contact lists stay. Stop the service first.

Examples:

	papilio user forget-legacy
	papilio user forget-legacy --yes`
}

// Run takes the passwords for old clients away.
func (u userForgetLegacy) Run(ctx context.Context, p *program) error {
	c, err := p.config()
	if err != nil {
		return err
	}
	if err := p.mustHaveData(&c); err != nil {
		return err
	}
	if !u.Yes {
		if err := u.ask(ctx, p); err != nil {
			return err
		}
	}
	log, err := telemetry.NewLogger(p.stderr, string(c.Log.Format), string(config.LevelWarn))
	if err != nil {
		return err
	}
	n, err := server.ForgetLegacy(ctx, &c, log)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "passwords for old clients (%s) that were taken away: %d; to set a new one: %s\n", oldClients, n, p.command("user legacy-password HANDLE"))
	return nil
}

func (userForgetLegacy) ask(ctx context.Context, p *program) error {
	tty, ok := p.terminal()
	if !ok {
		return usage("no terminal to ask whether you are sure: use --yes")
	}
	sure, err := p.confirm(ctx, tty, "Take away all passwords for old clients, "+oldClients+", for good?")
	if err == nil && !sure {
		return errors.New("nothing was taken away")
	}
	return err
}
