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

// GroupKey says which group is meant. Clients since MSNP10 give its GUID, or,
// rarely, its name; if there is neither it is the number that older ones give.
type GroupKey struct {
	Number int
	GUID   msnp.GUID
	Name   string // plain text
}

// numbered reports whether a group is named by its number.
func (k GroupKey) numbered() bool { return k.GUID == "" && k.Name == "" }

// possible reports whether there can be such a group.
func (k GroupKey) possible() bool { return !k.numbered() || k.Number >= 0 && k.Number < maxGroups }

// find gives the index of a group, or -1. To those who do not name it by its number
// group 0 is none.
func (k GroupKey) find(groups []Group) int {
	guid := string(k.GUID.Lower())
	return slices.IndexFunc(groups, func(g Group) bool {
		switch {
		case k.numbered():
			return g.Number == k.Number
		case g.Number == 0:
			return false
		case guid != "":
			return g.GUID == guid
		}
		return g.Name == k.Name
	})
}

// group gives a group of the owner's, or refuses with 224.
func (e *edit) group(ctx context.Context, key GroupKey) (Group, error) {
	groups, err := e.tx.Groups(ctx, e.me.ID)
	if err != nil {
		return Group{}, err
	}
	at := key.find(groups)
	if at < 0 {
		return Group{}, Refusal{msnp.CodeNoSuchGroup}
	}
	return groups[at], nil
}

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
func (s *Service) RenameGroup(ctx context.Context, owner string, key GroupKey, name string) (version uint32, err error) {
	if !key.possible() || name == "" || tooLong(name, maxGroupRename) || !storable(name) {
		return 0, Close
	}
	err = s.edit(ctx, owner, func(ctx context.Context, e *edit) error {
		version, err = e.renameGroup(ctx, key, name)
		return err
	})
	return version, err
}

func (e *edit) renameGroup(ctx context.Context, key GroupKey, name string) (uint32, error) {
	groups, err := e.tx.Groups(ctx, e.me.ID)
	if err != nil {
		return 0, err
	}
	at := key.find(groups)
	switch {
	case at < 0:
		return 0, Refusal{msnp.CodeNoSuchGroup}
	case groups[at].Name == name:
		return e.me.Version, nil
	case slices.ContainsFunc(groups, func(g Group) bool { return g.Name == name }):
		return 0, Refusal{msnp.CodeGroupExists}
	}
	if err := e.tx.RenameGroup(ctx, e.me.ID, groups[at].Number, name); err != nil {
		return 0, err
	}
	return e.touch(ctx)
}

// GroupRemoved is what the removal of a group came to.
type GroupRemoved struct {
	Version uint32 // the new version of the owner's lists
	Group   Group
	Gone    []Change // for those who left the forward list; all with the same version
}

// RemoveGroup deletes a group. Contacts that were in no other leave the forward
// list if the group is named by its number, as clients up to MSNP9 expect; else
// they stay, in no group. It is refused with [Close] (no such number), 230 (group 0)
// and 224 (no such group).
func (s *Service) RemoveGroup(ctx context.Context, owner string, key GroupKey) (GroupRemoved, error) {
	if !key.possible() {
		return GroupRemoved{}, Close
	}
	if key.numbered() && key.Number == 0 {
		return GroupRemoved{}, Refusal{msnp.CodeGroupZero}
	}
	var removed GroupRemoved
	remove := func(ctx context.Context, e *edit) (err error) {
		removed, err = e.removeGroup(ctx, key)
		return err
	}
	var err error
	if key.numbered() {
		err = s.editAll(ctx, owner, remove)
	} else { // nobody else's lists change
		err = s.edit(ctx, owner, remove)
	}
	if err != nil {
		return GroupRemoved{}, err
	}
	return removed, nil
}

func (e *edit) removeGroup(ctx context.Context, key GroupKey) (GroupRemoved, error) {
	group, err := e.group(ctx, key)
	if err != nil {
		return GroupRemoved{}, err
	}
	removed := GroupRemoved{Group: group}
	var only []string
	if key.numbered() {
		if only, err = e.onlyIn(ctx, group.Number); err != nil {
			return GroupRemoved{}, err
		}
	}
	if err := e.tx.DeleteGroup(ctx, e.me.ID, group.Number); err != nil {
		return GroupRemoved{}, err
	}
	if removed.Version, err = e.touch(ctx); err != nil {
		return GroupRemoved{}, err
	}
	for _, handle := range only {
		change, err := e.drop(ctx, handle, removed.Version)
		if err != nil {
			return GroupRemoved{}, err
		}
		removed.Gone = append(removed.Gone, change)
	}
	return removed, nil
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
	change := Change{Version: version, Handle: handle, Gone: true}
	c, err := e.contact(ctx, e.me.ID, handle)
	if err != nil {
		return change, err
	}
	if err := e.unlist(ctx, c, Forward); err != nil {
		return change, err
	}
	change.Peer, err = e.leave(ctx, handle)
	return change, err
}
