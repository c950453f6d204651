package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/store"
)

type storeCheck struct{}

// Help is shown below the summary.
func (storeCheck) Help() string {
	return `Looks for everything that the service would never have written: a damaged file, lists that do not agree with
each other, groups and contacts that belong to nobody, and so on; and whether the key fits the passwords for old
clients. Nothing is changed, and the service may run meanwhile. The exit code is 1 if something is wrong.

Examples:

	papilio store check`
}

// Run looks for mistakes.
func (storeCheck) Run(ctx context.Context, p *program) error {
	return p.openStore(ctx, func(c *config.Config, db *store.DB) error {
		progress := newProgress(p.stderr, p.pace)
		progress.begin() // the first look is the longest
		problems, err := db.Check(ctx, func(done, total int) {
			progress.line(fmt.Sprintf("looked for %d of %d kinds of mistakes", done, total), time.Now())
		})
		progress.erase()
		for _, found := range problems {
			fmt.Fprintf(p.stdout, "%s: %d, such as %s\n", found.Wrong, found.Count, visible(strings.Join(found.Examples, ", ")))
		}
		if err != nil {
			return fmt.Errorf("the check did not come to its end: %w", err)
		}
		key := account.CheckKey(ctx, db, c.LegacyKeyFile())
		if key != nil && !errors.Is(key, account.ErrKey) {
			return fmt.Errorf("the check did not come to its end: %w", key)
		}
		if len(problems) == 0 && key == nil {
			fmt.Fprintf(p.stdout, "nothing is wrong with the %s\n", db.Place())
			return nil
		}
		if len(problems) > 0 {
			err = fmt.Errorf("the %s has mistakes of %d kinds: keep it, and go back to a backup from before", db.Place(), len(problems))
		}
		return errors.Join(err, key)
	})
}
