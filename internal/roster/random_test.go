package roster

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/msnp"
)

// TestRandomEdits does random things with the lists of three people and
// compares every answer and everything stored with the model's. It also keeps
// each person's Privacy up to date from the changes alone, as the notification
// server does, and compares that too.
func TestRandomEdits(t *testing.T) {
	for name, open := range engines {
		if name == "sqlite file" {
			continue // waits for the disk thousands of times to show what memory shows
		}
		rounds := math.MaxInt
		if name == "postgres" {
			rounds = 20 // what is left to show is that the queries mean the same there
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			round := 0
			rapid.Check(t, func(rt *rapid.T) {
				if round++; round > rounds {
					return
				}
				newMachine(t, rt, db, round).run(rt)
			})
		})
	}
}

type machine struct {
	s     *Service
	m     *model
	who   []string
	live  map[string]*Privacy
	last  map[string]uint32
	steps int
	owner *rapid.Generator[string]
	other *rapid.Generator[string]
}

func newMachine(t *testing.T, rt *rapid.T, db *store.DB, round int) *machine {
	limits := Limits{Forward: 3, Allow: 2, Block: 2, Groups: 4}
	s, err := New(Options{DB: db, Limits: limits})
	if err != nil {
		rt.Fatal(err)
	}
	x := &machine{s: s, live: make(map[string]*Privacy), last: make(map[string]uint32)}
	for _, user := range []string{"ada", "bea", "carl"} {
		h := fmt.Sprintf("%s@round%d.net", user, round)
		x.who = append(x.who, h)
		x.live[h] = &Privacy{}
	}
	people(t, db, x.who...)
	x.m = newModel(limits, x.who...)
	x.owner = rapid.SampledFrom(x.who)
	x.other = rapid.SampledFrom(append(x.who, "nobody@example.net"))
	return x
}

var (
	anyList           = rapid.SampledFrom([]Lists{Forward, Forward, Allow, Block})
	anyListButReverse = rapid.SampledFrom([]Lists{Forward, Forward, Allow, Block, Pending})
	anyGroup          = rapid.IntRange(NoGroup, 4)
	anyName           = rapid.SampledFrom([]string{"a", "b", "c 蝶", "d"})
)

func (x *machine) run(t *rapid.T) {
	t.Repeat(map[string]func(*rapid.T){
		"add": x.add, "add again": x.add, "add to group": x.addGrouped,
		"remove": x.remove, "remove from group": x.removeGrouped,
		"new group": x.newGroup, "rename group": x.renameGroup, "remove group": x.removeGroup,
		"rename": x.rename, "rename self": x.renameSelf,
		"place": x.place, "remove by GUID": x.removeByGUID, "remove group by GUID": x.removeGroupByGUID,
		"rename by GUID": x.renameByGUID, "acknowledge": x.acknowledge,
		"block unlisted": x.blockUnlisted, "ask": x.ask, "phone": x.phone,
		"": func(t *rapid.T) {
			// Answers are compared every time; all that is stored is a lot to
			// read with the race detector on.
			if x.steps++; x.steps%5 == 0 {
				x.check(t)
			}
		},
	})
	x.check(t)
}

func (x *machine) add(t *rapid.T) {
	x.doAdd(t, x.owner.Draw(t, "owner"), AddRequest{
		List: anyList.Draw(t, "list"), Handle: x.other.Draw(t, "handle"), Name: anyName.Draw(t, "name"), Group: NoGroup,
		Pends: rapid.Bool().Draw(t, "pends"),
	})
}

func (x *machine) addGrouped(t *rapid.T) {
	x.doAdd(t, x.owner.Draw(t, "owner"), AddRequest{
		List: Forward, Handle: x.other.Draw(t, "handle"), Name: anyName.Draw(t, "name"),
		Group: anyGroup.Draw(t, "group"), Grouped: true,
	})
}

func (x *machine) doAdd(t *rapid.T, owner string, r AddRequest) {
	want, code := x.m.add(owner, r)
	got, err := x.s.Add(t.Context(), owner, r)
	if got.GUID != "" && got.GUID != x.guid(t, owner, r.Handle) {
		t.Fatalf("GUID %s is not that of %s", got.GUID, r.Handle)
	}
	same(t, got, err, want, code)
	if err != nil {
		return
	}
	if got.New || r.List != Forward {
		x.live[owner].Set(r.Handle, r.List)
	}
	if got.New {
		x.live[r.Handle].Set(owner, Reverse)
	}
}

