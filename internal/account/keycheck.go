package account

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/papilio-im/papilio/internal/store"
)

// CheckKey tells what is wrong with the key of the legacy passwords, and
// changes nothing. It opens every one of them. An error is [ErrKey], or says
// that it did not come to the end.
func CheckKey(ctx context.Context, db *store.DB, file string) error {
	var known string
	var needed bool
	err := db.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if known, err = knownKey(ctx, tx); err != nil {
			return err
		}
		needed, err = tx.HasLegacy(ctx)
		return err
	})
	if err != nil {
		return err
	}
	needed = needed || db.Shared() && known != ""
	key, err := readKey(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !needed:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return keyTrouble(db, fmt.Errorf("%w: %s is missing", ErrKey, file))
	case err != nil:
		return keyTrouble(db, err)
	case needed && known != keyID(key):
		return keyTrouble(db, fmt.Errorf("%w: %s is of another database", ErrKey, file))
	}
	return openAll(ctx, db, key)
}

// openAll opens all legacy passwords.
func openAll(ctx context.Context, db *store.DB, key []byte) error {
	seal, err := newSealer(key)
	if err != nil {
		return err
	}
	damaged, first := 0, ""
	for row, err := range rows(ctx, db) {
		if err != nil {
			return err
		}
		if row.Legacy == "" {
			continue
		}
		if _, err := seal.open(row.Handle, row.Legacy); err != nil {
			if damaged++; damaged == 1 {
				first = row.Handle
			}
		}
	}
	if damaged > 0 {
		return fmt.Errorf("%w: it does not open the passwords of %d accounts, such as %s; give them others with: papilio user legacy-password",
			ErrKey, damaged, first)
	}
	return nil
}
