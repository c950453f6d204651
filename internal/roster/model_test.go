package roster

import (
	"maps"
	"slices"

	"github.com/papilio-im/papilio/msnp"
)

// model is the rules of the lists once more, in memory and as plainly as can
// be, to check the Service against.
type model struct {
	limits Limits
	people map[string]*person
}

type person struct {
	name     string
	version  uint32
	ask, blp bool
	phones   Phones
	groups   map[int]string
	contacts map[string]*known
}

type known struct {
	on   Lists
	name string
	in   map[int]bool
}

func newModel(l Limits, handles ...string) *model {
	m := &model{limits: l, people: make(map[string]*person)}
	for _, h := range handles {
		m.people[h] = &person{
			name: nameOf(h), version: 1, ask: true,
			groups: map[int]string{0: "~"}, contacts: make(map[string]*known),
		}
	}
	return m
}

func (p *person) touch() uint32 { p.version++; return p.version }

func (p *person) get(handle, name string) *known {
	if p.contacts[handle] == nil {
		p.contacts[handle] = &known{name: name, in: make(map[int]bool)}
	}
	return p.contacts[handle]
}

func (p *person) tidy() {
	maps.DeleteFunc(p.contacts, func(_ string, k *known) bool { return k.on == 0 })
}

func (p *person) count(list Lists) (n int) {
	for _, k := range p.contacts {
		if k.on.Has(list) {
			n++
		}
	}
	return n
}

// allows is the formula of the sheet: not blocked, and allowed or BLP AL.
func (p *person) allows(handle string) bool {
	k := p.contacts[handle]
	if k == nil {
		return !p.blp
	}
	return !k.on.Has(Block) && (k.on.Has(Allow) || !p.blp)
}

func (m *model) add(owner string, r AddRequest) (Change, msnp.Code) {
	me, peer := m.people[owner], m.people[r.Handle]
	if peer == nil {
		return Change{}, 205
	}
	group := max(r.Group, 0)
	if r.List == Forward && r.Grouped {
		if _, ok := me.groups[group]; !ok {
			return Change{}, 224
		}
	}
	var on Lists
	if k := me.contacts[r.Handle]; k != nil {
		on = k.on
	}
	c := Change{Handle: r.Handle}
	if r.List == Forward && r.Grouped && on.Has(Forward) {
		if k := me.contacts[r.Handle]; k.in[group] {
			return Change{}, 215
		} else {
			k.in[group] = true
		}
		c.Version = me.touch()
		return c, 0
	}
	switch {
	case me.count(r.List) >= m.limits.of(r.List):
		return Change{}, 210
	case on.Has(r.List):
		return Change{}, 215
	case r.List == Allow && on.Has(Block), r.List == Block && on.Has(Allow):
		return Change{}, 219
	}
	k := me.get(r.Handle, r.Name)
	k.on |= r.List
	c.Version = me.touch()
	switch {
	case r.List == Forward:
		k.name, k.in = r.Name, map[int]bool{0: true}
		if r.Grouped {
			k.in = map[int]bool{group: true}
		}
		back := peer.get(owner, me.name)
		if back.on |= Reverse; !back.on.Has(Allow | Block) {
			back.on |= Pending
		}
		c.New, c.Peer = true, peer.touch()
	case r.List == Allow:
		if k.on.Has(Reverse) {
			c.Revealed = peer.touch()
		}
	}
	if r.List != Forward && !r.Pends {
		k.on &^= Pending
	}
	return c, 0
}

func (m *model) remove(owner string, r RemoveRequest) (Change, msnp.Code) {
	me := m.people[owner]
	k := me.contacts[r.Handle]
	if k == nil || !k.on.Has(r.List) {
		return Change{}, 216
	}
	c := Change{Handle: r.Handle}
	if r.List == Forward && r.Group >= 0 {
		if _, ok := me.groups[r.Group]; !ok {
			return Change{}, 224
		}
		if !k.in[r.Group] {
			return Change{}, 225
		}
		if len(k.in) > 1 || r.GroupID != "" {
			if delete(k.in, r.Group); len(k.in) == 0 {
				k.in[0] = true
			}
			c.Version = me.touch()
			return c, 0
		}
	}
	k.on &^= r.List
	c.Version = me.touch()
	if r.List == Forward {
		m.leave(owner, r.Handle, &c)
	}
	me.tidy()
	return c, 0
}

func (m *model) leave(owner, handle string, c *Change) {
	m.people[owner].contacts[handle].in = make(map[int]bool)
	peer := m.people[handle]
	peer.contacts[owner].on &^= Reverse | Pending
	c.Gone, c.Peer = true, peer.touch()
	peer.tidy()
}

func (m *model) addGroup(owner, name string) (number int, code msnp.Code) {
	me := m.people[owner]
	switch {
	case len(me.groups) >= m.limits.Groups:
		return 0, 223
	case slices.Contains(slices.Collect(maps.Values(me.groups)), name):
		return 0, 228
	}
	for me.groups[number] != "" {
		number++
	}
	me.groups[number] = name
	me.touch()
	return number, 0
}

func (m *model) removeGroup(owner string, number int) ([]Change, msnp.Code) {
	me := m.people[owner]
	if number == 0 {
		return nil, 230
	}
	if _, ok := me.groups[number]; !ok {
		return nil, 224
	}
	delete(me.groups, number)
	version := me.touch()
	var gone []Change
	for _, h := range slices.Sorted(maps.Keys(me.contacts)) {
		k := me.contacts[h]
		if k == nil || !k.in[number] { // nil: somebody who left with another
			continue
		}
		if delete(k.in, number); len(k.in) > 0 {
			continue
		}
		c := Change{Version: version, Handle: h}
		k.on &^= Forward
		m.leave(owner, h, &c)
		gone = append(gone, c)
		me.tidy()
	}
	return gone, 0
}

func (m *model) setPhone(owner, value string) (told map[string]uint32) {
	me := m.people[owner]
	if me.phones.Home == value {
		return nil
	}
	me.phones.Home = value
	me.touch()
	for h, k := range me.contacts {
		if k.on.Has(Reverse) && h != owner && me.allows(h) {
			if told == nil {
				told = make(map[string]uint32)
			}
			told[h] = m.people[h].touch()
		}
	}
	return told
}

// full is what a client of the owner would be told.
func (m *model) full(owner string) Full {
	me := m.people[owner]
	f := Full{Version: me.version, Settings: Settings{
		Name: me.name, AskWhenAdded: me.ask, BlockUnlisted: me.blp, Phones: me.phones,
	}}
	for _, n := range slices.Sorted(maps.Keys(me.groups)) {
		f.Groups = append(f.Groups, Group{Number: n, Name: me.groups[n]})
	}
	for _, h := range slices.Sorted(maps.Keys(me.contacts)) {
		k := me.contacts[h]
		c := Contact{Handle: h, Lists: k.on, Name: k.name, Groups: []int{0}}
		if k.on.Has(Forward) {
			c.Groups = slices.Sorted(maps.Keys(k.in))
			if m.people[h].allows(owner) {
				c.Phones = m.people[h].phones
			}
		}
		f.Contacts = append(f.Contacts, c)
	}
	return f
}
