package store

import (
	"context"
	"fmt"
	"strings"
)

// contactsAtOnce is how many rows PutContacts writes with one statement.
const contactsAtOnce = 25

// putContacts is that statement.
var putContacts = func() string {
	var s strings.Builder
	s.WriteString(`INSERT INTO contacts (owner, handle, lists, name, guid) VALUES `)
	for i := range contactsAtOnce {
		if i > 0 {
			s.WriteString(", ")
		}
		n := 4*i + 2
		fmt.Fprintf(&s, "($1, $%d, $%d, $%d, $%d)", n, n+1, n+2, n+3)
	}
	s.WriteString(` ON CONFLICT (owner, handle) DO UPDATE
		SET lists = excluded.lists, name = excluded.name, guid = excluded.guid`)
	return s.String()
}()

// PutContacts is PutContact for many rows of one owner. No handle may come twice.
func (tx *Tx) PutContacts(ctx context.Context, owner int64, contacts []Contact) error {
	for len(contacts) >= contactsAtOnce {
		args := make([]any, 0, 4*contactsAtOnce)
		for _, c := range contacts[:contactsAtOnce] {
			args = append(args, c.Handle, int64(c.Lists), c.Name, c.GUID)
		}
		if err := tx.change(ctx, putContacts, owner, args...); err != nil {
			return err
		}
		contacts = contacts[contactsAtOnce:]
	}
	for _, c := range contacts {
		if err := tx.PutContact(ctx, owner, c); err != nil {
			return err
		}
	}
	return nil
}
