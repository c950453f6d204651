package roster

import (
	"context"
	"errors"
	"slices"

	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/msnp"
)

// Clients since MSNP10 name groups and the contacts of the forward list by GUIDs,
// which are taken in letters of either case. GUIDs of contacts on other lists alone
// are not known to clients, and so name nobody.

// listed gives the contact of the forward list with a GUID. There is none for a
// contact on no list.
func (e *edit) listed(ctx context.Context, guid string) (store.Contact, error) {
	c, err := e.tx.ContactByGUID(ctx, e.me.ID, guid)
	if errors.Is(err, store.ErrNotFound) || err == nil && !Lists(c.Lists).Has(Forward) {
		return store.Contact{}, Refusal{msnp.CodeBadHandle}
	}
	return c, err
}

// look gives the contact with a GUID as it is outside of any edit, nobody if there
// is none.
func (s *Service) look(ctx context.Context, owner, guid string) (store.Contact, error) {
	var c store.Contact
	err := s.db.Look(ctx, func(l *store.Look) {
		c = store.Contact{}
		l.ContactByGUID(owner, guid, &c)
	})
	return c, outcome(owner, err)
}

// Place puts a contact of the forward list into a group, both named by GUIDs. It is
// refused with 208 (no such contact), 224 (no such group) and 215 (in it already),
// in this order.
func (s *Service) Place(ctx context.Context, owner string, contact, group msnp.GUID) (Change, error) {
	var change Change
	err := s.edit(ctx, owner, func(ctx context.Context, e *edit) error {
		c, err := e.listed(ctx, string(contact.Lower()))
		if err != nil {
			return err
		}
		g, err := e.group(ctx, GroupKey{GUID: group})
		if err != nil {
			return err
		}
		change = Change{Handle: c.Handle, GUID: c.GUID}
		change.Version, err = e.regroup(ctx, c.Handle, g.Number)
		return err
	})
	if err != nil {
		return Change{}, err
	}
	return change, nil
}

// regroup puts a contact into a group. One that was in group 0 alone, which is no
// group to the client, is in that no more.
func (e *edit) regroup(ctx context.Context, handle string, number int) (version uint32, err error) {
	in, err := e.groupsOf(ctx, handle)
	switch {
	case err != nil:
		return 0, err
	case slices.Contains(in, number):
		return 0, Refusal{msnp.CodeAlreadyThere}
	case slices.Equal(in, onlyGroupZero):
		if err := e.tx.RemoveMember(ctx, e.me.ID, handle, 0); err != nil {
			return 0, err
		}
	}
	if err := e.tx.AddMember(ctx, e.me.ID, handle, number); err != nil {
		return 0, err
	}
	return e.touch(ctx)
}

// RenameListed is [Service.RenameContact] for a contact of the forward list that is
// named by its GUID. It is refused with 209 (the name) and 208 (no such contact). A
// name that is stored already is only looked at: clients send those by the dozen.
func (s *Service) RenameListed(ctx context.Context, owner string, contact msnp.GUID, name string) error {
	if name == "" || tooLong(name, msnp.MaxName) || !storable(name) {
		return Refusal{msnp.CodeNameRefused}
	}
	guid := string(contact.Lower())
	if c, err := s.lookListed(ctx, owner, guid); err != nil || c.Name == name {
		return err
	}
	return s.edit(ctx, owner, func(ctx context.Context, e *edit) error {
		c, err := e.listed(ctx, guid)
		if err == nil {
			_, err = e.rename(ctx, c, name)
		}
		return err
	})
}

// Listed refuses with 208 what is not the GUID of a contact of the forward list.
func (s *Service) Listed(ctx context.Context, owner string, contact msnp.GUID) error {
	_, err := s.lookListed(ctx, owner, string(contact.Lower()))
	return err
}

func (s *Service) lookListed(ctx context.Context, owner, guid string) (store.Contact, error) {
	c, err := s.look(ctx, owner, guid)
	if err == nil && !Lists(c.Lists).Has(Forward) {
		err = Refusal{msnp.CodeBadHandle}
	}
	return c, err
}
