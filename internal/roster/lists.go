package roster

import "strings"

// Lists is a set of contact lists. The bits are those of the protocol.
type Lists uint8

// The lists of an account.
const (
	Forward Lists = 1 << iota // FL: its buddies
	Allow                     // AL: they may see and call it
	Block                     // BL: they may not
	Reverse                   // RL: they have it on their forward list
	Pending                   // PL: on RL, and the account has not answered yet
)

var listNames = []struct {
	list Lists
	name string
}{{Forward, "FL"}, {Allow, "AL"}, {Block, "BL"}, {Reverse, "RL"}, {Pending, "PL"}}

// String gives the protocol's names: "FL", or "FL,AL" for a set.
func (l Lists) String() string {
	var names []string
	for _, n := range listNames {
		if l&n.list != 0 {
			names = append(names, n.name)
		}
	}
	return strings.Join(names, ",")
}

// Has reports whether any list of the set is in l.
func (l Lists) Has(set Lists) bool { return l&set != 0 }

// ParseLists reads the name of one list, "FL" to "PL", in upper case.
func ParseLists[T ~string | ~[]byte](name T) (Lists, bool) {
	for _, n := range listNames {
		if string(name) == n.name {
			return n.list, true
		}
	}
	return 0, false
}
