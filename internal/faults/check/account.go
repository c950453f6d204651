package check

import (
	"fmt"
	"slices"
	"sync"

	"github.com/papilio-im/papilio/msnp"
)

// Account is what is known of somebody's lists by what their client was told. An
// edit whose outcome was not told leaves two possibilities; the next look at the
// lists decides. Its methods can be called from any goroutine, but the edits of one
// account are told in the order in which they were made.
type Account struct {
	mu       sync.Mutex
	possible []Roster
	open     []Edit // without an outcome; the latest
}

// maxOpen bounds the edits without an outcome that are remembered.
const maxOpen = 16

// NewAccount begins with lists that are known.
func NewAccount(r Roster) *Account { return &Account{possible: []Roster{r}} }

// Possible is what the lists may be, any one if there are several, and how many
// there are.
func (a *Account) Possible() (one Roster, n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.possible[0], len(a.possible)
}

// All gives everything that the lists may be.
func (a *Account) All() []Roster {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.possible)
}

// Acknowledged notes that an edit was answered as done. group is the number of a
// new group. again says that the client was moved while it waited and has asked
// twice. late and wrong are as in Seen.
func (a *Account) Acknowledged(e Edit, group int, again bool) (late bool, wrong string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.settle(e, "acknowledged", func(r Roster) (next []Roster) {
		next = acknowledged(r, e, group)
		if first, code := r.apply(e); again && code == 0 {
			next = append(next, acknowledged(first, e, group)...)
		}
		return next
	})
}

func acknowledged(r Roster, e Edit, group int) []Roster {
	if e.Verb == AddGroup && r.Groups != nil && r.newGroup(e.Name) != group {
		return nil
	}
	if after, code := r.apply(e); code == 0 {
		return []Roster{after}
	}
	return nil
}

// Refused notes that an edit was refused for what the lists are. again is as in
// Acknowledged: the first time may have been the one that counted.
func (a *Account) Refused(e Edit, code msnp.Code, again bool) (late bool, wrong string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.settle(e, fmt.Sprintf("refused with %d", code), func(r Roster) (next []Roster) {
		after, refused := r.apply(e)
		if refused == code {
			next = append(next, r)
		}
		if refused != 0 || !again {
			return next
		}
		if _, refused := after.apply(e); refused == code {
			next = append(next, after)
		}
		return next
	})
}

// Open notes that the outcome of an edit was not told.
func (a *Account) Open(e Edit) {
	a.mu.Lock()
	defer a.mu.Unlock()
	next := slices.Clone(a.possible)
	for _, r := range a.possible {
		if after, code := r.apply(e); code == 0 {
			next = append(next, after)
		}
	}
	a.possible = distinct(next)
	if a.open = append(a.open, e); len(a.open) > maxOpen {
		a.open = a.open[1:]
	}
}

// Seen compares with what the service says the lists are, which then counts. late
// reports that an edit without an outcome was made after all, after the lists had
// been seen without it; that is no broken promise.
func (a *Account) Seen(r Roster) (late bool, wrong string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	expected := a.possible
	a.possible = []Roster{r}
	if slices.ContainsFunc(expected, r.equal) {
		return false, ""
	}
	for _, e := range a.open {
		for _, before := range expected {
			if after, code := before.apply(e); code == 0 && r.equal(after) {
				return true, ""
			}
		}
	}
	nearest := r.difference(expected[0])
	for _, other := range expected[1:] {
		if d := r.difference(other); len(d) < len(nearest) {
			nearest = d
		}
	}
	return false, nearest
}

// settle keeps what is possible after an answer. If nothing is, one of the edits
// without an outcome may have been made since. If that does not explain it either it
// is wrong, and what was possible before counts on.
func (a *Account) settle(e Edit, how string, after func(Roster) []Roster) (late bool, wrong string) {
	var next []Roster
	for _, r := range a.possible {
		next = append(next, after(r)...)
	}
	if late = len(next) == 0; late {
		for _, r := range a.possible {
			for _, open := range a.open {
				if done, code := r.apply(open); code == 0 {
					next = append(next, after(done)...)
				}
			}
		}
	}
	if len(next) == 0 {
		return false, fmt.Sprintf("%s was %s, which cannot be: %s", e, how, a.describe(e))
	}
	a.possible = distinct(next)
	return late, ""
}

// describe tells what the lists have of the subject of an edit.
func (a *Account) describe(e Edit) string {
	r := a.possible[0]
	if e.Handle == "" {
		return fmt.Sprintf("groups are %v", r.Groups)
	}
	return fmt.Sprintf("%s is %s, groups are %v", e.Handle, r.Contacts[e.Handle], r.Groups)
}

func distinct(all []Roster) []Roster {
	var out []Roster
	for _, r := range all {
		if !slices.ContainsFunc(out, r.equal) {
			out = append(out, r)
		}
	}
	return out
}
