package roster

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/msnp"
)

// NoGroup is the group of a request that names none.
const NoGroup = -1

// AddRequest puts somebody on a list.
type AddRequest struct {
	List   Lists // Forward, Allow or Block
	Handle string
	Name   string // to store for the contact, plain text; the handle if empty
	Group  int    // NoGroup, or a number; for Forward only
	// Grouped says that the client knows groups: adding somebody who is on
	// the forward list already then puts them into one group more.
	Grouped bool
	// Pends says that the client knows the pending list: whom it allows or blocks
	// stays there, until it says that its user has answered.
	Pends bool
}

// RemoveRequest takes somebody off a list.
type RemoveRequest struct {
	List   Lists // Forward, Allow, Block or Pending
	Handle string
	Group  int // NoGroup: off the list; else out of that group, and off the list if it was the last
	// Contact stands for Handle in the requests of clients since MSNP10 for the
	// forward list, and GroupID for Group. Whoever is out of the last group stays on
	// the list.
	Contact msnp.GUID
	GroupID msnp.GUID // "": off the list
}

// Change says what an edit did, and what there is to tell others.
type Change struct {
	Version uint32 // the new version of the owner's lists
	Handle  string // the contact, in lower case
	GUID    string // of the contact, after Add to the forward list and Place
	New     bool   // the contact is newly on the forward list
	Gone    bool   // the contact has left the forward list
	// Peer is the new version of the contact's own lists if their reverse list
	// gained (New) or lost (Gone) the owner; else 0.
	Peer uint32
	// Revealed is the new version of the contact's own lists if the owner was
	// put on Allow and is on the contact's forward list: the contact may now be
	// sent the owner's phones. Else 0.
	Revealed uint32
}

// Add puts somebody on one of the owner's lists, with all that follows from
// it. It is refused, in this order, with [Close] (no such list, name too
// long), 201 (no handle), 205 (no such account), 224 (no such group), 210
// (list full), 215 (there already) and 219 (on the opposite list).
func (s *Service) Add(ctx context.Context, owner string, r AddRequest) (Change, error) {
	if !editableList(r.List) || tooLong(r.Name, msnp.MaxName) || r.Group >= maxGroups {
		return Change{}, Close
	}
	handle, err := msnp.ParseHandle(r.Handle)
	if err != nil || !storable(r.Name) {
		return Change{}, Refusal{msnp.CodeParameter}
	}
	r.Handle = handle
	if r.Name == "" {
		r.Name = handle
	}
	var change Change
	err = s.edit(ctx, owner, func(ctx context.Context, e *edit) error {
		change, err = e.add(ctx, r)
		return err
	}, r.Handle)
	if err != nil {
		return Change{}, err
	}
	return change, nil
}

func (e *edit) add(ctx context.Context, r AddRequest) (Change, error) {
	peer, err := e.tx.Owner(ctx, r.Handle)
	if errors.Is(err, store.ErrNotFound) {
		return Change{}, Refusal{msnp.CodeNoSuchAccount}
	}
	if err != nil {
		return Change{}, err
	}
	c, err := e.contact(ctx, e.me.ID, r.Handle)
	if err != nil {
		return Change{}, err
	}
	change := Change{Handle: r.Handle}
	if r.List == Forward && r.Grouped {
		if r.Group = max(r.Group, 0); r.Group > 0 {
			if err := e.wantGroup(ctx, r.Group); err != nil {
				return Change{}, err
			}
		}
		if Lists(c.Lists).Has(Forward) {
			change.Version, err = e.place(ctx, r)
			return change, err
		}
	}
	if err := e.mayAdd(ctx, c, r.List); err != nil {
		return Change{}, err
	}
	return e.list(ctx, c, peer, r, change)
}

func (e *edit) wantGroup(ctx context.Context, number int) error {
	has, err := e.tx.HasGroup(ctx, e.me.ID, number)
	if err == nil && !has {
		return Refusal{msnp.CodeNoSuchGroup}
	}
	return err
}

