package store

import (
	"context"
	"crypto/rand"
	"fmt"
)

// FirstGroupName is what group 0 of a new account is called. Clients that find
// it alone give it a name in the person's language.
const FirstGroupName = "~"

// Group is a group of contacts.
type Group struct {
	Number int
	GUID   string
	Name   string // plain text
}

const groupColumns = `SELECT number, guid, name FROM contact_groups`

// Groups gives an owner's groups in the order of their numbers.
func (tx *Tx) Groups(ctx context.Context, owner int64) ([]Group, error) {
	var list []Group
	err := tx.rows(ctx, groupColumns+` WHERE owner = $1 ORDER BY number`, []any{owner}, appendGroup(&list))
	return list, err
}

// Groups asks for an owner's groups in the order of their numbers, unless the lists
// are known.
func (l *Look) Groups(owner string, known Known, list *[]Group) {
	l.rows(groupColumns+` WHERE owner = `+newer+` ORDER BY number`, known.args(owner), appendGroup(list))
}

func appendGroup(list *[]Group) func(scanner) error {
	return func(r scanner) error {
		var g Group
		err := r.Scan(&g.Number, &g.GUID, &g.Name)
		*list = append(*list, g)
		return err
	}
}

// InsertGroup adds a group. The caller has seen to it that its number and its
// name are free.
func (tx *Tx) InsertGroup(ctx context.Context, owner int64, g Group) error {
	return tx.change(ctx, `INSERT INTO contact_groups (owner, number, guid, name) VALUES ($1, $2, $3, $4)`,
		owner, g.Number, g.GUID, g.Name)
}

// RenameGroup gives a group another name.
func (tx *Tx) RenameGroup(ctx context.Context, owner int64, number int, name string) error {
	return tx.change(ctx, `UPDATE contact_groups SET name = $3 WHERE owner = $1 AND number = $2`, owner, number, name)
}

// DeleteGroup deletes a group; its members are in it no more.
func (tx *Tx) DeleteGroup(ctx context.Context, owner int64, number int) error {
	return tx.change(ctx, `DELETE FROM contact_groups WHERE owner = $1 AND number = $2`, owner, number)
}

// HasGroup reports whether an owner has a group of that number.
func (tx *Tx) HasGroup(ctx context.Context, owner int64, number int) (bool, error) {
	var has bool
	err := tx.row(ctx, `SELECT EXISTS (SELECT 1 FROM contact_groups WHERE owner = $1 AND number = $2)`,
		[]any{owner, number}, &has)
	return has, err
}

const memberColumns = `SELECT handle, number FROM group_members`

// EachMember calls fn for each contact and group that it is in, in the order
// of the handles and then the numbers.
func (tx *Tx) EachMember(ctx context.Context, owner int64, fn func(handle string, number int)) error {
	return tx.rows(ctx, memberColumns+` WHERE owner = $1 ORDER BY handle, number`, []any{owner}, scanMember(fn))
}

// EachMember is [Tx.EachMember], unless the lists are known.
func (l *Look) EachMember(owner string, known Known, fn func(handle string, number int)) {
	l.rows(memberColumns+` WHERE owner = `+newer+` ORDER BY handle, number`, known.args(owner), scanMember(fn))
}

func scanMember(fn func(handle string, number int)) func(scanner) error {
	return func(r scanner) error {
		var handle string
		var number int
		err := r.Scan(&handle, &number)
		if err == nil {
			fn(handle, number)
		}
		return err
	}
}

// GroupsOf gives the numbers of the groups that a contact is in, in order.
func (tx *Tx) GroupsOf(ctx context.Context, owner int64, handle string) ([]int, error) {
	var list []int
	err := tx.rows(ctx, `SELECT number FROM group_members WHERE owner = $1 AND handle = $2 ORDER BY number`,
		[]any{owner, handle}, func(r scanner) error {
			var number int
			if err := r.Scan(&number); err != nil {
				return err
			}
			list = append(list, number)
			return nil
		})
	return list, err
}

// AddMember puts a contact into a group; it may be there already.
func (tx *Tx) AddMember(ctx context.Context, owner int64, handle string, number int) error {
	return tx.change(ctx, `INSERT INTO group_members (owner, handle, number) VALUES ($1, $2, $3)
		ON CONFLICT (owner, handle, number) DO NOTHING`,
		owner, handle, number)
}

// RemoveMember takes a contact out of a group.
func (tx *Tx) RemoveMember(ctx context.Context, owner int64, handle string, number int) error {
	return tx.change(ctx, `DELETE FROM group_members WHERE owner = $1 AND handle = $2 AND number = $3`, owner, handle, number)
}

// RemoveMemberships takes a contact out of all groups.
func (tx *Tx) RemoveMemberships(ctx context.Context, owner int64, handle string) error {
	return tx.change(ctx, `DELETE FROM group_members WHERE owner = $1 AND handle = $2`, owner, handle)
}

// NewGUID gives a random GUID in the form that contacts and groups have.
func NewGUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: it stops the process instead
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
