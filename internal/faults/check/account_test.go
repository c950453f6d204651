package check

import (
	"fmt"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

func empty() Roster {
	return Roster{Contacts: map[string]Contact{}, Groups: map[int]string{0: "Other Contacts"}}
}

func addFL(handle string) Edit {
	return Edit{Verb: Add, List: msnp.ForwardList, Handle: handle, Name: "N", Group: msnp.NoGroup}
}

func removeFL(handle string) Edit {
	return Edit{Verb: Remove, List: msnp.ForwardList, Handle: handle, Group: msnp.NoGroup}
}

// with is lists with some people on the forward list.
func with(handles ...string) Roster {
	r := empty()
	for _, h := range handles {
		r, _ = r.apply(addFL(h))
	}
	return r
}

func TestEdits(t *testing.T) {
	base := with("bea", "carl")
	base, _ = base.apply(Edit{Verb: AddGroup, Name: "Work"})
	base, _ = base.apply(Edit{Verb: Add, List: msnp.ForwardList, Handle: "carl", Group: 1})
	base, _ = base.apply(Edit{Verb: Add, List: msnp.BlockList, Handle: "dora", Group: msnp.NoGroup})
	for name, test := range map[string]struct {
		edit Edit
		code msnp.Code
		want string // of the contact, or of the groups
	}{
		"add":                     {addFL("eve"), 0, `FL "N" [0]`},
		"add to a group":          {Edit{Verb: Add, List: msnp.ForwardList, Handle: "eve", Group: 1}, 0, `FL "eve" [1]`},
		"add to no group":         {Edit{Verb: Add, List: msnp.ForwardList, Handle: "eve", Group: 2}, msnp.CodeNoSuchGroup, ""},
		"into one group more":     {Edit{Verb: Add, List: msnp.ForwardList, Handle: "bea", Group: 1}, 0, `FL "N" [0 1]`},
		"into the same group":     {Edit{Verb: Add, List: msnp.ForwardList, Handle: "carl", Group: 1}, msnp.CodeAlreadyThere, ""},
		"add again":               {addFL("bea"), msnp.CodeAlreadyThere, ""},
		"allow":                   {Edit{Verb: Add, List: msnp.AllowList, Handle: "bea"}, 0, `FL,AL "N" [0]`},
		"allow who is blocked":    {Edit{Verb: Add, List: msnp.AllowList, Handle: "dora"}, msnp.CodeOppositeList, ""},
		"block again":             {Edit{Verb: Add, List: msnp.BlockList, Handle: "dora"}, msnp.CodeAlreadyThere, ""},
		"unblock":                 {Edit{Verb: Remove, List: msnp.BlockList, Handle: "dora"}, 0, "on no list"},
		"remove":                  {removeFL("bea"), 0, "on no list"},
		"remove who is not there": {removeFL("dora"), msnp.CodeNotOnList, ""},
		"out of one group":        {Edit{Verb: Remove, List: msnp.ForwardList, Handle: "carl", Group: 0}, 0, `FL "N" [1]`},
		"out of the last group":   {Edit{Verb: Remove, List: msnp.ForwardList, Handle: "bea", Group: 0}, 0, "on no list"},
		"out of another group":    {Edit{Verb: Remove, List: msnp.ForwardList, Handle: "bea", Group: 1}, msnp.CodeNotInGroup, ""},
		"out of no group":         {Edit{Verb: Remove, List: msnp.ForwardList, Handle: "bea", Group: 9}, msnp.CodeNoSuchGroup, ""},
		"rename":                  {Edit{Verb: Rename, Handle: "bea", Name: "B"}, 0, `FL "B" [0]`},
		"rename a stranger":       {Edit{Verb: Rename, Handle: "eve", Name: "E"}, msnp.CodeNotOnList, ""},
		"new group":               {Edit{Verb: AddGroup, Name: "Home"}, 0, "map[0:Other Contacts 1:Work 2:Home]"},
		"new group of that name":  {Edit{Verb: AddGroup, Name: "Work", Group: msnp.NoGroup}, msnp.CodeGroupExists, ""},
		"rename a group":          {Edit{Verb: RenameGroup, Group: 1, Name: "Home"}, 0, "map[0:Other Contacts 1:Home]"},
		"rename to its own name":  {Edit{Verb: RenameGroup, Group: 1, Name: "Work"}, 0, "map[0:Other Contacts 1:Work]"},
		"rename no group":         {Edit{Verb: RenameGroup, Group: 5, Name: "Home"}, msnp.CodeNoSuchGroup, ""},
		"rename to another's":     {Edit{Verb: RenameGroup, Group: 0, Name: "Work"}, msnp.CodeGroupExists, ""},
		"remove a group":          {Edit{Verb: RemoveGroup, Group: 1}, 0, "map[0:Other Contacts]"},
		"remove group 0":          {Edit{Verb: RemoveGroup, Group: 0}, msnp.CodeGroupZero, ""},
	} {
		t.Run(name, func(t *testing.T) {
			after, code := base.apply(test.edit)
			if code != test.code {
				t.Fatalf("code %d, want %d", code, test.code)
			}
			if code != 0 {
				if !after.equal(base) {
					t.Errorf("refused, and changed: %s", after.difference(base))
				}
				return
			}
			got := after.Contacts[test.edit.Handle].String()
			if test.edit.Handle == "" {
				got = fmt.Sprint(after.Groups)
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// A group takes those with it who are in no other.
func TestGroupTakesItsOwn(t *testing.T) {
	r := with("bea")
	r, _ = r.apply(Edit{Verb: AddGroup, Name: "Work"})
	r, _ = r.apply(Edit{Verb: Add, List: msnp.ForwardList, Handle: "carl", Group: 1})
	r, _ = r.apply(Edit{Verb: Add, List: msnp.ForwardList, Handle: "bea", Group: 1})
	r, code := r.apply(Edit{Verb: RemoveGroup, Group: 1})
	if code != 0 || r.Contacts["bea"].On != client.OnForward || r.Contacts["carl"].On != 0 {
		t.Errorf("code %d, %v", code, r.Contacts)
	}
}

// Histories in which the service keeps its word.
func TestAccountOfAnHonestService(t *testing.T) {
	for name, play := range map[string]func(*Account) string{
		"acknowledged": func(a *Account) string {
			return acked(a, addFL("carl"), 0) + seen(a, with("bea", "carl"))
		},
		"refused": func(a *Account) string {
			return answer(a.Refused(addFL("bea"), msnp.CodeAlreadyThere, false)) + seen(a, with("bea"))
		},
		"left open and done":     func(a *Account) string { a.Open(addFL("carl")); return seen(a, with("bea", "carl")) },
		"left open and not done": func(a *Account) string { a.Open(addFL("carl")); return seen(a, with("bea")) },
		"left open, and acknowledged what follows from it": func(a *Account) string {
			a.Open(addFL("carl"))
			return acked(a, removeFL("carl"), 0) + seen(a, with("bea"))
		},
		"done before the move, refused after it": func(a *Account) string {
			return answer(a.Refused(addFL("carl"), msnp.CodeAlreadyThere, true)) + seen(a, with("bea", "carl"))
		},
		"a group that was made before the move": func(a *Account) string {
			wrong := answer(a.Refused(Edit{Verb: AddGroup, Name: "Work", Group: msnp.NoGroup}, msnp.CodeGroupExists, true))
			r, _ := with("bea").apply(Edit{Verb: AddGroup, Name: "Work"})
			return wrong + seen(a, r)
		},
	} {
		t.Run(name, func(t *testing.T) {
			if wrong := play(NewAccount(with("bea"))); wrong != "" {
				t.Error(wrong)
			}
		})
	}
}

func seen(a *Account, r Roster) string { return answer(a.Seen(r)) }

func acked(a *Account, e Edit, group int) string { return answer(a.Acknowledged(e, group, false)) }

// answer is what a model says, in a word if it is nothing wrong.
func answer(late bool, wrong string) string {
	if late {
		return "late"
	}
	return wrong
}

// Histories in which it does not.
func TestAccountOfALyingService(t *testing.T) {
	for name, test := range map[string]struct {
		play func(*Account) string
		want string
	}{
		"a lost addition": {func(a *Account) string {
			return acked(a, addFL("carl"), 0) + seen(a, with("bea"))
		}, `carl is on no list and should be FL "N" [0]`},
		"a lost removal": {func(a *Account) string {
			return acked(a, removeFL("bea"), 0) + seen(a, with("bea"))
		}, `bea is FL "N" [0] and should not be there`},
		"a lost name": {func(a *Account) string {
			return acked(a, Edit{Verb: Rename, Handle: "bea", Name: "B"}, 0) + seen(a, with("bea"))
		}, `bea is FL "N" [0] and should be FL "B" [0]`},
		"a lost group": {func(a *Account) string {
			return acked(a, Edit{Verb: AddGroup, Name: "Work"}, 1) + seen(a, with("bea"))
		}, "groups are map[0:Other Contacts] and should be map[0:Other Contacts 1:Work]"},
		"a group with a number that was taken": {func(a *Account) string {
			return acked(a, Edit{Verb: AddGroup, Name: "Work"}, 0)
		}, "which cannot be"},
		"somebody who was never added": {func(a *Account) string { return seen(a, with("bea", "carl")) }, "should not be there"},
		"acknowledged what must be refused": {func(a *Account) string {
			return acked(a, addFL("bea"), 0)
		}, "which cannot be"},
		"refused what must be done": {func(a *Account) string {
			return answer(a.Refused(addFL("carl"), msnp.CodeAlreadyThere, false))
		}, "which cannot be"},
		"half of what was left open": {func(a *Account) string {
			a.Open(Edit{Verb: RemoveGroup, Group: 3})
			a.Open(addFL("carl"))
			r, _ := with("bea").apply(Edit{Verb: Add, List: msnp.AllowList, Handle: "carl"})
			return seen(a, r)
		}, "carl is AL"},
	} {
		t.Run(name, func(t *testing.T) {
			if wrong := test.play(NewAccount(with("bea"))); !strings.Contains(wrong, test.want) {
				t.Errorf("got %q, want %q", wrong, test.want)
			}
		})
	}
}

// An edit without an outcome may be made later than anybody thought; what was
// acknowledged in between still may not be lost.
func TestLateEdit(t *testing.T) {
	a := NewAccount(with("bea"))
	a.Open(addFL("carl"))
	if wrong := seen(a, with("bea")); wrong != "" {
		t.Fatal(wrong)
	}
	if wrong := seen(a, with("bea", "carl")); wrong != "late" {
		t.Errorf("got %q", wrong)
	}
	// What is refused, or done, can show it as well as a look at the lists.
	rename := Edit{Verb: Rename, Handle: "bea", Name: "B"}
	a = NewAccount(with("bea"))
	a.Open(removeFL("bea"))
	if wrong := seen(a, with("bea")) + answer(a.Refused(rename, msnp.CodeNotOnList, false)) + seen(a, empty()); wrong != "late" {
		t.Errorf("got %q", wrong)
	}
	a = NewAccount(with("bea"))
	a.Open(removeFL("bea"))
	if wrong := seen(a, with("bea")) + acked(a, addFL("bea"), 0) + seen(a, with("bea")); wrong != "late" {
		t.Errorf("got %q", wrong)
	}
	a = NewAccount(with("bea", "carl"))
	a.Open(removeFL("carl")) // explains nothing about bea
	if wrong := answer(a.Refused(rename, msnp.CodeNotOnList, false)); !strings.Contains(wrong, "which cannot be") {
		t.Errorf("got %q", wrong)
	}
	a = NewAccount(with("bea"))
	a.Open(removeFL("bea"))
	if wrong := seen(a, with("bea")) + acked(a, addFL("carl"), 0); wrong != "" {
		t.Fatal(wrong)
	}
	if wrong := seen(a, empty()); !strings.Contains(wrong, "carl is on no list") {
		t.Errorf("got %q", wrong)
	}
}

func TestPossibilitiesAreFew(t *testing.T) {
	a := NewAccount(with("bea"))
	for range 20 {
		a.Open(addFL("carl"))
		a.Open(removeFL("carl"))
	}
	if _, n := a.Possible(); n != 2 || len(a.All()) != 2 {
		t.Errorf("%d possibilities", n)
	}
}

func TestRosterOf(t *testing.T) {
	r := client.Roster{
		Groups: []client.Group{{ID: 0, Name: "Other Contacts"}},
		Contacts: []client.Contact{
			{Handle: "bea", Name: "N", Lists: client.OnForward | client.OnReverse, Groups: []int{0}},
			{Handle: "carl", Name: "C", Lists: client.OnReverse},
			{Handle: "dora", Name: "D", Lists: client.OnBlock},
		},
	}
	blocked, _ := with("bea").apply(Edit{Verb: Add, List: msnp.BlockList, Handle: "dora"})
	if got := RosterOf(r, msnp.MSNP7); !got.equal(blocked) {
		t.Error(got.difference(blocked))
	}
	r.Groups, r.Contacts[0].Groups = nil, nil
	if got := RosterOf(r, msnp.MSNP5); got.Groups != nil || got.Contacts["bea"].Groups != nil {
		t.Errorf("groups before MSNP7: %+v", got)
	}
}
