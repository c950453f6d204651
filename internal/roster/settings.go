package roster

import (
	"context"

	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/msnp"
)

// RenameSelf changes the owner's friendly name, and gives the version of the
// lists, which is a new one if the name is. It is refused with 209.
func (s *Service) RenameSelf(ctx context.Context, owner, name string) (version uint32, err error) {
	if name == "" || tooLong(name, msnp.MaxName) || !storable(name) {
		return 0, Refusal{msnp.CodeNameRefused}
	}
	err = s.edit(ctx, owner, func(ctx context.Context, e *edit) error {
		if version = e.me.Version; name == e.me.Name {
			return nil
		}
		if err := e.tx.SetName(ctx, e.me.ID, name); err != nil {
			return err
		}
		version, err = e.tx.TouchSettings(ctx, e.me.ID, e.now)
		return err
	})
	return version, err
}

// RenameContact changes the name that is stored for somebody on any of the
// owner's lists, and gives the version of the lists, which is a new one if the
// name is: clients send names that they have sent before by the dozen. It is
// refused with 209 (the name) and 216 (not on any list).
func (s *Service) RenameContact(ctx context.Context, owner, handle, name string) (version uint32, err error) {
	if name == "" || tooLong(name, msnp.MaxName) || !storable(name) {
		return 0, Refusal{msnp.CodeNameRefused}
	}
	handle, possible := kept(handle)
	if !possible {
		return 0, Refusal{msnp.CodeNotOnList}
	}
	err = s.edit(ctx, owner, func(ctx context.Context, e *edit) error {
		version, err = e.renameContact(ctx, handle, name)
		return err
	})
	return version, err
}

func (e *edit) renameContact(ctx context.Context, handle, name string) (uint32, error) {
	c, err := e.contact(ctx, e.me.ID, handle)
	switch {
	case err != nil:
		return 0, err
	case c.Lists == 0:
		return 0, Refusal{msnp.CodeNotOnList}
	}
	return e.rename(ctx, c, name)
}

// rename stores another name for a contact, unless it has that already.
func (e *edit) rename(ctx context.Context, c store.Contact, name string) (uint32, error) {
	if c.Name == name {
		return e.me.Version, nil
	}
	c.Name = name
	if err := e.put(ctx, e.me.ID, c); err != nil {
		return 0, err
	}
	return e.touch(ctx)
}

// SetAskWhenAdded sets GTC: true is A, false is N. Refused with 218 if it is
// so already.
func (s *Service) SetAskWhenAdded(ctx context.Context, owner string, ask bool) (version uint32, err error) {
	err = s.edit(ctx, owner, func(ctx context.Context, e *edit) error {
		p, err := e.tx.Profile(ctx, owner)
		if err != nil {
			return err
		}
		if p.AskWhenAdded == ask {
			return Refusal{msnp.CodeSameMode}
		}
		if err := e.tx.SetAskWhenAdded(ctx, e.me.ID, ask); err != nil {
			return err
		}
		version, err = e.tx.TouchSettings(ctx, e.me.ID, e.now)
		return err
	})
	return version, err
}

// SetBlockUnlisted sets BLP: true is BL, false is AL. Refused with 218 if it
// is so already.
func (s *Service) SetBlockUnlisted(ctx context.Context, owner string, block bool) (version uint32, err error) {
	err = s.edit(ctx, owner, func(ctx context.Context, e *edit) error {
		if e.me.BlockUnlisted == block {
			return Refusal{msnp.CodeSameMode}
		}
		if err := e.tx.SetBlockUnlisted(ctx, e.me.ID, block); err != nil {
			return err
		}
		version, err = e.tx.TouchSettings(ctx, e.me.ID, e.now)
		return err
	})
	return version, err
}

// Setting is what changing a property came to.
type Setting struct {
	Version uint32
	Value   string // as stored, which is not always what was asked for
	// Watchers are those who have the owner on their forward list and may know
	// of the change, with the new versions of their lists; nil if there is
	// nothing to tell.
	Watchers map[string]uint32
}

