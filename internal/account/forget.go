package account

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/papilio-im/papilio/internal/store"
)

// ForgetLegacy takes away the legacy passwords of all accounts, and tells how
// many there were. It is for data whose key is lost: [New] makes another one
// then. A key file that is there is put aside and not deleted, as it may be the
// only one of another database.
func ForgetLegacy(ctx context.Context, db *store.DB, file string) (n int64, err error) {
	err = db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.LockFacts(ctx); err != nil {
			return err
		}
		if err := tx.DeleteFact(ctx, keyFact); err != nil { // the next key is the right one
			return err
		}
		n, err = tx.ForgetLegacy(ctx)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("forget the legacy passwords: %w", err)
	}
	aside := file + time.Now().UTC().Format(".20060102-150405")
	if err := os.Rename(file, aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return n, fmt.Errorf("put the key of the legacy passwords aside: %w", err)
	}
	return n, nil
}
