package load

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/internal/server"
	"github.com/papilio-im/papilio/internal/store"
)

// CheapHash is what the main passwords of test accounts are hashed with: there is
// nothing to protect, and the usual cost would take hours.
var CheapHash = account.HashParams{MemoryKiB: 8, Passes: 1, Threads: 1}

// fewOthers is how many accounts that are not ours a database may have without
// being somebody's service.
const fewOthers = 10

// ErrInUse says that a database holds more accounts than tests have, so that it is
// the one of a service.
var ErrInUse = errors.New("this looks like the database of a real service")

// Preparation says which test accounts are to be made.
type Preparation struct {
	Accounts Accounts
	// Contacts is how many of them each has on its lists, mutually: those whose
	// numbers are nearest, in a ring. An even number.
	Contacts int
	// Anyway does it even in a database that is in use.
	Anyway bool
	// Progress, if set, is told how many are done, of how many.
	Progress func(done, total int)
}

// Prepare makes test accounts, with passwords for old clients and lists. The data
// should be opened with [CheapHash]. Accounts that exist already get the lists,
// and are otherwise left alone. It gives the number of those that are new.
func Prepare(ctx context.Context, data server.Data, p Preparation) (created int, err error) {
	n := p.Accounts.Count
	if p.Accounts.From < 0 || n < 1 || p.Accounts.From+n > maxAccount {
		return 0, fmt.Errorf("want at least one account, with numbers from 0 to %d", maxAccount)
	}
	if p.Contacts < 0 || p.Contacts%2 != 0 || p.Contacts >= n {
		return 0, fmt.Errorf("want an even number of contacts (--contacts), smaller than that of the accounts (--count), not %d", p.Contacts)
	}
	if !p.Anyway {
		if err := checkOthers(ctx, data.Accounts); err != nil {
			return 0, err
		}
	}
	const batch = 1000
	total := 2 * n // accounts, and then lists
	report := func(done int) {
		if p.Progress != nil {
			p.Progress(done/2, total/2)
		}
	}
	for done := 0; done < n; done += batch {
		part := Accounts{From: p.Accounts.From + done, Count: min(batch, n-done)}
		result, err := data.Accounts.Import(ctx, strings.NewReader(part.list()), account.ImportOptions{LegacySame: true})
		created += result.Created
		if err != nil {
			return created, err
		}
		report(done + part.Count)
	}
	if p.Contacts == 0 {
		return created, nil
	}
	for done := 0; done < n; done += batch / 10 {
		if err := p.putLists(ctx, data.DB, done, min(done+batch/10, n)); err != nil {
			return created, err
		}
		report(n + done)
	}
	return created, nil
}

// checkOthers refuses a database that belongs to people.
func checkOthers(ctx context.Context, accounts *account.Service) error {
	others := 0
	for a, err := range accounts.List(ctx) {
		if err != nil {
			return err
		}
		if !isTestAccount(a.Handle) {
			others++
		}
		if others > fewOthers {
			return fmt.Errorf("%w: there are more than %d accounts that are not for tests", ErrInUse, fewOthers)
		}
	}
	return nil
}

// list is what an import reads.
func (a Accounts) list() string {
	var s strings.Builder
	for i := range a.Count {
		fmt.Fprintf(&s, "%s %s Bench %05d\n", a.Handle(i), Password, a.From+i)
	}
	return s.String()
}

// putLists writes the lists of a part of the accounts, in one transaction.
func (p *Preparation) putLists(ctx context.Context, db *store.DB, from, to int) error {
	handles := make([]string, 0, to-from)
	for i := from; i < to; i++ {
		handles = append(handles, p.Accounts.Handle(i))
	}
	return db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Lock(ctx, handles...); err != nil {
			return err
		}
		for i := from; i < to; i++ {
			owner, err := tx.Owner(ctx, p.Accounts.Handle(i))
			if err != nil {
				return err
			}
			if err := tx.PutContacts(ctx, owner.ID, p.ring(i)); err != nil {
				return err
			}
		}
		return nil
	})
}

// ring is the lists of one account: its neighbours on both sides.
func (p *Preparation) ring(i int) []store.Contact {
	lists := uint8(roster.Forward | roster.Allow | roster.Reverse)
	contacts := make([]store.Contact, 0, p.Contacts)
	for step := 1; step <= p.Contacts/2; step++ {
		for _, j := range []int{i + step, i - step + p.Accounts.Count} {
			j %= p.Accounts.Count
			contacts = append(contacts, store.Contact{
				Handle: p.Accounts.Handle(j), Lists: lists, GUID: store.NewGUID(),
				Name: fmt.Sprintf("Bench %05d", p.Accounts.From+j),
			})
		}
	}
	return contacts
}

// Cleanup removes all test accounts, and takes them off the lists of others. It
// gives their number.
func Cleanup(ctx context.Context, data server.Data, progress func(done, total int)) (removed int, err error) {
	var handles []string
	for a, err := range data.Accounts.List(ctx) {
		if err != nil {
			return 0, err
		}
		if isTestAccount(a.Handle) {
			handles = append(handles, a.Handle)
		}
	}
	all := handles
	const batch = 100
	for len(handles) > 0 {
		part := handles[:min(batch, len(handles))]
		if err := remove(ctx, data.DB, part); err != nil {
			return removed, err
		}
		handles = handles[len(part):]
		if removed += len(part); progress != nil {
			progress(removed, len(all))
		}
	}
	return removed, takeOff(ctx, data.DB, all)
}

// remove deletes test accounts in one transaction. One by one, each would first
// be taken off the lists of the others, which then go themselves.
func remove(ctx context.Context, db *store.DB, handles []string) error {
	return db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Lock(ctx, handles...); err != nil {
			return err
		}
		for _, handle := range handles {
			a, err := tx.Account(ctx, handle)
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err == nil {
				err = tx.DeleteAccount(ctx, a.ID)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// takeOff takes test accounts, which are gone, off the lists of everybody else.
// Nearly always there is nobody.
func takeOff(ctx context.Context, db *store.DB, handles []string) error {
	var listed []string
	err := db.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		listed = nil
		for _, handle := range handles {
			holders, err := tx.Holders(ctx, handle)
			if err != nil {
				return err
			}
			if len(holders) > 0 {
				listed = append(listed, handle)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, handle := range listed {
		if err := unlist(ctx, db, handle); err != nil {
			return err
		}
	}
	return nil
}

// unlist takes one off.
func unlist(ctx context.Context, db *store.DB, handle string) error {
	return db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.LockHolders(ctx, handle); err != nil {
			return err
		}
		holders, err := tx.Holders(ctx, handle)
		if err != nil {
			return err
		}
		for _, h := range holders {
			if err := tx.DeleteContact(ctx, h.ID, handle); err != nil {
				return err
			}
			if _, err := tx.TouchLists(ctx, h.ID, time.Now()); err != nil {
				return err
			}
		}
		return nil
	})
}
