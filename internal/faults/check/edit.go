package check

import (
	"fmt"
	"slices"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// Verb is what an edit does.
type Verb int

// The edits that a client can make.
const (
	Add Verb = iota
	Remove
	Rename
	AddGroup
	RenameGroup
	RemoveGroup
)

var verbNames = map[Verb]string{Add: "ADD", Remove: "REM", Rename: "REA", AddGroup: "ADG", RenameGroup: "REG", RemoveGroup: "RMG"}

// Edit is a change of the lists that a client asks for.
type Edit struct {
	Verb   Verb
	List   msnp.List
	Handle string
	Name   string // of the contact or the group
	Group  int    // msnp.NoGroup if none is named
}

// String is the edit as the client says it.
func (e Edit) String() string {
	return fmt.Sprintf("%s %s %s %q %d", verbNames[e.Verb], e.List, e.Handle, e.Name, e.Group)
}

var bits = map[msnp.List]client.Lists{
	msnp.ForwardList: client.OnForward, msnp.AllowList: client.OnAllow, msnp.BlockList: client.OnBlock,
}

// maxGroups is the number of groups that an account can have.
const maxGroups = 30

// apply gives the lists after an edit, or the code that it is refused with.
func (r Roster) apply(e Edit) (Roster, msnp.Code) {
	next := r.clone()
	var code msnp.Code
	switch e.Verb {
	case Add:
		code = next.add(e)
	case Remove:
		code = next.remove(e)
	case Rename:
		code = next.rename(e)
	default:
		code = next.group(e)
	}
	if code != 0 {
		return r, code
	}
	return next, 0
}

func (r Roster) add(e Edit) msnp.Code {
	c := r.Contacts[e.Handle]
	bit := bits[e.List]
	if !r.Named {
		e.Group = max(e.Group, 0)
	}
	grouped := bit == client.OnForward && r.Groups != nil && e.Group >= 0
	if grouped {
		if _, ok := r.Groups[e.Group]; !ok {
			return msnp.CodeNoSuchGroup
		}
		if c.On.Has(bit) {
			return r.enter(e.Handle, c, e.Group)
		}
	}
	switch {
	case c.On.Has(bit):
		return msnp.CodeAlreadyThere
	case bit == client.OnAllow && c.On.Has(client.OnBlock), bit == client.OnBlock && c.On.Has(client.OnAllow):
		return msnp.CodeOppositeList
	}
	c.On |= bit
	if bit == client.OnForward {
		if c.Name = e.Name; c.Name == "" {
			c.Name = e.Handle
		}
		if grouped {
			c.Groups = []int{e.Group}
		}
	}
	r.put(e.Handle, c)
	return 0
}

// enter puts somebody who is on the forward list into one group more.
func (r Roster) enter(handle string, c Contact, group int) msnp.Code {
	if slices.Contains(c.Groups, group) {
		return msnp.CodeAlreadyThere
	}
	c.Groups = slices.Sorted(slices.Values(append(slices.Clone(c.Groups), group)))
	r.put(handle, c)
	return 0
}

func (r Roster) remove(e Edit) msnp.Code {
	c := r.Contacts[e.Handle]
	bit := bits[e.List]
	if !c.On.Has(bit) {
		return msnp.CodeNotOnList
	}
	if bit == client.OnForward && e.Group >= 0 && r.Groups != nil {
		if _, ok := r.Groups[e.Group]; !ok {
			return msnp.CodeNoSuchGroup
		}
		if !slices.Contains(c.Groups, e.Group) {
			return msnp.CodeNotInGroup
		}
		if len(c.Groups) > 1 || r.Named {
			c.Groups = without(c.Groups, e.Group)
			r.put(e.Handle, c)
			return 0
		}
	}
	c.On &^= bit
	r.put(e.Handle, c)
	return 0
}

func without(groups []int, id int) []int {
	return slices.DeleteFunc(slices.Clone(groups), func(g int) bool { return g == id })
}

func (r Roster) rename(e Edit) msnp.Code {
	c := r.Contacts[e.Handle]
	if c.On == 0 || r.Named && !c.On.Has(client.OnForward) {
		return msnp.CodeNotOnList
	}
	c.Name = e.Name
	r.put(e.Handle, c)
	return 0
}

func (r Roster) group(e Edit) msnp.Code {
	_, exists := r.Groups[e.Group]
	named := false
	for id, name := range r.Groups {
		named = named || name == e.Name && id != e.Group
	}
	switch {
	case e.Verb == AddGroup && len(r.Groups) >= maxGroups:
		return msnp.CodeTooManyGroups
	case e.Verb == RemoveGroup && e.Group == 0:
		return msnp.CodeGroupZero
	case e.Verb != AddGroup && !exists:
		return msnp.CodeNoSuchGroup
	case e.Verb != RemoveGroup && named:
		return msnp.CodeGroupExists
	}
	switch e.Verb {
	case AddGroup:
		r.Groups[r.newGroup(e.Name)] = e.Name
	case RenameGroup:
		r.renameGroup(e.Group, e.Name)
	default:
		r.dropGroup(e.Group)
	}
	return 0
}

// newGroup is the number that the next group gets.
func (r Roster) newGroup(name string) int {
	if r.Named {
		return GroupNumber(name)
	}
	for id := 0; ; id++ {
		if _, ok := r.Groups[id]; !ok {
			return id
		}
	}
}

// renameGroup changes a name, and what is made of it.
func (r Roster) renameGroup(id int, name string) {
	if !r.Named {
		r.Groups[id] = name
		return
	}
	delete(r.Groups, id)
	r.Groups[GroupNumber(name)] = name
	for handle, c := range r.Contacts {
		if slices.Contains(c.Groups, id) {
			c.Groups = slices.Sorted(slices.Values(append(without(c.Groups, id), GroupNumber(name))))
			r.put(handle, c)
		}
	}
}

// dropGroup removes a group, and from the forward list those who are in no other, if
// everybody has to be in one.
func (r Roster) dropGroup(id int) {
	delete(r.Groups, id)
	for handle, c := range r.Contacts {
		if !slices.Contains(c.Groups, id) {
			continue
		}
		if c.Groups = without(c.Groups, id); len(c.Groups) == 0 && !r.Named {
			c.On &^= client.OnForward
		}
		r.put(handle, c)
	}
}