func (x *machine) remove(t *rapid.T) {
	x.doRemove(t, RemoveRequest{List: anyListButReverse.Draw(t, "list"), Handle: x.other.Draw(t, "handle"), Group: NoGroup})
}

func (x *machine) removeGrouped(t *rapid.T) {
	x.doRemove(t, RemoveRequest{List: Forward, Handle: x.other.Draw(t, "handle"), Group: anyGroup.Draw(t, "group")})
}

func (x *machine) doRemove(t *rapid.T, r RemoveRequest) {
	owner := x.owner.Draw(t, "owner")
	want, code := x.m.remove(owner, r)
	got, err := x.s.Remove(t.Context(), owner, r)
	same(t, got, err, want, code)
	switch {
	case err != nil:
	case got.Gone:
		x.gone(owner, got)
	case r.List != Forward:
		x.live[owner].Clear(r.Handle, r.List)
	}
}

func (x *machine) gone(owner string, c Change) {
	x.live[owner].Clear(c.Handle, Forward)
	x.live[c.Handle].Clear(owner, Reverse)
}

func (x *machine) newGroup(t *rapid.T) {
	owner, name := x.owner.Draw(t, "owner"), anyName.Draw(t, "name")
	want, code := x.m.addGroup(owner, name)
	got, version, err := x.s.AddGroup(t.Context(), owner, name)
	same(t, got.Number, err, want, code)
	x.sameVersion(t, owner, version, err)
}

func (x *machine) renameGroup(t *rapid.T) {
	owner, name, number := x.owner.Draw(t, "owner"), anyName.Draw(t, "name"), rapid.IntRange(0, 4).Draw(t, "group")
	me, code := x.m.people[owner], msnp.Code(0)
	switch old, ok := me.groups[number]; {
	case !ok:
		code = 224
	case old == name:
	default:
		for _, other := range me.groups {
			if other == name {
				code = 228
			}
		}
		if code == 0 {
			me.groups[number] = name
			me.touch()
		}
	}
	version, err := x.s.RenameGroup(t.Context(), owner, GroupKey{Number: number}, name)
	same(t, 0, err, 0, code)
	x.sameVersion(t, owner, version, err)
}

func (x *machine) removeGroup(t *rapid.T) {
	owner, number := x.owner.Draw(t, "owner"), rapid.IntRange(0, 4).Draw(t, "group")
	want, code := x.m.removeGroup(owner, number)
	got, err := x.s.RemoveGroup(t.Context(), owner, GroupKey{Number: number})
	same(t, got.Gone, err, want, code)
	for _, c := range got.Gone {
		x.gone(owner, c)
	}
}

func (x *machine) rename(t *rapid.T) {
	owner, handle, name := x.owner.Draw(t, "owner"), x.other.Draw(t, "handle"), anyName.Draw(t, "name")
	var code msnp.Code
	switch k := x.m.people[owner].contacts[handle]; {
	case k == nil:
		code = 216
	case k.name != name:
		k.name = name
		x.m.people[owner].touch()
	}
	version, err := x.s.RenameContact(t.Context(), owner, handle, name)
	same(t, 0, err, 0, code)
	x.sameVersion(t, owner, version, err)
}

func (x *machine) renameSelf(t *rapid.T) {
	owner, name := x.owner.Draw(t, "owner"), anyName.Draw(t, "name")
	if me := x.m.people[owner]; me.name != name {
		me.name = name
		me.touch()
	}
	version, err := x.s.RenameSelf(t.Context(), owner, name)
	x.sameVersion(t, owner, version, err)
}

func (x *machine) blockUnlisted(t *rapid.T) {
	owner, block := x.owner.Draw(t, "owner"), rapid.Bool().Draw(t, "block")
	me, code := x.m.people[owner], msnp.Code(218)
	if me.blp != block {
		me.blp, code = block, 0
		me.touch()
	}
	version, err := x.s.SetBlockUnlisted(t.Context(), owner, block)
	same(t, 0, err, 0, code)
	x.sameVersion(t, owner, version, err)
	x.live[owner].BlockUnlisted = block
}

