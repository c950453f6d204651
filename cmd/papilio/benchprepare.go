package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/papilio-im/papilio/internal/load"
	"github.com/papilio-im/papilio/internal/server"
)

type benchPrepare struct {
	Count    int  `default:"1000" placeholder:"N" help:"How many accounts. ${default} if not given."`
	From     int  `placeholder:"N" help:"The number of the first one."`
	Contacts int  `default:"50" placeholder:"N" help:"How many of them each has on its lists, mutually. An even number. ${default} if not given."`
	Yes      bool `help:"Do it even on the data of a real service."`
}

// Help is shown below the summary.
func (benchPrepare) Help() string {
	return `The accounts are bench00000@bench.invalid, bench00001@bench.invalid and so on, with the password "bench". They
are written straight into the database, also while a service is running on it. Warning: everybody who reads
this knows the password, so data with other accounts is refused unless --yes is given.

Accounts that exist already are left as they are, except that they get the contacts.

Examples:

	papilio bench prepare --count 60000
	papilio bench prepare --count 1000 --from 60000 --contacts 0`
}

// Run makes test accounts.
func (b benchPrepare) Run(ctx context.Context, p *program) error {
	return p.withData(ctx, true, load.CheapHash, func(data server.Data) error {
		progress := newProgress(p.stderr, p.pace)
		created, err := load.Prepare(ctx, data, load.Preparation{
			Accounts: load.Accounts{From: b.From, Count: b.Count}, Contacts: b.Contacts, Anyway: b.Yes,
			Progress: func(done, total int) { progress.show(done, total, time.Now()) },
		})
		progress.end()
		switch {
		case errors.Is(err, load.ErrInUse):
			return fmt.Errorf("%w; name another data folder with --data, or give --yes", err)
		case err != nil && ctx.Err() != nil:
			return errors.New("stopped; the same command goes on with it")
		case err != nil:
			return err
		}
		fmt.Fprintf(p.stdout, "made %d test accounts", created)
		if existed := b.Count - created; existed > 0 {
			fmt.Fprintf(p.stdout, "; %d existed already", existed)
		}
		fmt.Fprintf(p.stdout, "\n%s removes them\n", p.command("bench cleanup"))
		return nil
	})
}

type benchCleanup struct{}

// Help is shown below the summary.
func (benchCleanup) Help() string {
	return `Removes every account whose handle is one of "bench prepare", and takes it off the lists of others. Nobody
else's account is touched. End the load first: those who are signed in stay so.

Examples:

	papilio bench cleanup`
}

// Run removes the test accounts.
func (benchCleanup) Run(ctx context.Context, p *program) error {
	return p.withData(ctx, false, load.CheapHash, func(data server.Data) error {
		progress := newProgress(p.stderr, p.pace)
		removed, err := load.Cleanup(ctx, data, func(done, total int) { progress.show(done, total, time.Now()) })
		progress.end()
		if err != nil && ctx.Err() != nil {
			return fmt.Errorf("stopped; %d test accounts are removed, and the same command goes on", removed)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "removed %d test accounts\n", removed)
		return nil
	})
}
