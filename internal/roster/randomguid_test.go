package roster

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"

	"github.com/papilio-im/papilio/msnp"
)

// What clients since MSNP10 do, who name contacts and groups by GUIDs.

const nobodysGUID = "00000000-0000-4000-8000-00000000000A"

// guid gives the GUID of a contact, or one of nobody.
func (x *machine) guid(t *rapid.T, owner, handle string) string {
	full, err := x.s.Load(t.Context(), owner, Known{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range full.Contacts {
		if c.Handle == handle {
			return c.GUID
		}
	}
	return nobodysGUID
}

// groupGUID gives the GUID of a group, in capital letters, or one of none.
func (x *machine) groupGUID(t *rapid.T, owner string, number int) msnp.GUID {
	full, err := x.s.Load(t.Context(), owner, Known{})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range full.Groups {
		if g.Number == number {
			return msnp.GUID(strings.ToUpper(g.GUID))
		}
	}
	return nobodysGUID
}

func (x *machine) place(t *rapid.T) {
	owner, handle, number := x.owner.Draw(t, "owner"), x.other.Draw(t, "handle"), rapid.IntRange(0, 4).Draw(t, "group")
	contact := msnp.GUID(strings.ToUpper(x.guid(t, owner, handle)))
	group := x.groupGUID(t, owner, number)
	want, code := x.m.place(owner, handle, number)
	got, err := x.s.Place(t.Context(), owner, contact, group)
	if err == nil && !strings.EqualFold(got.GUID, string(contact)) {
		t.Fatalf("GUID %s, want %s", got.GUID, contact)
	}
	same(t, got, err, want, code)
}

func (m *model) place(owner, handle string, number int) (Change, msnp.Code) {
	me := m.people[owner]
	k := me.contacts[handle]
	switch _, there := me.groups[number]; {
	case k == nil || !k.on.Has(Forward):
		return Change{}, 208
	case !there || number == 0:
		return Change{}, 224
	case k.in[number]:
		return Change{}, 215
	case len(k.in) == 1:
		delete(k.in, 0)
	}
	k.in[number] = true
	return Change{Version: me.touch(), Handle: handle}, 0
}

func (x *machine) removeByGUID(t *rapid.T) {
	owner, handle, number := x.owner.Draw(t, "owner"), x.other.Draw(t, "handle"), anyGroup.Draw(t, "group")
	r := RemoveRequest{List: Forward, Contact: msnp.GUID(x.guid(t, owner, handle)), Group: NoGroup}
	inModel := RemoveRequest{List: Forward, Handle: handle, Group: number}
	if number >= 0 {
		r.GroupID = x.groupGUID(t, owner, number)
		inModel.GroupID = r.GroupID
	}
	if number == 0 { // which is no group to them
		inModel.Group = 99
	}
	want, code := x.m.remove(owner, inModel)
	got, err := x.s.Remove(t.Context(), owner, r)
	same(t, got, err, want, code)
	if err == nil && got.Gone {
		x.gone(owner, got)
	}
}

func (x *machine) removeGroupByGUID(t *rapid.T) {
	owner, number := x.owner.Draw(t, "owner"), rapid.IntRange(0, 4).Draw(t, "group")
	key := GroupKey{GUID: x.groupGUID(t, owner, number)}
	me := x.m.people[owner]
	name, there := me.groups[number]
	if there && number > 0 && rapid.Bool().Draw(t, "by name") {
		key = GroupKey{Name: name}
	}
	code := msnp.Code(224)
	if there && number > 0 {
		code = 0
		delete(me.groups, number)
		for _, k := range me.contacts {
			if k.in[number] {
				if delete(k.in, number); len(k.in) == 0 {
					k.in[0] = true
				}
			}
		}
		me.touch()
	}
	got, err := x.s.RemoveGroup(t.Context(), owner, key)
	same(t, fmt.Sprint(got.Group.Name, len(got.Gone)), err, fmt.Sprint(name, 0), code)
	x.sameVersion(t, owner, got.Version, err)
}

func (x *machine) renameByGUID(t *rapid.T) {
	owner, handle, name := x.owner.Draw(t, "owner"), x.other.Draw(t, "handle"), anyName.Draw(t, "name")
	contact := msnp.GUID(x.guid(t, owner, handle))
	var code msnp.Code
	k := x.m.people[owner].contacts[handle]
	switch {
	case k == nil || !k.on.Has(Forward):
		code = 208
	case k.name != name:
		k.name = name
		x.m.people[owner].touch()
	}
	same(t, 0, x.s.Listed(t.Context(), owner, contact), 0, code)
	same(t, 0, x.s.RenameListed(t.Context(), owner, contact, name), 0, code)
}

func (x *machine) acknowledge(t *rapid.T) {
	owner, handle := x.owner.Draw(t, "owner"), x.other.Draw(t, "handle")
	want, code := x.m.acknowledge(owner, handle)
	got, err := x.s.Acknowledge(t.Context(), owner, handle)
	same(t, got, err, want, code)
}

func (m *model) acknowledge(owner, handle string) (Change, msnp.Code) {
	me, peer := m.people[owner], m.people[handle]
	switch k := me.contacts[handle]; {
	case peer == nil:
		return Change{}, 205
	case k == nil || !k.on.Has(Reverse):
		return Change{}, 201
	case !k.on.Has(Pending):
		return Change{}, 215
	default:
		k.on &^= Pending
	}
	return Change{Version: me.touch(), Handle: handle}, 0
}
