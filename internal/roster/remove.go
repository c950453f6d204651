package roster

import (
	"context"
	"errors"
	"slices"

	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/msnp"
)

// Remove takes somebody off one of the owner's lists, or out of one group. It
// is refused with [Close] (no such list), 216 (not on it), 224 (no such group)
// and 225 (not in it), in this order.
func (s *Service) Remove(ctx context.Context, owner string, r RemoveRequest) (Change, error) {
	if !editableList(r.List) && r.List != Pending || r.Group >= maxGroups {
		return Change{}, Close
	}
	if r.Contact != "" {
		c, err := s.look(ctx, owner, string(r.Contact.Lower()))
		if err != nil {
			return Change{}, err
		}
		r.Handle = c.Handle // whose lists are locked, too
	}
	var possible bool
	if r.Handle, possible = kept(r.Handle); !possible {
		return Change{}, Refusal{msnp.CodeNotOnList}
	}
	var others []string
	if r.List == Forward {
		others = []string{r.Handle} // whose reverse list the owner leaves
	}
	var change Change
	err := s.edit(ctx, owner, func(ctx context.Context, e *edit) (err error) {
		change, err = e.remove(ctx, r)
		return err
	}, others...)
	if err != nil {
		return Change{}, err
	}
	return change, nil
}

func (e *edit) remove(ctx context.Context, r RemoveRequest) (Change, error) {
	c, err := e.contact(ctx, e.me.ID, r.Handle)
	if err != nil {
		return Change{}, err
	}
	if !Lists(c.Lists).Has(r.List) || r.Contact != "" && c.GUID != string(r.Contact.Lower()) {
		return Change{}, Refusal{msnp.CodeNotOnList}
	}
	change := Change{Handle: r.Handle}
	if r.List == Forward && (r.Group >= 0 || r.GroupID != "") {
		stays, err := e.ungroup(ctx, r)
		if err != nil {
			return Change{}, err
		}
		if stays {
			change.Version, err = e.touch(ctx)
			return change, err
		}
	}
	if err := e.unlist(ctx, c, r.List); err != nil {
		return Change{}, err
	}
	if change.Version, err = e.touch(ctx); err != nil || r.List != Forward {
		return change, err
	}
	change.Gone = true
	change.Peer, err = e.leave(ctx, r.Handle)
	return change, err
}

// ungroup takes a contact out of the group of the request. It reports whether that
// leaves it on the forward list; if not, nothing is done yet.
func (e *edit) ungroup(ctx context.Context, r RemoveRequest) (stays bool, err error) {
	if r.Group != 0 || r.GroupID != "" { // there is always group 0
		g, err := e.group(ctx, GroupKey{Number: r.Group, GUID: r.GroupID})
		if err != nil {
			return false, err
		}
		r.Group = g.Number
	}
	in, err := e.groupsOf(ctx, r.Handle)
	switch {
	case err != nil:
		return false, err
	case !slices.Contains(in, r.Group):
		return false, Refusal{msnp.CodeNotInGroup}
	case len(in) == 1 && r.GroupID == "":
		return false, nil
	}
	return true, e.tx.RemoveMember(ctx, e.me.ID, r.Handle, r.Group)
}

// unlist takes a contact off a list of the owner's, and out of the groups if
// it is the forward list.
func (e *edit) unlist(ctx context.Context, c store.Contact, list Lists) error {
	if list == Forward {
		if err := e.tx.RemoveMemberships(ctx, e.me.ID, c.Handle); err != nil {
			return err
		}
	}
	c.Lists &^= uint8(list)
	return e.put(ctx, e.me.ID, c)
}

// leave takes the owner off somebody's reverse list. Contacts without an
// account have none.
func (e *edit) leave(ctx context.Context, handle string) (version uint32, err error) {
	peer, err := e.tx.Owner(ctx, handle)
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	back, err := e.contact(ctx, peer.ID, e.handle)
	if err != nil {
		return 0, err
	}
	back.Lists &^= uint8(Reverse | Pending)
	if err := e.put(ctx, peer.ID, back); err != nil {
		return 0, err
	}
	return e.tx.TouchLists(ctx, peer.ID, e.now)
}