func (x *machine) ask(t *rapid.T) {
	owner, ask := x.owner.Draw(t, "owner"), rapid.Bool().Draw(t, "ask")
	me, code := x.m.people[owner], msnp.Code(218)
	if me.ask != ask {
		me.ask, code = ask, 0
		me.touch()
	}
	version, err := x.s.SetAskWhenAdded(t.Context(), owner, ask)
	same(t, 0, err, 0, code)
	x.sameVersion(t, owner, version, err)
}

func (x *machine) phone(t *rapid.T) {
	owner, value := x.owner.Draw(t, "owner"), rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "value")
	told := x.m.setPhone(owner, value)
	got, err := x.s.SetProperty(t.Context(), owner, "PHH", value)
	same(t, got.Watchers, err, told, 0)
	x.sameVersion(t, owner, got.Version, err)
}

func (x *machine) sameVersion(t *rapid.T, owner string, version uint32, err error) {
	if want := x.m.people[owner].version; err == nil && version != want {
		t.Fatalf("version %d, want %d", version, want)
	}
}

func same(t *rapid.T, got any, err error, want any, code msnp.Code) {
	var r Refusal
	switch {
	case err != nil && !errors.As(err, &r):
		t.Fatal(err)
	case r.Code != code:
		t.Fatalf("told %s, want %s", r.Code, code)
	case err != nil:
		return
	}
	if d := cmp.Diff(want, got, unguided); d != "" {
		t.Fatal(d)
	}
}

var loosely = cmp.Options{
	cmpopts.IgnoreFields(Full{}, "ListStamp", "SettingsStamp"),
	cmpopts.IgnoreFields(Group{}, "GUID"),
	cmpopts.IgnoreFields(Contact{}, "GUID"),
}

// check compares everything stored, and what must hold whatever was done.
func (x *machine) check(t *rapid.T) {
	on := make(map[[2]string]Lists)
	for _, owner := range x.who {
		full, err := x.s.Load(t.Context(), owner, Known{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range full.Contacts {
			c := &full.Contacts[i]
			c.Groups = c.Numbers()
			on[[2]string{owner, c.Handle}] = c.Lists
			if c.Lists == 0 || c.Lists.Has(Allow) && c.Lists.Has(Block) || c.Lists.Has(Pending) && !c.Lists.Has(Reverse) {
				t.Fatalf("%s has %s on %q", owner, c.Handle, c.Lists)
			}
		}
		if d := cmp.Diff(x.m.full(owner), full, loosely); d != "" {
			t.Fatalf("lists of %s (-want +got):\n%s", owner, d)
		}
		if full.Version == 0 || full.Version < x.last[owner] {
			t.Fatalf("version of %s went from %d to %d", owner, x.last[owner], full.Version)
		}
		x.last[owner] = full.Version
		x.checkPrivacy(t, owner)
	}
	for _, a := range x.who {
		for _, b := range x.who {
			if on[[2]string{a, b}].Has(Forward) != on[[2]string{b, a}].Has(Reverse) {
				t.Fatalf("%s has %s on the forward list, or does not, and the reverse list disagrees", a, b)
			}
		}
	}
}

func (x *machine) checkPrivacy(t *rapid.T, owner string) {
	read, err := x.s.Privacy(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	live := x.live[owner]
	var want, got []Entry
	for i := range read.Len() {
		want = append(want, read.At(i))
	}
	for i := range live.Len() {
		got = append(got, live.At(i))
	}
	if d := cmp.Diff(want, got); d != "" || live.BlockUnlisted != read.BlockUnlisted {
		t.Fatalf("privacy of %s kept up to date (-stored +kept):\n%s", owner, d)
	}
	for _, who := range x.who {
		k, me := x.m.people[owner].contacts[who], x.m.people[owner]
		if CanCall(live, who) != me.allows(who) || CanSee(live, who) != (me.allows(who) && k != nil && k.on.Has(Reverse)) {
			t.Fatalf("%s may see or call %s, or may not, against the rules", who, owner)
		}
	}
}
