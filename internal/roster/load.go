package roster

import (
	"context"
	"math"
	"time"

	"github.com/papilio-im/papilio/internal/store"
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
	// Unchanged says that the client's version is this one; then nothing but
	// the version and the stamps is filled in.
	Unchanged bool
	Settings  Settings
	Groups    []Group   // in the order of their numbers
	Contacts  []Contact // in the order of their handles
}

// Load reads all lists of an account for a client that has cached those of
// clientVersion (0: none). If that is higher than ours, as after a restored
// backup, ours becomes one more than the client's.
func (s *Service) Load(ctx context.Context, owner string, clientVersion uint32) (Full, error) {
	full, err := s.load(ctx, owner, clientVersion)
	if err == nil && clientVersion > full.Version {
		if err = s.overtake(ctx, owner, clientVersion); err == nil {
			full, err = s.load(ctx, owner, 0)
		}
	}
	if err != nil {
		return Full{}, outcome(owner, err)
	}
	return full, nil
}

func (s *Service) load(ctx context.Context, owner string, clientVersion uint32) (full Full, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		p, err := tx.Profile(ctx, owner)
		if err != nil {
			return err
		}
		full = Full{Version: p.Version, ListStamp: p.ListStamp, SettingsStamp: p.SettingsStamp}
		if clientVersion >= p.Version {
			full.Unchanged = true
			return nil
		}
		full.Settings = settings(p)
		if full.Groups, err = tx.Groups(ctx, p.ID); err != nil {
			return err
		}
		full.Contacts, err = contacts(ctx, tx, p)
		return err
	})
	return full, err
}

func contacts(ctx context.Context, tx *store.Tx, p store.Profile) ([]Contact, error) {
	var list []Contact
	err := tx.EachListed(ctx, p, uint8(Forward), func(l store.Listed) {
		c := Contact{Handle: l.Handle, Lists: Lists(l.Lists), Name: l.Name, GUID: l.GUID}
		if l.Account && allows(Lists(l.PeerLists), l.PeerBlocksUnlisted) {
			c.Phones = l.Phones
		}
		list = append(list, c)
	})
	if err != nil {
		return nil, err
	}
	// Members come in the same order, so one walk joins them.
	at := 0
	err = tx.EachMember(ctx, p.ID, func(handle string, number int) {
		for list[at].Handle != handle {
			at++
		}
		list[at].Groups = append(list[at].Groups, number)
	})
	return list, err
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

// Privacy reads the small form of an account's lists, at sign-in.
func (s *Service) Privacy(ctx context.Context, owner string) (Privacy, error) {
	var p Privacy
	err := s.db.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		me, err := tx.Owner(ctx, owner)
		if err != nil {
			return err
		}
		p = Privacy{Version: me.Version, BlockUnlisted: me.BlockUnlisted}
		return tx.EachEntry(ctx, me.ID, p.append)
	})
	if err != nil {
		return Privacy{}, outcome(owner, err)
	}
	p.clip()
	return p, nil
}

// Version gives the version of an account's lists.
func (s *Service) Version(ctx context.Context, owner string) (version uint32, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		me, err := tx.Owner(ctx, owner)
		version = me.Version
		return err
	})
	return version, outcome(owner, err)
}

// Settings gives what an account has set about itself.
func (s *Service) Settings(ctx context.Context, owner string) (set Settings, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		p, err := tx.Profile(ctx, owner)
		set = settings(p)
		return err
	})
	return set, outcome(owner, err)
}
