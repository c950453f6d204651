package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/control"
	"github.com/papilio-im/papilio/internal/server"
	"github.com/papilio-im/papilio/internal/telemetry"
	"github.com/papilio-im/papilio/msnp"
)

// accounts opens the accounts, whether or not a service is running on them,
// and has something done to them. A folder without any is an error, unless
// fresh: then it is made.
func (p *program) accounts(ctx context.Context, fresh bool, do func(*account.Service) error) error {
	return p.withData(ctx, fresh, p.hash, func(data server.Data) error { return do(data.Accounts) })
}

// withData is accounts for who needs the lists and the database, too. New
// passwords cost what hash says.
func (p *program) withData(ctx context.Context, fresh bool, hash account.HashParams, do func(server.Data) error) (err error) {
	c, err := p.config()
	if err != nil {
		return err
	}
	if !c.Has(config.RoleNotification) && c.Storage.URL == "" {
		return usageError{errNoAccounts}
	}
	if !fresh {
		if err := p.mustHaveData(&c); err != nil {
			return err
		}
	} else if err := mayMakeData(ctx, &c); err != nil {
		return err
	}
	made := willMake(&c)
	log, err := telemetry.NewLogger(p.stderr, string(c.Log.Format), string(config.LevelWarn))
	if err != nil {
		return err
	}
	data, err := server.OpenData(ctx, &c, log, hash)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.DB.Close()) }()
	if data.DB.InMemory() {
		return usageError{errInMemory}
	}
	if made != "" { // another than the service's, perhaps
		fmt.Fprintln(p.stderr, "made a new", made)
	}
	return p.explain(do(data))
}

// noDatabase reports whether the database would be one in the data folder, and is
// not there.
func noDatabase(c *config.Config) bool {
	if c.Storage.URL != "" {
		return false
	}
	_, err := os.Stat(filepath.Join(c.Data, config.DatabaseFile))
	return errors.Is(err, fs.ErrNotExist)
}

// willMake names what is new when the database has been made, "" if nothing is.
func willMake(c *config.Config) string {
	folder, err := filepath.Abs(c.Data)
	if err != nil || !noDatabase(c) {
		return ""
	}
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		return "data folder " + folder
	}
	return "database " + filepath.Join(folder, config.DatabaseFile)
}

// mayMakeData refuses to make a database beside a service that runs without one:
// it has its accounts elsewhere, or none, by a configuration that this command was
// not told of.
func mayMakeData(ctx context.Context, c *config.Config) error {
	if !noDatabase(c) {
		return nil
	}
	service, err := control.Dial(ctx, c.Data)
	if errors.Is(err, control.ErrNotRunning) {
		return nil
	}
	if err == nil {
		_, err = service.Nodes(ctx) // one that is just starting answers when it has its data
	}
	if err != nil || !noDatabase(c) {
		return err
	}
	return usage("the service that runs on the data folder %s has no accounts there: name its configuration file with --config", c.Data)
}

// errNoAccounts says that a machine has no database, and should not get one.
var errNoAccounts = errors.New("this machine runs no notification server, so it has no accounts: give the command where one runs, or name its database in storage.url")

// unreachable reports whether the accounts are out of a command's reach, but
// perhaps not out of that of a running service.
func unreachable(err error) bool {
	return errors.Is(err, errInMemory) || errors.Is(err, errNoAccounts)
}

// errInMemory says that the accounts are out of a command's reach.
var errInMemory = errors.New("storage.url keeps the accounts in the memory of the service, which this command cannot reach: name a file there")

// mustHaveData refuses a data folder in which there is no database: it is the
// wrong one more often than an empty one.
func (p *program) mustHaveData(c *config.Config) error {
	if noDatabase(c) {
		return fmt.Errorf("there are no accounts in %s: name the data folder with --data, or the configuration file with --config, or begin with: %s", c.Data, p.command("user add HANDLE"))
	}
	return nil
}

// throughService has something done by the service that runs on the data
// folder. It reports false if none does.
func (p *program) throughService(ctx context.Context, do func(*control.Client) error) (bool, error) {
	c, err := p.config()
	if err != nil {
		return false, err
	}
	client, err := control.Dial(ctx, c.Data)
	if errors.Is(err, control.ErrNotRunning) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, p.explain(do(client))
}

// explain adds what to do to errors that do not say it.
func (p *program) explain(err error) error {
	switch {
	case errors.Is(err, account.ErrNotFound):
		return fmt.Errorf("%w; %s shows those that exist", err, p.command("user list"))
	case errors.Is(err, account.ErrExists):
		return fmt.Errorf("%w; %s gives it another password", err, p.command("user password"))
	}
	return err
}

// handleArg is a handle on the command line.
type handleArg string

// parse brings a handle into the form that everything else uses.
func (h handleArg) parse() (string, error) {
	handle, err := msnp.ParseHandle(string(h))
	if err != nil {
		return "", usage("%q cannot be a handle, which is an e-mail address such as anna@example.com", string(h))
	}
	return handle, nil
}
