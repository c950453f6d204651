package load

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/internal/server"
	"github.com/papilio-im/papilio/internal/store"
)

func newData(t *testing.T, do func(server.Data)) {
	t.Helper()
	c, err := config.Load(config.Source{Flags: map[string]string{"data": filepath.Join(t.TempDir(), "data")}})
	if err != nil {
		t.Fatal(err)
	}
	withData(t, &c, do)
}

func handles(t *testing.T, d server.Data) []string {
	t.Helper()
	var all []string
	for a, err := range d.Accounts.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, a.Handle)
	}
	return all
}

// Lists are mutual, and when the accounts go nothing of them is left with anybody.
func TestPrepareAndCleanup(t *testing.T) {
	newData(t, func(d server.Data) {
		ctx := t.Context()
		addPeople(t, d, 1)
		p := Preparation{Accounts: Accounts{From: 7, Count: 120}, Contacts: 60}
		for _, want := range []int{120, 0} { // the second time nothing is new
			if n, err := Prepare(ctx, d, p); err != nil || n != want {
				t.Fatalf("%d new accounts, %v", n, err)
			}
		}
		checkRing(t, d, p)
		err := d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			if err := tx.Lock(ctx, "real0@example.com"); err != nil {
				return err
			}
			owner, err := tx.Owner(ctx, "real0@example.com")
			if err != nil {
				return err
			}
			return tx.PutContact(ctx, owner.ID, store.Contact{Handle: handleOf(9), Lists: 1, Name: "x", GUID: store.NewGUID()})
		})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := Cleanup(ctx, d, nil); err != nil || n != 120 {
			t.Fatalf("%d removed, %v", n, err)
		}
		if left := handles(t, d); len(left) != 1 || left[0] != "real0@example.com" {
			t.Errorf("left: %q", left)
		}
		err = d.DB.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
			holders, err := tx.Holders(ctx, handleOf(9))
			if len(holders) > 0 {
				t.Errorf("it is still on the lists of %v", holders)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func checkRing(t *testing.T, d server.Data, p Preparation) {
	t.Helper()
	lists := make(map[string]map[string]bool)
	err := d.DB.Read(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		for i := range p.Accounts.Count {
			handle := p.Accounts.Handle(i)
			owner, err := tx.Owner(ctx, handle)
			if err != nil {
				return err
			}
			lists[handle] = make(map[string]bool)
			err = tx.EachEntry(ctx, owner.ID, func(other string, on uint8) {
				lists[handle][other] = roster.Lists(on) == roster.Forward|roster.Allow|roster.Reverse
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for handle, contacts := range lists {
		if len(contacts) != p.Contacts {
			t.Errorf("%s has %d contacts", handle, len(contacts))
		}
		for other, good := range contacts {
			if !good || !lists[other][handle] || other == handle {
				t.Errorf("%s has %s, which is not mutual", handle, other)
			}
		}
	}
}

// addPeople makes accounts that are not ours.
func addPeople(t *testing.T, d server.Data, n int) {
	t.Helper()
	var list strings.Builder
	for i := range n {
		fmt.Fprintf(&list, "real%d@example.com secret\n", i)
	}
	if _, err := d.Accounts.Import(t.Context(), strings.NewReader(list.String()), account.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
}

func TestPrepareRefuses(t *testing.T) {
	newData(t, func(d server.Data) {
		good := Preparation{Accounts: Accounts{Count: 4}, Contacts: 2}
		for says, spoil := range map[string]func(*Preparation){
			"at least one": func(p *Preparation) { p.Accounts.Count = 0 },
			"numbers from": func(p *Preparation) { p.Accounts.From = -1 },
			"not 3":        func(p *Preparation) { p.Contacts = 3 },
			"not 4":        func(p *Preparation) { p.Contacts = 4 },
		} {
			bad := good
			spoil(&bad)
			if _, err := Prepare(t.Context(), d, bad); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %v", says, err)
			}
		}
		addPeople(t, d, fewOthers+1)
		if _, err := Prepare(t.Context(), d, good); !errors.Is(err, ErrInUse) {
			t.Errorf("among people: %v", err)
		}
		if left := handles(t, d); len(left) != fewOthers+1 {
			t.Errorf("there are %q", left)
		}
		good.Anyway = true
		if n, err := Prepare(t.Context(), d, good); err != nil || n != 4 {
			t.Errorf("anyway: %d, %v", n, err)
		}
	})
}
