package check

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// Roster is what somebody's lists are: all that its owner alone can change.
type Roster struct {
	Contacts map[string]Contact
	Groups   map[int]string // nil for a version without groups
	// Named says that groups have GUIDs instead of numbers (since MSNP10). What stands
	// for their numbers here is made of their names, which clients cannot have twice,
	// see [GroupNumber]. There is no group 0 then, and contacts may be in none.
	Named bool
}

// GroupNumber stands for the number of a group that has none.
func GroupNumber(name string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // which cannot fail
	return 1 + int(h.Sum32()%math.MaxInt32)
}

// Contact is somebody on the forward, allow or block list.
type Contact struct {
	On     client.Lists
	Name   string // of those on the forward list
	Groups []int  // likewise, in order
}

const editable = client.OnForward | client.OnAllow | client.OnBlock

// RosterOf takes from what a client knows what its owner can change.
func RosterOf(r client.Roster, v msnp.Version) Roster {
	out := Roster{Contacts: make(map[string]Contact), Named: v.Has(msnp.FeatureGUIDs)}
	if v.Has(msnp.FeatureGroups) || out.Named {
		out.Groups = make(map[int]string)
	}
	numbers := make(map[int]int) // by the client's
	for _, g := range r.Groups {
		numbers[g.ID] = g.ID
		if out.Named {
			numbers[g.ID] = GroupNumber(g.Name)
		}
		out.Groups[numbers[g.ID]] = g.Name
	}
	for _, p := range r.Contacts {
		c := Contact{On: p.Lists & editable}
		if c.On == 0 {
			continue
		}
		if c.On.Has(client.OnForward) {
			c.Name = p.Name
			if out.Groups != nil {
				c.Groups = renumbered(p.Groups, numbers)
			}
		}
		out.Contacts[p.Handle] = c
	}
	return out
}

// renumbered gives the groups of somebody by other numbers, in order.
func renumbered(groups []int, numbers map[int]int) []int {
	var out []int
	for _, id := range groups {
		out = append(out, numbers[id])
	}
	slices.Sort(out)
	return out
}

// clone copies what a change would touch. The groups of contacts are never changed
// in place.
func (r Roster) clone() Roster {
	return Roster{Contacts: maps.Clone(r.Contacts), Groups: maps.Clone(r.Groups), Named: r.Named}
}

func (r Roster) equal(other Roster) bool {
	return maps.Equal(r.Groups, other.Groups) && maps.EqualFunc(r.Contacts, other.Contacts, Contact.equal)
}

func (c Contact) equal(other Contact) bool {
	return c.On == other.On && c.Name == other.Name && slices.Equal(c.Groups, other.Groups)
}

// put keeps a contact, or drops it when it is on no list.
func (r Roster) put(handle string, c Contact) {
	if c.On == 0 {
		delete(r.Contacts, handle)
		return
	}
	if !c.On.Has(client.OnForward) {
		c.Name, c.Groups = "", nil
	}
	r.Contacts[handle] = c
}

// difference tells in words how r is not what was wanted.
func (r Roster) difference(want Roster) string {
	var parts []string
	for _, handle := range slices.Sorted(maps.Keys(want.Contacts)) {
		if got := r.Contacts[handle]; !got.equal(want.Contacts[handle]) {
			parts = append(parts, fmt.Sprintf("%s is %s and should be %s", handle, got, want.Contacts[handle]))
		}
	}
	for _, handle := range slices.Sorted(maps.Keys(r.Contacts)) {
		if _, ok := want.Contacts[handle]; !ok {
			parts = append(parts, fmt.Sprintf("%s is %s and should not be there", handle, r.Contacts[handle]))
		}
	}
	if !maps.Equal(r.Groups, want.Groups) {
		parts = append(parts, fmt.Sprintf("groups are %v and should be %v", r.Groups, want.Groups))
	}
	return strings.Join(parts, "; ")
}

// String is the contact in short.
func (c Contact) String() string {
	if c.On == 0 {
		return "on no list"
	}
	text := c.On.String()
	if c.On.Has(client.OnForward) {
		text += fmt.Sprintf(" %q", c.Name)
	}
	if c.Groups != nil {
		text += fmt.Sprint(" ", c.Groups)
	}
	return text
}
