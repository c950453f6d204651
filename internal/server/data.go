package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/internal/store"
)

// keyFile holds the key of the passwords of old clients, beside the database.
const keyFile = "legacy.key"

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
	url, err := c.StorageURL()
	if err != nil {
		return Data{}, err
	}
	data.DB, err = store.Open(ctx, store.Options{URL: url, Log: log})
	if err != nil {
		return Data{}, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, data.DB.Close())
		}
	}()
	options := account.Options{DB: data.DB, Hash: hash}
	if !data.DB.InMemory() {
		options.KeyFile = filepath.Join(c.Data, keyFile)
	}
	if data.Accounts, err = account.New(ctx, options); err != nil {
		return Data{}, err
	}
	data.Roster, err = roster.New(roster.Options{DB: data.DB})
	return data, err
}
