package client

import (
	"cmp"
	"slices"
	"strings"

	"github.com/papilio-im/papilio/msnp"
)

// Bounds on what a server can make a client keep. They are far above those of any
// service that there was.
const (
	maxContacts = 20000
	maxGroups   = 1000
)

// Lists is the set of lists that a contact is on.
type Lists uint8

// The lists, as a set.
const (
	OnForward Lists = 1 << iota
	OnAllow
	OnBlock
	OnReverse
	// OnPending is in the place of OnReverse as long as the user has not answered
	// somebody who has added them (since MSNP10): see [Pending].
	OnPending
)

// listNames are the lists in the order of their bits, which are those of
// msnp.ListMask, too.
var listNames = [...]msnp.List{msnp.ForwardList, msnp.AllowList, msnp.BlockList, msnp.ReverseList, msnp.PendingList}

// listBits are the bits of the lists.
var listBits = map[msnp.List]Lists{
	msnp.ForwardList: OnForward, msnp.AllowList: OnAllow,
	msnp.BlockList: OnBlock, msnp.ReverseList: OnReverse, msnp.PendingList: OnPending,
}

// Has reports whether all of some lists are in the set.
func (l Lists) Has(lists Lists) bool { return l&lists == lists }

// String gives the names of the lists, "FL,AL,RL".
func (l Lists) String() string {
	var names []string
	for _, list := range listNames {
		if l.Has(listBits[list]) {
			names = append(names, string(list))
		}
	}
	return strings.Join(names, ",")
}

// Contact is somebody who is on a list of the user's.
type Contact struct {
	Handle string
	Name   string // the name that the list has
	Lists  Lists
	Groups []int // since MSNP7; of contacts on the forward list, in order: see [Group]
	// ID names the contact since MSNP10, if it is on the forward list. The client
	// uses it by itself: its methods know people by their handles.
	ID msnp.GUID
	// Status is msnp.StatusOffline for those who are not online, or not seen to be.
	Status msnp.Status
	// DisplayName is what the contact is called by itself; "" while not online.
	DisplayName string
	// Settings are the phone numbers that the contact has set, and Y for what it has
	// switched on, by key (since MSNP5). It is nil if there are none.
	Settings map[msnp.Key]string
	// Capabilities are what the contact's client can do (since MSNP8), 0 if it does
	// not say or is not online.
	Capabilities msnp.Capabilities
	// Object describes the display picture (since MSNP9), "" if there is none: see
	// msnp.ParseObject and [Client.FetchPicture].
	Object string
	// Personal is what the contact shows below the name (since MSNP11).
	Personal msnp.Personal
}

// Group is a group of contacts (since MSNP7).
type Group struct {
	// ID is the group's number. Since MSNP10 the service names groups by GUIDs, and
	// the numbers, from 1 on, are the client's own: they hold for as long as it is
	// signed in. There is no group 0 then, and contacts may be in none.
	ID   int
	Name string
	GUID msnp.GUID // since MSNP10
}

// Roster is the lists and settings of a user at a moment.
type Roster struct {
	Version  uint32 // the number of the last change, for SYN; to MSNP9
	Ask      bool   // GTC: the client asks its user when somebody has added them
	AllowAll bool   // BLP: those on no list may see and call the user
	// Settings are the user's own, by key, as they were synchronised (since
	// MSNP5): "" for a phone number that is not set.
	Settings map[msnp.Key]string
	Groups   []Group   // by number
	Contacts []Contact // by handle
}

// Find gives a contact, or false.
func (r *Roster) Find(handle string) (Contact, bool) {
	i, ok := slices.BinarySearchFunc(r.Contacts, strings.ToLower(handle), func(p Contact, handle string) int {
		return cmp.Compare(p.Handle, handle)
	})
	if !ok {
		return Contact{}, false
	}
	return r.Contacts[i], true
}

// roster is the same as the client keeps it: words as they came, so that most
// share their memory.
type roster struct {
	version  uint32
	stamps   [2]msnp.Stamp // of lists and settings
	ask      msnp.Encoded
	others   msnp.Encoded
	settings []setting
	groups   []group
	contacts []contact // by handle
}

type setting struct {
	key   msnp.Key
	value msnp.Encoded
}

type group struct {
	id   int
	name msnp.Encoded
	guid msnp.GUID // in lower case
}

type contact struct {
	handle   string
	name     msnp.Encoded
	display  msnp.Encoded
	status   msnp.Status
	groups   []int
	settings []setting
	more     *details // nil if there are none
	lists    Lists
	stale    bool // the status is from before a move
}

// details are what later versions know of a contact.
type details struct {
	id           msnp.GUID
	object       string
	personal     msnp.Personal
	capabilities msnp.Capabilities
}

