package roster

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestListNames(t *testing.T) {
	for _, name := range []string{"FL", "AL", "BL", "RL", "PL"} {
		l, ok := ParseLists([]byte(name))
		if !ok || l.String() != name {
			t.Errorf("%s: %v %v", name, l, ok)
		}
	}
	for _, name := range []string{"", "fl", "XL", "FL,AL"} {
		if l, ok := ParseLists(name); ok {
			t.Errorf("%q is %v", name, l)
		}
	}
	diff(t, "bits", []Lists{Forward, Allow, Block, Reverse, Pending}, []Lists{1, 2, 4, 8, 16})
	diff(t, "set", (Forward | Reverse).String(), "FL,RL")
}

func TestRefusalText(t *testing.T) {
	diff(t, "code", Refusal{215}.Error(), "roster: refused with 215")
	diff(t, "close", Close.Error(), "roster: malformed command")
}

// The sheet's formula, in a table: rows are what the subject has of the
// watcher.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		lists          Lists
		blockUnlisted  bool
		canSee, called bool
	}{
		{0, false, false, true},
		{0, true, false, false},
		{Forward, false, false, true},
		{Reverse, false, true, true},
		{Reverse, true, false, false},
		{Reverse | Allow, true, true, true},
		{Reverse | Block, false, false, false},
		{Reverse | Block, true, false, false},
		{Allow, true, false, true},
		{Block, false, false, false},
		{Forward | Allow | Reverse | Pending, true, true, true},
	} {
		p := NewPrivacy(c.blockUnlisted, Entry{ada, Forward | Allow}, Entry{bea, c.lists})
		if CanSee(&p, bea) != c.canSee || CanCall(&p, bea) != c.called {
			t.Errorf("%v, unlisted blocked %v: see %v, call %v", c.lists, c.blockUnlisted, CanSee(&p, bea), CanCall(&p, bea))
		}
	}
}

var anyHandle = rapid.SampledFrom([]string{ada, bea, carl, dora, "", "zed@example.net"})

func anyLists(t *rapid.T) Lists {
	l := Lists(rapid.IntRange(0, 31).Draw(t, "lists"))
	if l.Has(Block) {
		l &^= Allow
	}
	return l
}

func anyPrivacy(t *rapid.T) (Privacy, map[string]Lists) {
	model := rapid.MapOf(anyHandle, rapid.Custom(anyLists)).Draw(t, "entries")
	var entries []Entry
	for h, l := range model {
		entries = append(entries, Entry{h, l})
	}
	maps.DeleteFunc(model, func(_ string, l Lists) bool { return l == 0 })
	return NewPrivacy(rapid.Bool().Draw(t, "BL"), entries...), model
}

func TestRuleProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, _ := anyPrivacy(t)
		who := anyHandle.Draw(t, "who")
		sees, calls := CanSee(&p, who), CanCall(&p, who)
		if sees && !calls {
			t.Fatal("who may see may call")
		}
		// Blocking shuts out, whatever else is set.
		blocked := p.clone()
		blocked.Clear(who, Allow)
		blocked.Set(who, Block)
		if CanSee(&blocked, who) || CanCall(&blocked, who) {
			t.Fatal("blocked and not shut out")
		}
		// Allowing lets in, whatever BLP says.
		allowed := p.clone()
		allowed.Clear(who, Block)
		allowed.Set(who, Allow)
		if !CanCall(&allowed, who) || CanSee(&allowed, who) != allowed.Lookup(who).Has(Reverse) {
			t.Fatal("allowed and not let in")
		}
		// BLP is for the unlisted only.
		other := p.clone()
		other.BlockUnlisted = !other.BlockUnlisted
		flips := CanSee(&other, who) != sees
		if flips != slices.Contains(slices.Collect(p.Unlisted()), who) {
			t.Fatal("BLP turns on and off those of Unlisted, and no others")
		}
		// My own forward list says nothing about who sees me.
		forward := p.clone()
		forward.Set(who, Forward)
		if CanSee(&forward, who) != sees || CanCall(&forward, who) != calls {
			t.Fatal("adding somebody let them in")
		}
		for _, h := range []string{ada, bea, carl, dora, "", "zed@example.net"} {
			if CanSee(&p, h) != slices.Contains(slices.Collect(p.Watchers()), h) {
				t.Fatalf("%q: Watchers and CanSee disagree", h)
			}
		}
	})
}

func (p *Privacy) clone() Privacy {
	c := *p
	c.handles, c.lists = slices.Clone(p.handles), slices.Clone(p.lists)
	return c
}

// Privacy behaves as a map from handles to lists, in the order of the handles.
func TestPrivacyIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, model := anyPrivacy(t)
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				h, l := anyHandle.Draw(t, "handle"), anyLists(t)
				p.Set(h, l)
				if model[h] |= l; model[h] == 0 {
					delete(model, h)
				}
			},
			"clear": func(t *rapid.T) {
				h, l := anyHandle.Draw(t, "handle"), anyLists(t)
				p.Clear(h, l)
				if model[h] &^= l; model[h] == 0 {
					delete(model, h)
				}
			},
			"": func(t *rapid.T) {
				if p.Len() != len(model) {
					t.Fatalf("%d entries, want %d", p.Len(), len(model))
				}
				for i, h := range slices.Sorted(maps.Keys(model)) {
					if e := p.At(i); e != (Entry{h, model[h]}) || p.Lookup(h) != e.Lists {
						t.Fatalf("entry %d is %v, want %s %v", i, e, h, model[h])
					}
				}
				for _, on := range []Lists{0, Forward, Allow | Block} {
					n := 0
					for e := range p.All(on) {
						if n++; !e.Lists.Has(on) {
							t.Fatalf("%v is not on %v", e, on)
						}
					}
					for _, l := range model {
						if l.Has(on) {
							n--
						}
					}
					if n != 0 {
						t.Fatalf("All(%v) is %d off", on, n)
					}
				}
			},
		})
	})
}

func TestLookupDoesNotAllocate(t *testing.T) {
	p := NewPrivacy(true, Entry{ada, Allow | Reverse}, Entry{bea, Block})
	if n := testing.AllocsPerRun(100, func() {
		_ = CanSee(&p, ada)
		_ = CanCall(&p, bea)
		for range p.Watchers() {
			break
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
