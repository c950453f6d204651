package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/control"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/internal/store"
)

// Data is what outlives the process.
type Data struct {
	DB       *store.DB
	Accounts *account.Service
	Roster   *roster.Service
}

// OpenData opens the accounts and lists that a configuration names, and makes
// them if there are none. The command line uses it beside a running service.
func OpenData(ctx context.Context, c *config.Config, log *slog.Logger, hash account.HashParams) (data Data, err error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return Data{}, fmt.Errorf("make the data folder (choose another with --data): %w", err)
	}
	db, err := OpenStore(ctx, c, log)
	if err != nil {
		return Data{}, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	options := account.Options{DB: db, Hash: hash}
	if !db.InMemory() {
		options.KeyFile = c.LegacyKeyFile()
	}
	accounts, err := account.New(ctx, options)
	if err != nil {
		return Data{}, err
	}
	lists, err := roster.New(roster.Options{DB: db})
	if err != nil {
		return Data{}, err
	}
	return Data{DB: db, Accounts: accounts, Roster: lists}, nil
}

// OpenStore opens the database that a configuration names, and makes it if
// there is none.
func OpenStore(ctx context.Context, c *config.Config, log *slog.Logger) (*store.DB, error) {
	url, err := c.StorageURL()
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, store.Options{URL: url, Connections: c.Storage.Connections, Log: log})
}

// ForgetLegacy takes away every password for old clients, for data whose key is
// lost. It tells how many there were. A service must not run meanwhile: it would
// go on with the key that it has read.
func ForgetLegacy(ctx context.Context, c *config.Config, log *slog.Logger) (n int64, err error) {
	running, err := control.Listen(ctx, c.Data)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, running.Close()) }()
	db, err := OpenStore(ctx, c, log)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if db.InMemory() {
		return 0, errors.New("accounts in memory have no key to lose")
	}
	return account.ForgetLegacy(ctx, db, c.LegacyKeyFile())
}
