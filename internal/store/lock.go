package store

import (
	"context"
	"errors"
)

// Errors of a change of somebody's lists without the lock of their account.
var (
	// errUnlocked is for one who was not among those that the lock was asked
	// for, and so has become one of them since: the change is begun anew.
	errUnlocked = errors.New("store: an account was not among those that were locked")
	// errNoLock is a mistake of ours.
	errNoLock = errors.New("store: lists are changed without a lock")
)

func isUnlocked(err error) bool { return errors.Is(err, errUnlocked) }

// lockRows locks in the order of the handles, for whoever locks several. What
// it locks against is another change of the same account; reading is free, and
// so is referring to the account by its id.
const lockRows = ` ORDER BY handle FOR NO KEY UPDATE`

// Lock waits until nobody else is changing the lists of these accounts, and
// keeps others from it until the end of the transaction. It has to come first:
// what was read before may have changed. Handles without an account are passed
// over, and one that is named twice counts once.
//
// Where there is only one writer it does nothing.
func (tx *Tx) Lock(ctx context.Context, handles ...string) error {
	if tx.held == nil {
		return nil
	}
	return tx.lock(ctx, `SELECT id, `+xid+` FROM accounts WHERE handle = ANY($1)`+lockRows, handles)
}

// LockListed is Lock for an account and everybody on its lists.
func (tx *Tx) LockListed(ctx context.Context, handle string) error {
	if tx.held == nil {
		return nil
	}
	return tx.lock(ctx, `SELECT id, `+xid+` FROM accounts WHERE handle = $1 OR handle IN
		(SELECT c.handle FROM contacts c JOIN accounts a ON a.id = c.owner WHERE a.handle = $1)`+lockRows, handle)
}

// LockHolders is Lock for an account and everybody who has it on their lists.
func (tx *Tx) LockHolders(ctx context.Context, handle string) error {
	if tx.held == nil {
		return nil
	}
	return tx.lock(ctx, `SELECT id, `+xid+` FROM accounts WHERE handle = $1 OR id IN
		(SELECT owner FROM contacts WHERE handle = $1)`+lockRows, handle)
}

func (tx *Tx) lock(ctx context.Context, query string, arg any) error {
	return tx.rows(ctx, query, []any{arg}, tx.scanLocked)
}

// LockFacts keeps others from changing the facts.
func (tx *Tx) LockFacts(ctx context.Context) error {
	if tx.held == nil {
		return nil
	}
	return tx.exec(ctx, `LOCK TABLE facts IN SHARE ROW EXCLUSIVE MODE`)
}

// hold notes that an account is locked.
func (tx *Tx) hold(id int64) {
	if tx.held != nil {
		tx.held[id] = true
	}
}

// change runs a statement that changes what belongs to an account, whose id is
// its first argument.
func (tx *Tx) change(ctx context.Context, query string, id int64, args ...any) error {
	if err := tx.mustHold(id); err != nil {
		return err
	}
	return tx.exec(ctx, query, append([]any{id}, args...)...)
}

// mustHold refuses to change the lists of an account that is not locked.
func (tx *Tx) mustHold(id int64) error {
	switch {
	case tx.held == nil || tx.held[id]:
		return nil
	case len(tx.held) == 0:
		return tx.spoil(errNoLock)
	}
	return tx.spoil(errUnlocked)
}
