package roster

import (
	"iter"
	"slices"
	"strings"
	"unique"
)

// Entry is a handle and the lists that it is on.
type Entry struct {
	Handle string
	Lists  Lists
}

// Privacy is what must be in memory for everybody who is signed in: who is on
// which of their lists. It is small. Handles are interned, since the same
// handle stands on the lists of many; a contact costs nine octets here, in two
// arrays because one of pairs would pad each to sixteen.
//
// The zero value is the privacy of somebody with empty lists. It is not safe
// for concurrent change.
type Privacy struct {
	Version       uint32 // of the lists when they were read
	BlockUnlisted bool   // BLP BL: whoever is on no list is blocked
	handles       []unique.Handle[string]
	lists         []Lists
}

// NewPrivacy makes a Privacy out of entries in any order.
func NewPrivacy(blockUnlisted bool, entries ...Entry) Privacy {
	p := Privacy{BlockUnlisted: blockUnlisted}
	for _, e := range entries {
		p.Set(e.Handle, e.Lists)
	}
	return p
}

// append adds an entry as the store gives them, in order. Pending is left out:
// no rule asks for it.
func (p *Privacy) append(handle string, lists uint8) {
	p.handles = append(p.handles, unique.Make(handle))
	p.lists = append(p.lists, Lists(lists)&^Pending)
}

// clip gives back the room that appending took too much.
func (p *Privacy) clip() {
	p.handles = slices.Clone(p.handles)
	p.lists = slices.Clone(p.lists)
}

// Len gives the number of handles on any list.
func (p *Privacy) Len() int { return len(p.handles) }

// At gives an entry; they are in the order of their handles.
func (p *Privacy) At(i int) Entry { return Entry{p.handles[i].Value(), p.lists[i]} }

// All gives the entries that are on any of the given lists.
func (p *Privacy) All(on Lists) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for i, l := range p.lists {
			if l&on != 0 && !yield(p.At(i)) {
				return
			}
		}
	}
}

// Lookup gives the lists that a handle is on.
func (p *Privacy) Lookup(handle string) Lists {
	if i, found := p.find(handle); found {
		return p.lists[i]
	}
	return 0
}

// Set puts a handle on lists, besides those that it is on.
func (p *Privacy) Set(handle string, lists Lists) {
	i, found := p.find(handle)
	switch {
	case found:
		p.lists[i] |= lists
	case lists != 0:
		p.handles = slices.Insert(p.handles, i, unique.Make(handle))
		p.lists = slices.Insert(p.lists, i, lists)
	}
}

// Clear takes a handle off lists; one that is on none is forgotten.
func (p *Privacy) Clear(handle string, lists Lists) {
	i, found := p.find(handle)
	if !found {
		return
	}
	if p.lists[i] &^= lists; p.lists[i] == 0 {
		p.handles = slices.Delete(p.handles, i, i+1)
		p.lists = slices.Delete(p.lists, i, i+1)
	}
}

func (p *Privacy) find(handle string) (int, bool) {
	return slices.BinarySearchFunc(p.handles, handle, func(h unique.Handle[string], want string) int {
		return strings.Compare(h.Value(), want)
	})
}
