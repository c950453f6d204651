package store

import (
	"context"
)

// Contact is one row of somebody's lists. What the bits of Lists mean is the
// caller's business; a row without any does not exist.
type Contact struct {
	Handle string
	Lists  uint8
	Name   string // the name that the owner sees, plain text
	GUID   string
}

// Contact gives a row of an owner's lists, or ErrNotFound.
func (tx *Tx) Contact(ctx context.Context, owner int64, handle string) (Contact, error) {
	c := Contact{Handle: handle}
	err := tx.row(ctx, `SELECT lists, name, guid FROM contacts WHERE owner = $1 AND handle = $2`,
		[]any{owner, handle}, &c.Lists, &c.Name, &c.GUID)
	return c, err
}

// ContactByGUID is [Tx.Contact] by the GUID of the row.
func (tx *Tx) ContactByGUID(ctx context.Context, owner int64, guid string) (Contact, error) {
	c := Contact{GUID: guid}
	err := tx.row(ctx, `SELECT handle, lists, name FROM contacts WHERE owner = $1 AND guid = $2`,
		[]any{owner, guid}, &c.Handle, &c.Lists, &c.Name)
	return c, err
}

// ContactByGUID asks for the row with a GUID. If there is none, nothing is read.
func (l *Look) ContactByGUID(owner, guid string, c *Contact) {
	l.rows(`SELECT c.handle, c.lists, c.name FROM accounts a JOIN contacts c ON c.owner = a.id
		WHERE a.handle = $1 AND c.guid = $2`, []any{owner, guid}, func(r scanner) error {
		c.GUID = guid
		return r.Scan(&c.Handle, &c.Lists, &c.Name)
	})
}

// PutContact inserts or replaces a row of an owner's lists.
func (tx *Tx) PutContact(ctx context.Context, owner int64, c Contact) error {
	return tx.change(ctx, `INSERT INTO contacts (owner, handle, lists, name, guid) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (owner, handle) DO UPDATE SET lists = excluded.lists, name = excluded.name, guid = excluded.guid`,
		owner, c.Handle, int64(c.Lists), c.Name, c.GUID)
}

// DeleteContact deletes a row of an owner's lists, groups included.
func (tx *Tx) DeleteContact(ctx context.Context, owner int64, handle string) error {
	return tx.change(ctx, `DELETE FROM contacts WHERE owner = $1 AND handle = $2`, owner, handle)
}

// CountContacts counts the rows of an owner that are on one of the lists.
func (tx *Tx) CountContacts(ctx context.Context, owner int64, lists uint8) (int, error) {
	var n int
	err := tx.row(ctx, `SELECT COUNT(*) FROM contacts WHERE owner = $1 AND (lists & $2) <> 0`,
		[]any{owner, int64(lists)}, &n)
	return n, err
}

// EachEntry calls fn for each row of an owner's lists, in the order of the
// handles.
func (tx *Tx) EachEntry(ctx context.Context, owner int64, fn func(handle string, lists uint8)) error {
	var handle string
	var lists uint8
	dest := []any{&handle, &lists}
	return tx.rows(ctx, `SELECT handle, lists FROM contacts WHERE owner = $1 ORDER BY handle`,
		[]any{owner}, func(r scanner) error {
			if err := r.Scan(dest...); err != nil {
				return err
			}
			fn(handle, lists)
			return nil
		})
}

// Listed is a contact together with its own account, as far as that matters to
// the owner of the list.
type Listed struct {
	Contact
	Account            bool   // there is an account, and it was looked up
	Phones             Phones // of that account
	PeerLists          uint8  // the lists of that account that the owner is on
	PeerBlocksUnlisted bool
}

// listed gives the rows of the lists of $1 together with the accounts of those
// who are on any of the lists $5.
const listed = `SELECT c.handle, c.lists, c.name, c.guid, a.id IS NOT NULL,
		COALESCE(a.phone_home, ''), COALESCE(a.phone_work, ''), COALESCE(a.phone_mobile, ''),
		COALESCE(a.mobile_device, FALSE), COALESCE(a.mobile_pages, FALSE),
		COALESCE(back.lists, 0), COALESCE(a.block_unlisted, FALSE)
	FROM contacts c
	LEFT JOIN accounts a ON a.handle = c.handle AND (c.lists & $5) <> 0
	LEFT JOIN contacts back ON back.owner = a.id AND back.handle = $1
	WHERE c.owner = ` + newer + ` ORDER BY c.handle`

// EachListed has fn called for each row of an owner's lists, in the order of
// the handles, unless the lists are known. The accounts of those on the lists of
// the mask are looked up. It is one query, however many there are.
func (l *Look) EachListed(owner string, known Known, mask uint8, fn func(Listed)) {
	l.rows(listed, append(known.args(owner), int64(mask)), func(r scanner) error {
		var l Listed
		err := r.Scan(&l.Handle, &l.Lists, &l.Name, &l.GUID, &l.Account,
			&l.Phones.Home, &l.Phones.Work, &l.Phones.Mobile, &l.Phones.Device, &l.Phones.Pages,
			&l.PeerLists, &l.PeerBlocksUnlisted)
		if err == nil {
			fn(l)
		}
		return err
	})
}

// Holder is somebody who has a given handle on their lists.
type Holder struct {
	ID     int64
	Handle string
	Lists  uint8  // where the handle stands
	GUID   string // of the row
}

// Holders gives everybody who has a handle on any of their lists.
func (tx *Tx) Holders(ctx context.Context, handle string) ([]Holder, error) {
	var list []Holder
	err := tx.rows(ctx, `SELECT a.id, a.handle, c.lists, c.guid FROM contacts c
		JOIN accounts a ON a.id = c.owner WHERE c.handle = $1 ORDER BY a.handle`,
		[]any{handle}, func(r scanner) error {
			var h Holder
			if err := r.Scan(&h.ID, &h.Handle, &h.Lists, &h.GUID); err != nil {
				return err
			}
			list = append(list, h)
			return nil
		})
	return list, err
}
