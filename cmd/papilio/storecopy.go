package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/papilio-im/papilio/internal/store"
)

type storeCopy struct {
	From storeURL `required:"" placeholder:"URL" help:"The database to copy: the path of a SQLite file, or postgres://user:password@host/database."`
	To   storeURL `required:"" placeholder:"URL" help:"The database to copy to, likewise. It must be empty, or not be there yet if it is a file."`
}

// Help is shown below the summary.
func (storeCopy) Help() string {
	return `Moves a service from SQLite to PostgreSQL, or back. Stop the service first: if it changes something meanwhile,
nothing is copied. (To try it out beside a running service, copy a backup.) The source is only read. The copy is
compared with it and becomes real all at once; if the command is stopped or fails, the same one can be given again.

Afterwards give storage.url the new address, on every machine with a notification server, and let each of them
have legacy.key. A password is better kept out of the command line, where others on the machine may see it: put it
into ~/.pgpass or the variable PGPASSWORD.

Examples:

	papilio store copy --from papilio-data/papilio.db --to postgres://papilio@db.example.com/papilio
	papilio store copy --from postgres://papilio@db.example.com/papilio --to papilio-data/papilio.db`
}

// Run copies a database.
func (s *storeCopy) Run(ctx context.Context, p *program) (err error) {
	c, err := p.config()
	if err != nil {
		return err
	}
	options, err := p.storeOptions(&c)
	if err != nil {
		return err
	}
	from, err := s.From.open(ctx, options, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := s.To.open(ctx, options, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	progress := newProgress(p.stderr, p.pace)
	progress.what = "rows"
	copied, err := store.Copy(ctx, from, to, func(done, total int) {
		progress.show(done, total, time.Now())
		if done == total { // comparing takes as long again
			progress.close("all rows are written; comparing them")
		}
	})
	progress.end()
	switch {
	case errors.Is(err, store.ErrUncertain):
		return fmt.Errorf("%w; if %s shows accounts, all of them are there", err, p.command("user list"))
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("stopped; nothing was copied, and the same command begins anew")
	case errors.Is(err, store.ErrChanged):
		return fmt.Errorf("nothing was copied: %w; stop it first", err)
	case err != nil:
		return fmt.Errorf("nothing was copied: %w", err)
	}
	fmt.Fprintf(p.stdout, "copied %d accounts, %d contacts and %d groups to the %s, and compared them\n",
		copied.Accounts, copied.Contacts, copied.Groups, to.Place())
	if copied.HasLegacy {
		fmt.Fprintf(p.stdout, "copy legacy.key too, from the data folder that the database belonged to into that of every notification server:"+
			" the passwords for old clients (%s) are worth nothing without it\n", oldClients)
	}
	return nil
}

// open opens one of the two databases.
func (u storeURL) open(ctx context.Context, o store.Options, readOnly bool) (*store.DB, error) {
	address, err := u.address()
	if err != nil {
		return nil, err
	}
	o.URL, o.ReadOnly = address, readOnly
	db, err := store.Open(ctx, o)
	switch {
	case errors.Is(err, store.ErrURL):
		return nil, usageError{err}
	case err != nil:
		return nil, err
	case db.InMemory():
		return nil, errors.Join(usage("a database in memory has nothing to copy, and keeps nothing"), db.Close())
	}
	return db, nil
}
