package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/internal/telemetry"
)

// storeCommands is the family that deals with the database as a whole.
type storeCommands struct {
	Backup storeBackup `cmd:"" help:"Save the database in a file, while the service runs or not."`
	Check  storeCheck  `cmd:"" help:"Look for mistakes in the database."`
	Copy   storeCopy   `cmd:"" help:"Copy everything to another database, such as from SQLite to PostgreSQL."`
}

// Help is shown below the summary.
func (storeCommands) Help() string {
	return `The database holds accounts, contact lists, groups and settings. The passwords for old clients in it are
encrypted, and worth nothing without their key, which is not in it: legacy.key in the data folder.`
}

// storeURL is a database on the command line: the path of a SQLite file, or an
// address as storage.url takes it.
type storeURL string

func (u storeURL) address() (string, error) {
	s := string(u)
	switch {
	case strings.HasPrefix(s, "postgres:") || strings.HasPrefix(s, "postgresql:") || strings.HasPrefix(s, "sqlite:"):
		return s, nil
	case strings.Contains(s, "://"):
		return "", usage("a database is the path of a SQLite file, or begins with sqlite:// or postgres://")
	}
	path, err := filepath.Abs(s)
	if err != nil {
		return "", err
	}
	return "sqlite://" + filepath.ToSlash(path), nil
}

// openStore opens the database that the configuration names, only to read it,
// and has something done with it.
func (p *program) openStore(ctx context.Context, do func(*config.Config, *store.DB) error) (err error) {
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
	options.ReadOnly = true
	db, err := store.Open(ctx, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if db.InMemory() {
		return usageError{errInMemory}
	}
	return do(&c, db)
}

// storeOptions are those of the database that the configuration names.
func (p *program) storeOptions(c *config.Config) (store.Options, error) {
	url, err := c.StorageURL()
	if err != nil {
		return store.Options{}, err
	}
	log, err := telemetry.NewLogger(p.stderr, string(c.Log.Format), string(config.LevelWarn))
	if err != nil {
		return store.Options{}, err
	}
	return store.Options{URL: url, Connections: 2, Log: log}, nil
}

// aboutKey says what else belongs to a copy of the database.
func (p *program) aboutKey(c *config.Config, doing string) {
	fmt.Fprintf(p.stdout, "%s %s too: the passwords for old clients (%s) are worth nothing without it\n", doing, c.LegacyKeyFile(), oldClients)
}
