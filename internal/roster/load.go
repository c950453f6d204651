package roster

import (
	"context"
	"math"
	"time"

	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/msnp"
)

// Phones are the phone numbers and mobile settings of an account.
type Phones = store.Phones

// Group is a group of contacts: a number for clients up to MSNP9, a GUID for
// later ones.
type Group = store.Group

// Settings are what an account has set about itself.
type Settings struct {
	Name          string // the friendly name, plain text
	AskWhenAdded  bool   // GTC: A if true, N if false
	BlockUnlisted bool   // BLP: BL if true, AL if false
	Phones        Phones
}

// Contact is a row of somebody's lists.
type Contact struct {
	Handle string
	Lists  Lists
	Name   string // the stored name, plain text
	GUID   string
	Groups []int  // empty: in no group but 0, see Numbers
	Phones Phones // what the contact lets the owner know; zero if nothing
}

var onlyGroupZero = []int{0}

// Numbers gives the groups as clients up to MSNP9 see them: whoever is in no
// other group is in group 0. The slice must not be changed.
func (c *Contact) Numbers() []int {
	if len(c.Groups) == 0 {
		return onlyGroupZero
	}
	return c.Groups
}

// Full is everything that a client is told when it synchronises.
type Full struct {
	Version       uint32
	ListStamp     time.Time
	SettingsStamp time.Time
	// Unchanged says that the client has all of it; then nothing but the version
	// and the stamps is filled in.
	Unchanged bool
	Settings  Settings
	Groups    []Group   // in the order of their numbers
	Contacts  []Contact // in the order of their handles
}

// Known is what a client has of its user's lists: those of a version, or, since
// MSNP10, those with two stamps, which have to be the current ones both. The zero
// value is nothing.
type Known struct {
	Version         uint32
	Lists, Settings msnp.Stamp
}

// stored is what is known as the store takes it.
func (k Known) stored() store.Known {
	return store.Known{Version: k.Version, ListStamp: storedStamp(k.Lists), SettingsStamp: storedStamp(k.Settings)}
}

// storedStamp gives the time of a stamp that may have been made here, and the zero
// time for any other text.
func storedStamp(s msnp.Stamp) time.Time {
	t, ok := s.Time()
	if !ok || !t.Equal(time.UnixMicro(t.UnixMicro())) {
		return time.Time{}
	}
	return t
}

// Load reads all lists of an account for a client that has some of them. If its
// version is higher than ours, as after a restored backup, ours becomes one more
// than the client's.
func (s *Service) Load(ctx context.Context, owner string, known Known) (Full, error) {
	full, err := s.load(ctx, owner, known)
	if err == nil && known.Version > full.Version {
		if err = s.overtake(ctx, owner, known.Version); err == nil {
			full, err = s.load(ctx, owner, Known{})
		}
	}
	if err != nil {
		return Full{}, outcome(owner, err)
	}
	return full, nil
}

func (s *Service) load(ctx context.Context, owner string, client Known) (Full, error) {
	known := client.stored()
	var p store.Profile
	var groups []Group
	var lists joining
	err := s.db.Look(ctx, func(l *store.Look) {
		groups, lists = nil, joining{}
		l.Profile(owner, &p)
		// These give nothing to a client that has them.
		l.Groups(owner, known, &groups)
		l.EachListed(owner, known, uint8(Forward), lists.contact)
		l.EachMember(owner, known, lists.member)
	})
	if err != nil {
		return Full{}, err
	}
	full := Full{Version: p.Version, ListStamp: p.ListStamp, SettingsStamp: p.SettingsStamp}
	if known.Version >= p.Version || p.ListStamp.Equal(known.ListStamp) && p.SettingsStamp.Equal(known.SettingsStamp) {
		full.Unchanged = true
		return full, nil
	}
	full.Settings, full.Groups, full.Contacts = settings(p), groups, lists.contacts
	return full, nil
}

// joining puts contacts together with the groups that they are in, as the store
// gives both: the contacts first, each in the order of the handles.
type joining struct {
	contacts []Contact
	at       int // the contact of the last member
}

func (j *joining) contact(l store.Listed) {
	c := Contact{Handle: l.Handle, Lists: Lists(l.Lists), Name: l.Name, GUID: l.GUID}
	if l.Account && allows(Lists(l.PeerLists), l.PeerBlocksUnlisted) {
		c.Phones = l.Phones
	}
	j.contacts = append(j.contacts, c)
}

func (j *joining) member(handle string, number int) {
	for j.contacts[j.at].Handle != handle {
		j.at++
	}
	j.contacts[j.at].Groups = append(j.contacts[j.at].Groups, number)
}

func settings(p store.Profile) Settings {
	return Settings{
		Name: p.Name, AskWhenAdded: p.AskWhenAdded,
		BlockUnlisted: p.BlockUnlisted, Phones: p.Phones,
	}
}

// overtake puts the version of an account behind that of a client which knows
// a later one.
func (s *Service) overtake(ctx context.Context, owner string, clientVersion uint32) error {
	return s.edit(ctx, owner, func(ctx context.Context, e *edit) error {
		switch {
		case clientVersion <= e.me.Version: // overtaken meanwhile
			return nil
		case clientVersion == math.MaxUint32:
			return e.tx.SetVersion(ctx, e.me.ID, 1)
		}
		return e.tx.SetVersion(ctx, e.me.ID, clientVersion+1)
	})
}

// Privacy reads the small form of an account's lists.
func (s *Service) Privacy(ctx context.Context, owner string) (Privacy, error) {
	p, _, err := s.Enter(ctx, owner)
	return p, err
}

// Enter is Privacy for somebody who has just signed in, and tells whether they
// may: whether the account is banned, at the same moment.
func (s *Service) Enter(ctx context.Context, owner string) (p Privacy, banned bool, err error) {
	var me store.Standing
	err = s.db.Look(ctx, func(l *store.Look) {
		p = Privacy{}
		l.Standing(owner, &me, p.append)
	})
	if err != nil {
		return Privacy{}, false, outcome(owner, err)
	}
	p.Version, p.BlockUnlisted = me.Version, me.BlockUnlisted
	p.clip()
	return p, me.Banned, nil
}

// Version gives the version of an account's lists.
func (s *Service) Version(ctx context.Context, owner string) (uint32, error) {
	var me store.Owner
	err := s.db.Look(ctx, func(l *store.Look) { l.Owner(owner, &me) })
	return me.Version, outcome(owner, err)
}

// Settings gives what an account has set about itself.
func (s *Service) Settings(ctx context.Context, owner string) (Settings, error) {
	var p store.Profile
	err := s.db.Look(ctx, func(l *store.Look) { l.Profile(owner, &p) })
	return settings(p), outcome(owner, err)
}