// mayAdd checks what stands against putting a contact on a list.
func (e *edit) mayAdd(ctx context.Context, c store.Contact, list Lists) error {
	n, err := e.tx.CountContacts(ctx, e.me.ID, uint8(list))
	on := Lists(c.Lists)
	switch {
	case err != nil:
		return err
	case n >= e.limits.of(list):
		return Refusal{msnp.CodeListFull}
	case on.Has(list):
		return Refusal{msnp.CodeAlreadyThere}
	case list == Allow && on.Has(Block), list == Block && on.Has(Allow):
		return Refusal{msnp.CodeOppositeList}
	}
	return nil
}

// list puts a contact on a list that it is not on, and the owner on the
// contact's reverse list.
func (e *edit) list(ctx context.Context, c store.Contact, peer store.Owner, r AddRequest, change Change) (Change, error) {
	watched := Lists(c.Lists).Has(Reverse)
	if c.Lists == 0 || r.List == Forward {
		c.Name = r.Name
	}
	on := Lists(c.Lists) | r.List
	if r.List != Forward && !r.Pends {
		on &^= Pending // the owner has answered
	}
	c.Lists = uint8(on)
	if c.GUID == "" {
		c.GUID = store.NewGUID()
	}
	if err := e.put(ctx, e.me.ID, c); err != nil {
		return Change{}, err
	}
	if r.List == Forward {
		change.GUID = c.GUID
	}
	if r.List == Forward && r.Grouped && r.Group > 0 {
		if err := e.tx.AddMember(ctx, e.me.ID, c.Handle, r.Group); err != nil {
			return Change{}, err
		}
	}
	var err error
	if change.Version, err = e.touch(ctx); err != nil {
		return Change{}, err
	}
	switch {
	case r.List == Forward:
		change.New = true
		change.Peer, err = e.join(ctx, peer.ID)
	case r.List == Allow && watched:
		change.Revealed, err = e.tx.TouchLists(ctx, peer.ID, e.now)
	}
	return change, err
}

// join puts the owner on somebody's reverse list, and on the pending list if
// they have yet to decide about the owner.
func (e *edit) join(ctx context.Context, peer int64) (version uint32, err error) {
	back, err := e.contact(ctx, peer, e.handle)
	if err != nil {
		return 0, err
	}
	if back.Lists == 0 {
		back.Name = e.me.Name
	}
	on := Lists(back.Lists) | Reverse
	if !on.Has(Allow | Block) {
		on |= Pending
	}
	back.Lists = uint8(on)
	if err := e.put(ctx, peer, back); err != nil {
		return 0, err
	}
	return e.tx.TouchLists(ctx, peer, e.now)
}

// place puts a contact that is on the forward list into one group more.
func (e *edit) place(ctx context.Context, r AddRequest) (version uint32, err error) {
	in, err := e.groupsOf(ctx, r.Handle)
	if err != nil {
		return 0, err
	}
	if slices.Contains(in, r.Group) {
		return 0, Refusal{msnp.CodeAlreadyThere}
	}
	// Group 0 is written down only beside others, so it may be missing yet.
	for _, number := range append(in, r.Group) {
		if err := e.tx.AddMember(ctx, e.me.ID, r.Handle, number); err != nil {
			return 0, err
		}
	}
	return e.touch(ctx)
}

// groupsOf gives the groups of a contact; in none means in group 0.
func (e *edit) groupsOf(ctx context.Context, handle string) ([]int, error) {
	in, err := e.tx.GroupsOf(ctx, e.me.ID, handle)
	if len(in) == 0 {
		in = []int{0}
	}
	return in, err
}

func editableList(list Lists) bool { return list == Forward || list == Allow || list == Block }

// tooLong reports whether a text is over its limit in the form that it has on
// the wire.
func tooLong(text string, limit int) bool {
	return len(text) > limit || len(msnp.Encode(text)) > limit
}

// storable reports whether a text can be kept: every database takes UTF-8, but
// not all of them take NUL.
func storable(text string) bool {
	return utf8.ValidString(text) && !strings.Contains(text, "\x00")
}

// kept gives a handle in the form that it is kept in. It need not be one: a
// word that is no handle is on no list, and false says that it cannot be.
func kept(handle string) (string, bool) { return strings.ToLower(handle), storable(handle) }