// known gives the details, of which there may be none.
func (p *contact) known() details {
	if p.more == nil {
		return details{}
	}
	return *p.more
}

// know keeps the details.
func (p *contact) know(d details) {
	switch {
	case d == (details{}):
		p.more = nil
	case p.more == nil:
		p.more = &d
	default:
		*p.more = d
	}
}

// absent forgets what is known of somebody who is online.
func (p *contact) absent() {
	p.status, p.display = msnp.StatusOffline, ""
	p.know(details{id: p.known().id})
}

func (r *roster) search(handle string) (int, bool) {
	return slices.BinarySearchFunc(r.contacts, handle, func(p contact, handle string) int {
		return cmp.Compare(p.handle, handle)
	})
}

// find gives a contact, or nil.
func (r *roster) find(handle string) *contact {
	if i, ok := r.search(handle); ok {
		return &r.contacts[i]
	}
	return nil
}

// named gives a contact by its GUID, or nil.
func (r *roster) named(id msnp.GUID) *contact {
	id = id.Lower()
	for i := range r.contacts {
		if p := &r.contacts[i]; p.more != nil && p.more.id != "" && p.more.id.Lower() == id {
			return p
		}
	}
	return nil
}

// put gives a contact, which is made if need be, or nil if there are too many.
func (r *roster) put(handle string) *contact {
	i, ok := r.search(handle)
	if !ok {
		if len(r.contacts) >= maxContacts {
			return nil
		}
		r.contacts = slices.Insert(r.contacts, i, contact{handle: handle, status: msnp.StatusOffline})
	}
	return &r.contacts[i]
}

// take takes a contact off lists, and forgets it when it is on none.
func (r *roster) take(handle string, lists Lists) {
	i, ok := r.search(handle)
	if !ok {
		return
	}
	p := &r.contacts[i]
	p.lists &^= lists
	if lists.Has(OnForward) {
		p.groups, p.settings, p.more = nil, nil, nil
		p.absent()
	}
	if p.lists == 0 {
		r.contacts = slices.Delete(r.contacts, i, i+1)
	}
}

// adopt takes over what is known of the contacts and is in no list.
func (r *roster) adopt(old *roster) {
	for i := range r.contacts {
		p := &r.contacts[i]
		if known := old.find(p.handle); known != nil && p.lists.Has(OnForward) {
			p.status, p.display, p.stale = known.status, known.display, known.stale
			d := known.known()
			d.id = p.known().id
			p.know(d)
		}
	}
}

func set(list []setting, key msnp.Key, value msnp.Encoded) []setting {
	for i := range list {
		if list[i].key == key {
			list[i].value = value
			return list
		}
	}
	if len(list) >= maxSettings {
		return list
	}
	return append(list, setting{key, value})
}

func unset(list []setting, key msnp.Key) []setting {
	list = slices.DeleteFunc(list, func(s setting) bool { return s.key == key })
	if len(list) == 0 {
		return nil
	}
	return list
}

// maxSettings bounds the settings of one person; a dozen exist.
const maxSettings = 32

// Roster gives a copy of lists and settings as they are now.
func (c *Client) Roster() Roster {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.roster.export()
}

// Contact gives a copy of what is known of one person, or false if the person is
// on none of the lists.
func (c *Client) Contact(handle string) (Contact, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.roster.find(strings.ToLower(handle)); p != nil {
		return p.export(), true
	}
	return Contact{}, false
}

func (r *roster) export() Roster {
	out := Roster{
		Version:  r.version,
		Ask:      r.ask != msnp.PromptNone,
		AllowAll: r.others != msnp.DefaultBL,
		Settings: exportSettings(r.settings),
		Contacts: make([]Contact, len(r.contacts)),
	}
	for _, g := range r.groups {
		out.Groups = append(out.Groups, Group{ID: g.id, Name: decoded(g.name), GUID: g.guid})
	}
	for i := range r.contacts {
		out.Contacts[i] = r.contacts[i].export()
	}
	return out
}

func (p *contact) export() Contact {
	d := p.known()
	return Contact{
		Handle: p.handle, Name: decoded(p.name), Lists: p.lists, Groups: slices.Clone(p.groups), ID: d.id,
		Status: p.status, DisplayName: decoded(p.display), Settings: exportSettings(p.settings),
		Capabilities: d.capabilities, Object: d.object, Personal: d.personal,
	}
}

func exportSettings(list []setting) map[msnp.Key]string {
	if len(list) == 0 {
		return nil
	}
	out := make(map[msnp.Key]string, len(list))
	for _, s := range list {
		out[s.key] = decoded(s.value)
	}
	return out
}
