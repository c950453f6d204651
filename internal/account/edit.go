package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/msnp"
)

// SetPassword gives an account another main password.
func (s *Service) SetPassword(ctx context.Context, handle string, pw Secret) error {
	if err := checkPassword(pw); err != nil {
		return err
	}
	hash, err := s.hasher.hash(ctx, pw)
	if err != nil {
		return err
	}
	return s.edit(ctx, handle, func(ctx context.Context, tx *store.Tx, a store.Account) error {
		return tx.SetPassword(ctx, a.ID, hash)
	})
}

// SetLegacyPassword gives an account another password for clients up to 4.6;
// "" takes it away, and those clients cannot sign in.
func (s *Service) SetLegacyPassword(ctx context.Context, handle string, pw Secret) error {
	if pw != "" {
		if err := checkLegacy(pw); err != nil {
			return err
		}
	}
	return s.edit(ctx, handle, func(ctx context.Context, tx *store.Tx, a store.Account) error {
		if pw == "" {
			return tx.SetLegacy(ctx, a.ID, "")
		}
		if err := s.keyInUse(ctx, tx); err != nil {
			return err
		}
		return tx.SetLegacy(ctx, a.ID, s.sealer.seal(a.Handle, pw))
	})
}

// RandomLegacyPassword gives an account a random password for clients up to
// 4.6, and returns it: it is not shown again.
func (s *Service) RandomLegacyPassword(ctx context.Context, handle string) (Secret, error) {
	pw := newLegacy()
	if err := s.SetLegacyPassword(ctx, handle, pw); err != nil {
		return "", err
	}
	return pw, nil
}

// SetBanned bans an account or lifts the ban. Ending its sessions is the
// caller's part.
func (s *Service) SetBanned(ctx context.Context, handle string, banned bool) error {
	return s.edit(ctx, handle, func(ctx context.Context, tx *store.Tx, a store.Account) error {
		return tx.SetBanned(ctx, a.ID, banned)
	})
}

// Affected is somebody whose lists changed because an account was removed.
type Affected struct {
	Handle  string
	Version uint32 // the new version of their lists
	Lists   uint8  // the lists that the removed account was on, as roster.Lists
	GUID    string // that it had there
}

// Remove deletes an account and takes it off everybody's lists, all in one
// transaction. It returns those whose lists changed, in the order of their
// handles. Ending its sessions is the caller's part.
func (s *Service) Remove(ctx context.Context, handle string) ([]Affected, error) {
	var affected []Affected
	err := s.locked(ctx, handle, lockHolders, func(ctx context.Context, tx *store.Tx, a store.Account) error {
		affected = nil
		if err := tx.DeleteAccount(ctx, a.ID); err != nil {
			return err
		}
		holders, err := tx.Holders(ctx, a.Handle)
		if err != nil {
			return err
		}
		for _, h := range holders {
			if err := tx.DeleteContact(ctx, h.ID, a.Handle); err != nil {
				return err
			}
			version, err := tx.TouchLists(ctx, h.ID, time.Now())
			if err != nil {
				return err
			}
			affected = append(affected, Affected{h.Handle, version, h.Lists, h.GUID})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return affected, nil
}

// edit runs a change of one account in a transaction. It may be run more than
// once.
func (s *Service) edit(ctx context.Context, handle string, change changeFunc) error {
	return s.locked(ctx, handle, lockAccount, change)
}

type (
	changeFunc func(context.Context, *store.Tx, store.Account) error
	lockFunc   func(ctx context.Context, tx *store.Tx, handle string) error
)

func lockAccount(ctx context.Context, tx *store.Tx, handle string) error {
	return tx.Lock(ctx, handle)
}

func lockHolders(ctx context.Context, tx *store.Tx, handle string) error {
	return tx.LockHolders(ctx, handle)
}

func (s *Service) locked(ctx context.Context, handle string, lock lockFunc, change changeFunc) error {
	parsed, err := msnp.ParseHandle(handle)
	if err != nil {
		return ErrNotFound
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := lock(ctx, tx, parsed); err != nil {
			return err
		}
		a, err := tx.Account(ctx, parsed)
		if err != nil {
			return err
		}
		return change(ctx, tx, a)
	})
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("account %s: %w", parsed, err)
	}
	return nil
}
