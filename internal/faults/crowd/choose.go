package crowd

import (
	"fmt"
	"maps"
	"slices"

	"github.com/papilio-im/papilio/internal/faults/check"
	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// fewest and most are how many people somebody wants on the forward list.
const (
	fewest = 4
	most   = 14
)

// choose draws what the person changes in the lists next: one edit, or two that
// belong together.
func (p *person) choose(now check.Roster) []check.Edit {
	on := p.listed(now, client.OnForward)
	someone := p.someone()
	switch n := p.rand.IntN(100); {
	case len(on) < fewest:
		return p.addFriend(now, someone)
	case len(on) > most:
		return p.removeFriend(on)
	case n < 25:
		return p.addFriend(now, someone)
	case n < 45:
		return p.removeFriend(on)
	case n < 65 && !p.crowd.calm.Load(): // else others would see somebody leave
		return p.blockOrNot(now, someone)
	case n < 80:
		return []check.Edit{{Verb: check.Rename, Handle: pick(p, on), Name: p.word("friend"), Group: msnp.NoGroup}}
	case now.Groups != nil:
		return p.editGroups(now, on)
	}
	return p.addFriend(now, someone)
}

// someone is somebody who lives near.
func (p *person) someone() string {
	n := p.crowd.o.Busy
	d := 1 + p.rand.IntN(min(neighbours, max(n-1, 1)))
	if p.rand.IntN(2) == 0 {
		d = -d
	}
	return Handle(((p.number+d)%n + n) % n)
}

// listed gives those on a list, in order: what is drawn must not hang on how a map
// is walked.
func (p *person) listed(now check.Roster, list client.Lists) []string {
	var all []string
	for _, handle := range slices.Sorted(maps.Keys(now.Contacts)) {
		if now.Contacts[handle].On.Has(list) {
			all = append(all, handle)
		}
	}
	return all
}

func pick[T any](p *person, from []T) T { return from[p.rand.IntN(len(from))] }

func (p *person) word(of string) string { return fmt.Sprintf("%s %d", of, p.rand.IntN(10000)) }

// addFriend adds somebody, perhaps somebody who is there already, which is refused.
func (p *person) addFriend(now check.Roster, someone string) []check.Edit {
	if someone == p.handle {
		return nil
	}
	e := check.Edit{Verb: check.Add, List: msnp.ForwardList, Handle: someone, Name: p.word("friend"), Group: msnp.NoGroup}
	if len(now.Groups) == 0 || p.rand.IntN(2) == 0 {
		return []check.Edit{e}
	}
	into := e
	into.Group = pick(p, slices.Sorted(maps.Keys(now.Groups)))
	if now.Named && !now.Contacts[someone].On.Has(client.OnForward) {
		return []check.Edit{e, into} // by two commands
	}
	return []check.Edit{into}
}

func (p *person) removeFriend(on []string) []check.Edit {
	return []check.Edit{{Verb: check.Remove, List: msnp.ForwardList, Handle: pick(p, on), Group: msnp.NoGroup}}
}

// blockOrNot moves somebody from the allow to the block list or back, as the
// clients do, in two steps.
func (p *person) blockOrNot(now check.Roster, someone string) []check.Edit {
	from, to := msnp.AllowList, msnp.BlockList
	if now.Contacts[someone].On.Has(client.OnBlock) {
		from, to = to, from
	}
	return []check.Edit{
		{Verb: check.Remove, List: from, Handle: someone, Group: msnp.NoGroup},
		{Verb: check.Add, List: to, Handle: someone, Name: someone, Group: msnp.NoGroup},
	}
}

// usualGroups is how many groups somebody makes.
const usualGroups = 5

func (p *person) editGroups(now check.Roster, on []string) []check.Edit {
	ids := slices.Sorted(maps.Keys(now.Groups))
	n := p.rand.IntN(10)
	if n < 3 && len(ids) < usualGroups || len(ids) == 0 {
		return []check.Edit{{Verb: check.AddGroup, Name: p.word("group"), Group: msnp.NoGroup}}
	}
	friend, id := pick(p, on), pick(p, ids)
	e := check.Edit{Group: id}
	switch {
	case n < 4:
		e.Verb, e.Name = check.RenameGroup, p.word("group")
	case n < 5:
		e.Verb = check.RemoveGroup
	case n < 8:
		e.Verb, e.List, e.Handle, e.Name = check.Add, msnp.ForwardList, friend, friend
	default:
		e.Verb, e.List, e.Handle = check.Remove, msnp.ForwardList, friend
	}
	return []check.Edit{e}
}
