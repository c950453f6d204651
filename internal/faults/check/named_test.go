package check

import (
	"testing"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// Since MSNP10 contacts may be in no group, groups have no numbers, and only those on
// the forward list have names.
func TestNamedGroups(t *testing.T) {
	work, home := GroupNumber("Work"), GroupNumber("Home")
	r := Roster{Contacts: map[string]Contact{}, Groups: map[int]string{}, Named: true}
	for i, step := range []struct {
		edit Edit
		code msnp.Code
		want Contact // of bea, afterwards
	}{
		{addFL("bea"), 0, Contact{On: client.OnForward, Name: "N"}},
		{addFL("bea"), msnp.CodeAlreadyThere, Contact{}},
		{Edit{Verb: Add, List: msnp.ForwardList, Handle: "bea", Group: work}, msnp.CodeNoSuchGroup, Contact{}},
		{Edit{Verb: AddGroup, Name: "Work", Group: msnp.NoGroup}, 0, Contact{On: client.OnForward, Name: "N"}},
		{Edit{Verb: AddGroup, Name: "Work", Group: msnp.NoGroup}, msnp.CodeGroupExists, Contact{}},
		{Edit{Verb: Add, List: msnp.ForwardList, Handle: "bea", Group: work}, 0, Contact{On: client.OnForward, Name: "N", Groups: []int{work}}},
		{Edit{Verb: RenameGroup, Group: work, Name: "Home"}, 0, Contact{On: client.OnForward, Name: "N", Groups: []int{home}}},
		{Edit{Verb: RemoveGroup, Group: work}, msnp.CodeNoSuchGroup, Contact{}},
		{Edit{Verb: RemoveGroup, Group: home}, 0, Contact{On: client.OnForward, Name: "N"}},
		{Edit{Verb: AddGroup, Name: "Work", Group: msnp.NoGroup}, 0, Contact{On: client.OnForward, Name: "N"}},
		{Edit{Verb: Add, List: msnp.ForwardList, Handle: "bea", Group: work}, 0, Contact{On: client.OnForward, Name: "N", Groups: []int{work}}},
		{Edit{Verb: Remove, List: msnp.ForwardList, Handle: "bea", Group: work}, 0, Contact{On: client.OnForward, Name: "N"}},
		{Edit{Verb: Remove, List: msnp.ForwardList, Handle: "bea", Group: work}, msnp.CodeNotInGroup, Contact{}},
		{Edit{Verb: Add, List: msnp.AllowList, Handle: "bea", Group: msnp.NoGroup}, 0, Contact{On: client.OnForward | client.OnAllow, Name: "N"}},
		{removeFL("bea"), 0, Contact{On: client.OnAllow}},
		{Edit{Verb: Rename, Handle: "bea", Name: "B"}, msnp.CodeNotOnList, Contact{}},
	} {
		after, code := r.apply(step.edit)
		if code != step.code {
			t.Fatalf("step %d, %s: code %d, want %d", i, step.edit, code, step.code)
		}
		if code != 0 {
			continue
		}
		if got := after.Contacts["bea"]; !got.equal(step.want) {
			t.Fatalf("step %d, %s: %s, want %s", i, step.edit, got, step.want)
		}
		r = after
	}
	if r.Groups[work] != "Work" || len(r.Groups) != 1 {
		t.Errorf("groups are %v", r.Groups)
	}
}

// The numbers of groups are the client's own, and another time they are others.
func TestRosterOfNamedGroups(t *testing.T) {
	rosterOf := func(work, home int) Roster {
		return RosterOf(client.Roster{
			Groups:   []client.Group{{ID: work, Name: "Work"}, {ID: home, Name: "Home"}},
			Contacts: []client.Contact{{Handle: "bea", Name: "N", Lists: client.OnForward, Groups: []int{home, work}}},
		}, msnp.MSNP11)
	}
	once, again := rosterOf(1, 2), rosterOf(4, 3)
	if !once.equal(again) {
		t.Error(once.difference(again))
	}
	if !once.Named || len(once.Groups) != 2 || len(once.Contacts["bea"].Groups) != 2 {
		t.Errorf("%+v", once)
	}
	if late, wrong := NewAccount(once).Acknowledged(Edit{Verb: AddGroup, Name: "More"}, GroupNumber("More"), false); late || wrong != "" {
		t.Error(wrong)
	}
}
