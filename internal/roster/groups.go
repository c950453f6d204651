package roster

import (
	"context"
	"slices"

	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/msnp"
)

// maxGroupRename bounds the name that a group may be renamed to, in octets
// once encoded; a new group's has the shorter bound msnp.MaxGroupName.
const maxGroupRename = 127

// AddGroup makes a group with the lowest free number, and gives it and the new
// version of the lists. It is refused with 223 (too many), 228 (name used) and
// 229 (name too long).
func (s *Service) AddGroup(ctx context.Context, owner, name string) (g Group, version uint32, err error) {
	if !storable(name) || name == "" {
		return Group{}, 0, Close
	}
	err = s.edit(ctx, owner, func(ctx context.Context, e *edit) error {
		g, version, err = e.addGroup(ctx, name)
		return err
	})
	if err != nil {
		return Group{}, 0, err
	}
	return g, version, nil
}

func (e *edit) addGroup(ctx context.Context, name string) (Group, uint32, error) {
	groups, err := e.tx.Groups(ctx, e.me.ID)
	switch {
	case err != nil:
		return Group{}, 0, err
	case len(groups) >= e.limits.Groups:
		return Group{}, 0, Refusal{msnp.CodeTooManyGroups}
	case slices.ContainsFunc(groups, func(g Group) bool { return g.Name == name }):
		return Group{}, 0, Refusal{msnp.CodeGroupExists}
	case tooLong(name, msnp.MaxGroupName):
		return Group{}, 0, Refusal{msnp.CodeGroupNameLong}
	}
	g := Group{Number: lowestFree(groups), GUID: store.NewGUID(), Name: name}
	if err := e.tx.InsertGroup(ctx, e.me.ID, g); err != nil {
		return Group{}, 0, err
	}
	version, err := e.touch(ctx)
	return g, version, err
}

// lowestFree gives the lowest number that no group has; groups are in order.
func lowestFree(groups []Group) int {
	for i, g := range groups {
		if g.Number != i {
			return i
		}
	}
	return len(groups)
}

// RenameGroup gives a group another name, and returns the new version of the
// lists. It is refused with [Close] (no such number, name too long), 224 (no
// such group) and 228 (name used).
func (s *Service) RenameGroup(ctx context.Context, owner string, number int, name string) (version uint32, err error) {
	if number < 0 || number >= maxGroups || name == "" || tooLong(name, maxGroupRename) || !storable(name) {
		return 0, Close
	}
	err = s.edit(ctx, owner, func(ctx context.Context, e *edit) error {
		version, err = e.renameGroup(ctx, number, name)
		return err
	})
	return version, err
}

func (e *edit) renameGroup(ctx context.Context, number int, name string) (uint32, error) {
	groups, err := e.tx.Groups(ctx, e.me.ID)
	if err != nil {
		return 0, err
	}
	at := slices.IndexFunc(groups, func(g Group) bool { return g.Number == number })
	switch {
	case at < 0:
		return 0, Refusal{msnp.CodeNoSuchGroup}
	case groups[at].Name == name:
		return e.me.Version, nil
	case slices.ContainsFunc(groups, func(g Group) bool { return g.Name == name }):
		return 0, Refusal{msnp.CodeGroupExists}
	}
	if err := e.tx.RenameGroup(ctx, e.me.ID, number, name); err != nil {
		return 0, err
	}
	return e.touch(ctx)
}

// RemoveGroup deletes a group. Contacts that were in no other leave the
// forward list, as clients up to MSNP9 expect; there is a Change for each of
// them, all with the owner's new version. It is refused with [Close] (no such
// number), 230 (group 0) and 224 (no such group).
func (s *Service) RemoveGroup(ctx context.Context, owner string, number int) (gone []Change, version uint32, err error) {
	if number < 0 || number >= maxGroups {
		return nil, 0, Close
	}
	if number == 0 {
		return nil, 0, Refusal{msnp.CodeGroupZero}
	}
	err = s.editAll(ctx, owner, func(ctx context.Context, e *edit) error {
		gone, version, err = e.removeGroup(ctx, number)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return gone, version, nil
}

func (e *edit) removeGroup(ctx context.Context, number int) ([]Change, uint32, error) {
	if err := e.wantGroup(ctx, number); err != nil {
		return nil, 0, err
	}
	only, err := e.onlyIn(ctx, number)
	if err != nil {
		return nil, 0, err
	}
	if err := e.tx.DeleteGroup(ctx, e.me.ID, number); err != nil {
		return nil, 0, err
	}
	version, err := e.touch(ctx)
	if err != nil {
		return nil, 0, err
	}
	var gone []Change
	for _, handle := range only {
		change, err := e.drop(ctx, handle, version)
		if err != nil {
			return nil, 0, err
		}
		gone = append(gone, change)
	}
	return gone, version, nil
}

// onlyIn gives the contacts that are in one group and in no other.
func (e *edit) onlyIn(ctx context.Context, number int) ([]string, error) {
	in := make(map[string][]int)
	var order []string
	err := e.tx.EachMember(ctx, e.me.ID, func(handle string, n int) {
		if in[handle] == nil {
			order = append(order, handle)
		}
		in[handle] = append(in[handle], n)
	})
	return slices.DeleteFunc(order, func(handle string) bool {
		return !slices.Equal(in[handle], []int{number})
	}), err
}

// drop takes a contact off the forward list as part of a greater change.
func (e *edit) drop(ctx context.Context, handle string, version uint32) (Change, error) {
	change := Change{Version: version, Handle: handle, Gone: true, OwnerName: e.me.Name}
	c, err := e.contact(ctx, e.me.ID, handle)
	if err != nil {
		return change, err
	}
	if err := e.unlist(ctx, c, Forward); err != nil {
		return change, err
	}
	change.Peer, change.PeerName, err = e.leave(ctx, handle)
	return change, err
}