// maxKey bounds the name of a property.
const maxKey = 3

// SetProperty sets PHH, PHW, PHM (a text, "" unset), MOB or MBE ("Y" or "N",
// "" is N). MOB stays N without a mobile device (MBE). It is refused with
// [Close] (malformed) and 715 (no such property).
func (s *Service) SetProperty(ctx context.Context, owner, key, value string) (Setting, error) {
	if len(key) > maxKey || tooLong(value, msnp.MaxPhone) || !storable(value) {
		return Setting{}, Close
	}
	prop, ok := properties[key]
	if !ok {
		return Setting{}, Refusal{msnp.CodeNotExpected}
	}
	var result Setting
	err := s.editAll(ctx, owner, func(ctx context.Context, e *edit) (err error) {
		result, err = e.setProperty(ctx, prop, value)
		return err
	})
	if err != nil {
		return Setting{}, err
	}
	return result, nil
}

func (e *edit) setProperty(ctx context.Context, prop property, value string) (Setting, error) {
	p, err := e.tx.Profile(ctx, e.handle)
	if err != nil {
		return Setting{}, err
	}
	phones := p.Phones
	if !prop.set(&phones, value) {
		return Setting{}, Close
	}
	result := Setting{Version: p.Version, Value: prop.get(phones)}
	if phones == p.Phones {
		return result, nil
	}
	if err := e.tx.SetPhones(ctx, e.me.ID, phones); err != nil {
		return Setting{}, err
	}
	if result.Version, err = e.tx.TouchSettings(ctx, e.me.ID, e.now); err != nil {
		return Setting{}, err
	}
	if prop.shown {
		result.Watchers, err = e.touchWatchers(ctx)
	}
	return result, err
}

// touchWatchers counts a change that everybody sees who may see the owner.
func (e *edit) touchWatchers(ctx context.Context) (map[string]uint32, error) {
	var watchers []string
	err := e.tx.EachEntry(ctx, e.me.ID, func(handle string, lists uint8) {
		if Lists(lists).Has(Reverse) && handle != e.handle && allows(Lists(lists), e.me.BlockUnlisted) {
			watchers = append(watchers, handle)
		}
	})
	if err != nil || len(watchers) == 0 {
		return nil, err
	}
	versions := make(map[string]uint32, len(watchers))
	for _, handle := range watchers {
		w, err := e.tx.Owner(ctx, handle)
		if err != nil {
			return nil, err
		}
		if versions[handle], err = e.tx.TouchLists(ctx, w.ID, e.now); err != nil {
			return nil, err
		}
	}
	return versions, nil
}

// property is a row of the table of what PRP can set.
type property struct {
	shown bool // contacts are told
	set   func(*store.Phones, string) bool
	get   func(store.Phones) string
}

var properties = map[string]property{
	"PHH": text(func(p *store.Phones) *string { return &p.Home }),
	"PHW": text(func(p *store.Phones) *string { return &p.Work }),
	"PHM": text(func(p *store.Phones) *string { return &p.Mobile }),
	"MBE": {
		set: func(p *store.Phones, v string) bool { return parseFlag(&p.Device, v) },
		get: func(p store.Phones) string { return flag(p.Device) },
	},
	"MOB": {
		shown: true,
		set: func(p *store.Phones, v string) bool {
			var pages bool
			ok := parseFlag(&pages, v)
			if p.Device || !pages {
				p.Pages = pages
			}
			return ok
		},
		get: func(p store.Phones) string { return flag(p.Pages) },
	},
}

func text(field func(*store.Phones) *string) property {
	return property{
		shown: true,
		set:   func(p *store.Phones, v string) bool { *field(p) = v; return true },
		get:   func(p store.Phones) string { return *field(&p) },
	}
}

func parseFlag(dst *bool, v string) bool {
	*dst = v == "Y"
	return v == "Y" || v == "N" || v == ""
}

func flag(v bool) string {
	if v {
		return "Y"
	}
	return "N"
}
