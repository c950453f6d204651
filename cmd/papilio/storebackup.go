package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/papilio-im/papilio/internal/store"
)

type storeBackup struct {
	File string `arg:"" help:"The new file."`
}

// Help is shown below the summary.
func (storeBackup) Help() string {
	return `The file is a SQLite database of its own, of the moment that the command began. It is looked through, and on
disk, when the command ends; if it is stopped, there is no file. A file that exists is not written over. Save
legacy.key as well, once: it does not change.

To go back: stop the service, move papilio.db, papilio.db-wal and papilio.db-shm out of the data folder, put the
saved file there as papilio.db, put legacy.key beside it, and start the service.

PostgreSQL has pg_dump and pg_restore for this; the command then prints what to type.

Examples:

	papilio store backup papilio-2026-10-25.db
	papilio store backup /backup/$(date +%F).db && cp papilio-data/legacy.key /backup/`
}

// Run saves the database.
func (s *storeBackup) Run(ctx context.Context, p *program) error {
	c, err := p.config()
	if err != nil {
		return err
	}
	if err := p.mustHaveData(&c); err != nil {
		return err
	}
	options, err := p.storeOptions(&c)
	if err != nil {
		return err
	}
	err = store.Backup(ctx, options, s.File)
	var dump *store.UseDumpError
	switch {
	case errors.As(err, &dump):
		return usage("%w (and save %s)", dump, c.LegacyKeyFile())
	case errors.Is(err, fs.ErrExist):
		return usage("%s exists already and is left as it is: name a new file", s.File)
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("stopped; there is no %s", s.File)
	case err != nil:
		return fmt.Errorf("nothing was saved: %w", err)
	}
	info, err := os.Stat(s.File)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "saved %s (%d KiB)\n", s.File, (info.Size()+1023)/1024)
	p.aboutKey(&c, "save")
	return nil
}
