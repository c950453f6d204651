package notification

import (
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// block is an answer of many lines, which go out together: to some clients
// nothing else may come between.
type block struct {
	v       msnp.Version
	trid    msnp.TrID
	version uint32 // of the lists
	buf     []byte
}

func newBlock(v msnp.Version, trid msnp.TrID, version uint32) *block {
	return &block{v: v, trid: trid, version: version}
}

// lineSize is about how long the lines for a contact are; the longest are of MSNP12.
const lineSize = 144

// sync is the answer to SYN.
func (b *block) sync(full *roster.Full) {
	reply := msnp.SyncReply{
		TrID: b.trid, Version: b.version,
		Lists: msnp.NewStamp(full.ListStamp), Settings: msnp.NewStamp(full.SettingsStamp),
	}
	if full.Unchanged {
		b.buf = reply.Append(b.buf, b.v)
		return
	}
	b.buf = make([]byte, 0, lineSize*(len(full.Contacts)+len(full.Groups)+1))
	groups := b.shown(full.Groups)
	reply.Full, reply.Contacts, reply.Groups = true, len(full.Contacts), len(groups)
	b.buf = reply.Append(b.buf, b.v)
	b.settings(&full.Settings)
	b.groups(full.Groups, true)
	if b.v.Has(msnp.FeatureSyncCounts) {
		b.contacts(full.Contacts, groups)
		return
	}
	for _, list := range [...]msnp.List{msnp.ForwardList, msnp.AllowList, msnp.BlockList, msnp.ReverseList} {
		b.list(list, full.Contacts, true)
	}
}

// settings are GTC, BLP and, for versions that have them, the others.
func (b *block) settings(set *roster.Settings) {
	prompt, dflt := msnp.PromptNone, msnp.DefaultAL
	if set.AskWhenAdded {
		prompt = msnp.PromptAsk
	}
	if set.BlockUnlisted {
		dflt = msnp.DefaultBL
	}
	b.setting(msnp.KeyPrompt, prompt)
	b.setting(msnp.KeyDefault, dflt)
	b.setting(msnp.KeyName, msnp.Encode(set.Name))
	b.setting(msnp.KeyHomePhone, msnp.Encode(set.Phones.Home))
	b.setting(msnp.KeyWorkPhone, msnp.Encode(set.Phones.Work))
	b.setting(msnp.KeyMobilePhone, msnp.Encode(set.Phones.Mobile))
	b.setting(msnp.KeyPaging, b.flag(set.Phones.Pages))
	if b.v.Has(msnp.FeatureMobileInSync) {
		b.setting(msnp.KeyMobile, yesNo(set.Phones.Device))
	} else {
		b.setting(msnp.KeyMobile, b.flag(set.Phones.Device))
	}
}

// setting is a setting, for versions that have it.
func (b *block) setting(key msnp.Key, value msnp.Encoded) {
	if key.In(b.v) {
		b.buf = msnp.Setting{TrID: b.trid, Version: b.version, Sync: true, Key: key, Value: value}.Append(b.buf, b.v)
	}
}

// flag is Y or N, or nothing for N where what is not set is left out.
func (b *block) flag(yes bool) msnp.Encoded {
	if !yes && b.v.Has(msnp.FeatureSyncCounts) {
		return ""
	}
	return yesNo(yes)
}

// shown gives the groups that the version has. Group 0 is the first.
func (b *block) shown(groups []roster.Group) []roster.Group {
	switch {
	case b.v.Has(msnp.FeatureGroups):
		return groups
	case b.v.Has(msnp.FeatureGUIDs) && len(groups) > 0 && groups[0].Number == 0:
		return groups[1:]
	case b.v.Has(msnp.FeatureGUIDs):
		return groups
	}
	return nil
}

// groups are the groups, as a part of the answer to SYN or by themselves.
func (b *block) groups(groups []roster.Group, sync bool) {
	groups = b.shown(groups)
	for i := range groups {
		g := &groups[i]
		b.buf = msnp.GroupItem{
			TrID: b.trid, Version: b.version, Index: i + 1, Total: len(groups), Sync: sync,
			ID: g.Number, GUID: msnp.GUID(g.GUID), Name: msnp.Encode(g.Name),
		}.Append(b.buf, b.v)
	}
}

// contacts are all contacts, one line for each, and behind those of the forward list
// their phones.
func (b *block) contacts(contacts []roster.Contact, groups []roster.Group) {
	guids := make(map[int]msnp.GUID, len(groups))
	for i := range groups {
		guids[groups[i].Number] = msnp.GUID(groups[i].GUID)
	}
	var in []msnp.GUID
	for i := range contacts {
		c := &contacts[i]
		in = in[:0]
		for _, number := range c.Groups {
			if guid := guids[number]; guid != "" {
				in = append(in, guid)
			}
		}
		b.buf = msnp.ContactItem{
			Handle: c.Handle, Name: nameOf(c), ID: msnp.GUID(c.GUID), Lists: msnp.ListMask(c.Lists),
			Groups: c.Numbers(), GroupIDs: in,
		}.Append(b.buf, b.v)
		if c.Lists.Has(roster.Forward) {
			b.phones(c.Handle, &c.Phones)
		}
	}
}

// nameOf gives the name of a contact. A handle in place of one stands as it is.
func nameOf(c *roster.Contact) msnp.Encoded {
	if c.Name == c.Handle {
		return ""
	}
	return msnp.Encode(c.Name)
}

// list is one list, each contact of the forward list with its phones.
func (b *block) list(list msnp.List, contacts []roster.Contact, phones bool) {
	bit, _ := roster.ParseLists(list)
	total := 0
	for i := range contacts {
		if contacts[i].Lists.Has(bit) {
			total++
		}
	}
	item := msnp.ListItem{TrID: b.trid, List: list, Version: b.version, Total: total}
	if total == 0 {
		b.buf = item.Append(b.buf, b.v)
		return
	}
	phones = phones && list == msnp.ForwardList
	for i := range contacts {
		c := &contacts[i]
		if !c.Lists.Has(bit) {
			continue
		}
		item.Index++
		item.Handle, item.Name, item.Groups = c.Handle, nameOf(c), c.Numbers()
		b.buf = item.Append(b.buf, b.v)
		if phones {
			b.phones(c.Handle, &c.Phones)
		}
	}
}

// phones are what a contact lets us know of its phones, for versions that
// show them.
func (b *block) phones(handle string, p *roster.Phones) {
	if !b.v.Has(msnp.FeatureProperties) {
		return
	}
	setting := msnp.ContactSetting{Version: b.version, Handle: handle, Sync: true}
	for _, phone := range phoneSettings(*p) {
		setting.Key, setting.Value = phone.key, phone.value
		if phone.key == msnp.KeyPaging {
			setting.Value = b.flag(p.Pages)
		}
		b.buf = setting.Append(b.buf, b.v)
	}
}

// phoneSetting is a setting that contacts are told of.
type phoneSetting struct {
	key   msnp.Key
	value msnp.Encoded
}

func phoneSettings(p roster.Phones) [4]phoneSetting {
	return [4]phoneSetting{
		{msnp.KeyHomePhone, msnp.Encode(p.Home)},
		{msnp.KeyWorkPhone, msnp.Encode(p.Work)},
		{msnp.KeyMobilePhone, msnp.Encode(p.Mobile)},
		{msnp.KeyPaging, yesNo(p.Pages)},
	}
}

func yesNo(yes bool) msnp.Encoded {
	if yes {
		return msnp.ValueYes
	}
	return msnp.ValueNo
}
