package notification

import (
	"bytes"
	"fmt"
	"time"

	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// syn sends everything that the client keeps about its user's contacts, or
// says that what it has is what there is.
func (s *session) syn(l *msnp.Line) error {
	m, err := msnp.ParseSync(l, s.version)
	if err != nil {
		return err
	}
	s.place.resume()
	defer s.place.await()
	// Changes that others make from here on are held back until the lists,
	// which may or may not have them already, are out.
	end := s.online.endpoint.BeginSync()
	full, err := s.load(m.Version)
	if err != nil {
		end(false)
		return err
	}
	b := newBlock(s, m.TrID, full.Version)
	b.add(msnp.SyncReply{TrID: m.TrID, Version: full.Version})
	if !full.Unchanged {
		b.settings(full.Settings)
		b.groups(full.Groups)
		for _, list := range [...]msnp.List{msnp.ForwardList, msnp.AllowList, msnp.BlockList, msnp.ReverseList} {
			b.list(list, full.Contacts, true)
		}
	}
	b.send()
	end(true)
	return nil
}

// lst sends one list. There are clients that send no SYN and fetch their lists
// one by one: with the reverse list, which others change, they have them.
func (s *session) lst(l *msnp.Line) error {
	m, err := msnp.ParseListRequest(l, s.version)
	if err != nil {
		return err
	}
	end := s.online.endpoint.BeginSync()
	full, err := s.load(0)
	if err != nil {
		end(false)
		return err
	}
	b := newBlock(s, m.TrID, full.Version)
	b.list(m.List, full.Contacts, false)
	b.send()
	end(m.List == msnp.ReverseList)
	return nil
}

// lsg sends the groups.
func (s *session) lsg(l *msnp.Line) error {
	m, err := msnp.ParseGroupRequest(l, s.version)
	if err != nil {
		return err
	}
	full, err := s.load(0)
	if err != nil {
		return err
	}
	b := newBlock(s, m.TrID, full.Version)
	b.groups(full.Groups)
	b.send()
	return nil
}

func (s *session) load(clientVersion uint32) (roster.Full, error) {
	ctx, cancel := timeout()
	defer cancel()
	full, err := s.roster().Load(ctx, s.online.handle, clientVersion)
	if err != nil {
		return roster.Full{}, fmt.Errorf("load the lists of %s: %w", s.online.handle, err)
	}
	return full, nil
}

// block is an answer of many lines, which go out together: to some clients
// nothing else may come between.
type block struct {
	s       *session
	trid    msnp.TrID
	version uint32 // of the lists
	buf     []byte
}

func newBlock(s *session, trid msnp.TrID, version uint32) *block {
	return &block{s: s, trid: trid, version: version}
}

func (b *block) add(m interface {
	Append(dst []byte, v msnp.Version) []byte
}) {
	b.buf = m.Append(b.buf, b.s.version)
}

// A block that is longer than a queue should be goes out in pieces, as the client
// takes them: thousands may have somebody on their lists, and nobody is asked
// whether that fits.
const (
	blockPiece = 128 << 10
	blockAhead = 512 << 10 // of maxQueue; the rest is for what happens meanwhile
	blockPause = 5 * time.Second
)

func (b *block) send() {
	for len(b.buf) > blockPiece {
		end := bytes.LastIndexByte(b.buf[:blockPiece], '\n') + 1 // a line is shorter
		b.s.PutBlock(b.buf[:end])
		b.buf = b.buf[end:]
		b.s.Flush()
		for !b.s.Ending() && !b.s.AwaitRoom(blockAhead, blockPause) {
			continue // who takes nothing for much longer is cut off
		}
		if b.s.Ending() {
			return
		}
	}
	b.s.PutBlock(b.buf)
}

// settings are GTC, BLP and, for versions that have them, the phones.
func (b *block) settings(set roster.Settings) {
	prompt, dflt := msnp.PromptNone, msnp.DefaultAL
	if set.AskWhenAdded {
		prompt = msnp.PromptAsk
	}
	if set.BlockUnlisted {
		dflt = msnp.DefaultBL
	}
	b.setting(msnp.KeyPrompt, prompt)
	b.setting(msnp.KeyDefault, dflt)
	if !b.s.version.Has(msnp.FeatureProperties) {
		return
	}
	b.setting(msnp.KeyHomePhone, msnp.Encode(set.Phones.Home))
	b.setting(msnp.KeyWorkPhone, msnp.Encode(set.Phones.Work))
	b.setting(msnp.KeyMobilePhone, msnp.Encode(set.Phones.Mobile))
	b.setting(msnp.KeyPaging, yesNo(set.Phones.Pages))
	b.setting(msnp.KeyMobile, yesNo(set.Phones.Device))
}

func (b *block) setting(key msnp.Key, value msnp.Encoded) {
	b.add(msnp.Setting{TrID: b.trid, Version: b.version, Key: key, Value: value})
}

// groups are the groups, for versions that have them.
func (b *block) groups(groups []roster.Group) {
	if !b.s.version.Has(msnp.FeatureGroups) {
		return
	}
	for i, g := range groups {
		b.add(msnp.GroupItem{
			TrID: b.trid, Version: b.version, Index: i + 1, Total: len(groups),
			ID: g.Number, Name: msnp.Encode(g.Name),
		})
	}
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
		b.add(item)
		return
	}
	phones = phones && list == msnp.ForwardList
	for i := range contacts {
		c := &contacts[i]
		if !c.Lists.Has(bit) {
			continue
		}
		item.Index++
		item.Handle, item.Name, item.Groups = c.Handle, msnp.Encode(c.Name), c.Numbers()
		b.add(item)
		if phones {
			b.phones(c.Handle, c.Phones)
		}
	}
}

// phones are what a contact lets us know of its phones, for versions that
// show them.
func (b *block) phones(handle string, p roster.Phones) {
	if !b.s.version.Has(msnp.FeatureProperties) {
		return
	}
	for _, setting := range phoneSettings(p) {
		b.add(msnp.ContactSetting{Version: b.version, Handle: handle, Key: setting.key, Value: setting.value})
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
