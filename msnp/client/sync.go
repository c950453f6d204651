package client

import (
	"context"
	"slices"
	"strings"

	"github.com/papilio-im/papilio/msnp"
)

// syncing is a synchronisation under way.
type syncing struct {
	id    msnp.TrID // of the SYN; 0 if none is under way
	fresh roster    // what has been read
	ended Lists     // to MSNP7: the lists that have been read to their end
	// Since MSNP8: how many are to come.
	contacts, groups int
}

const allLists = OnForward | OnAllow | OnBlock | OnReverse

// complete reports whether everything has come that clients wait for.
func (s *syncing) complete(v msnp.Version) bool {
	if v.Has(msnp.FeatureSyncCounts) {
		return s.contacts <= 0 && s.groups <= 0
	}
	return s.ended == allLists
}

// beginSync adds SYN to what is going to be said, and gives its transaction id,
// or 0 if there is to be none.
func (c *Client) beginSync(requests *[]Request) msnp.TrID {
	c.sync, c.listed = syncing{}, "" // a referral may have come in the middle of one
	if c.o.NoSync {
		return 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	id := c.newID()
	*requests = append(*requests, msnp.Sync{
		TrID: id, Version: c.roster.version, Lists: c.roster.stamps[0], Settings: c.roster.stamps[1],
	})
	return id
}

// current reports whether the lists that are known are what the server has.
func (c *Client) current(m msnp.SyncReply) bool {
	if c.version.Has(msnp.FeatureSyncCounts) {
		return !m.Full
	}
	return m.Version == c.roster.version && m.Version != 0
}

// readLists reads the answer to SYN. It is one line if the lists are known in
// their current version; else they follow. To MSNP7 each has its own end, and from
// MSNP8 on the answer tells how much is to come.
func (c *Client) readLists(ctx context.Context, id msnp.TrID) error {
	l, err := c.answerTo(ctx, id, "SYN")
	if err != nil {
		return err
	}
	m, err := msnp.ParseSyncReply(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	if c.current(m) {
		return nil
	}
	if m.Contacts > maxContacts || m.Groups > maxGroups {
		return protocolError(l, ErrTooLong)
	}
	c.sync = syncing{id: id, contacts: m.Contacts, groups: m.Groups}
	c.sync.fresh = roster{version: m.Version, stamps: [2]msnp.Stamp{m.Lists, m.Settings}}
	for !c.sync.complete(c.version) {
		if l, err = c.link.next(); err != nil {
			return lost(err)
		}
		if l.Code != 0 {
			if got, ok := l.TrID(); !ok || got == id {
				return &RefusedError{Command: "SYN", Code: l.Code, TrID: id}
			}
		}
		if err := c.handle(ctx, l); err != nil {
			return err
		}
	}
	c.sync.fresh.contacts = slices.Clone(c.sync.fresh.contacts) // to its size
	c.mu.Lock()
	c.sync.fresh.adopt(&c.roster)
	c.roster = c.sync.fresh
	pending := c.roster.pending()
	c.mu.Unlock()
	c.sync = syncing{}
	for _, e := range pending {
		c.emit(e)
	}
	return nil
}

// pending are those who wait for an answer.
func (r *roster) pending() []Pending {
	var list []Pending
	for i := range r.contacts {
		if p := &r.contacts[i]; p.lists.Has(OnPending) {
			list = append(list, Pending{Handle: p.handle, Name: decoded(p.name)})
		}
	}
	return list
}

// syncs reports whether a line is a part of the answer to SYN, where it has no
// transaction id since MSNP8.
func (c *Client) syncs(id msnp.TrID, nameless bool) bool {
	return c.sync.id != 0 && (nameless || c.sync.id == id)
}

// lists is what a line without a transaction id is about: the lists that are
// being read, or those that are known. It is called with the lock held.
func (c *Client) lists() *roster {
	if c.sync.id != 0 {
		return &c.sync.fresh
	}
	return &c.roster
}

func (c *Client) onLST(_ context.Context, l *msnp.Line) error {
	if msnp.IsContactItem(l, c.version) {
		return c.onContact(l)
	}
	m, err := msnp.ParseListItem(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	if !c.syncs(m.TrID, false) {
		return nil
	}
	if m.Index == m.Total {
		c.sync.ended |= listBits[m.List]
	}
	if m.Total == 0 {
		return nil
	}
	p := c.sync.fresh.put(strings.ToLower(m.Handle))
	if p == nil {
		return protocolError(l, ErrTooLong)
	}
	p.join(m.List, m.Name)
	if m.List == msnp.ForwardList {
		p.groups = ordered(m.Groups)
	}
	return nil
}

// ordered puts groups in order, each once, and no more than there can be.
func ordered(groups []int) []int {
	slices.Sort(groups)
	groups = slices.Compact(groups)
	return groups[:min(len(groups), maxGroups)]
}

// onContact is LST since MSNP8.
func (c *Client) onContact(l *msnp.Line) error {
	m, err := msnp.ParseContactItem(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	if !c.syncs(0, true) {
		return nil
	}
	c.sync.contacts--
	c.listed = strings.ToLower(m.Handle)
	p := c.sync.fresh.put(c.listed)
	if p == nil {
		return protocolError(l, ErrTooLong)
	}
	c.listed = p.handle
	p.lists = 0
	for i, list := range listNames {
		if m.Lists.Has(1 << i) {
			p.join(list, m.Name)
		}
	}
	p.know(details{id: m.ID})
	p.groups = ordered(m.Groups)
	for _, id := range m.GroupIDs {
		if n := c.sync.fresh.numberOf(id); n != 0 {
			p.enter(n)
		}
	}
	return nil
}

func (c *Client) onLSG(_ context.Context, l *msnp.Line) error {
	m, err := msnp.ParseGroupItem(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	if !c.syncs(m.TrID, m.Sync) {
		return nil
	}
	c.sync.groups--
	return c.putGroup(&c.sync.fresh, group{m.ID, m.Name, m.GUID.Lower()}, l)
}
