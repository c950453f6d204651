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
	ended Lists     // the lists that have been read to their end
}

const allLists = OnForward | OnAllow | OnBlock | OnReverse

// beginSync adds SYN to what is going to be said, and gives its transaction id,
// or 0 if there is to be none.
func (c *Client) beginSync(requests *[]Request) msnp.TrID {
	c.sync = syncing{} // a referral may have come in the middle of one
	if c.o.NoSync {
		return 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	id := c.newID()
	*requests = append(*requests, msnp.Sync{TrID: id, Version: c.roster.version})
	return id
}

// readLists reads the answer to SYN. It is one line if the lists are known in
// their current version; else they follow, each with its own end.
func (c *Client) readLists(ctx context.Context, id msnp.TrID) error {
	l, err := c.answerTo(ctx, id, "SYN")
	if err != nil {
		return err
	}
	m, err := msnp.ParseSyncReply(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	if m.Version == c.roster.version && m.Version != 0 {
		return nil
	}
	c.sync = syncing{id: id, fresh: roster{version: m.Version}}
	for c.sync.ended != allLists {
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
	c.mu.Unlock()
	c.sync = syncing{}
	return nil
}

// syncs reports whether a line is a part of the answer to SYN.
func (c *Client) syncs(id msnp.TrID) bool { return c.sync.id != 0 && c.sync.id == id }

// lists is what a line without a transaction id is about: the lists that are
// being read, or those that are known. It is called with the lock held.
func (c *Client) lists() *roster {
	if c.sync.id != 0 {
		return &c.sync.fresh
	}
	return &c.roster
}

func (c *Client) onLST(_ context.Context, l *msnp.Line) error {
	m, err := msnp.ParseListItem(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	if !c.syncs(m.TrID) {
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
		p.groups = m.Groups
	}
	return nil
}

func (c *Client) onLSG(_ context.Context, l *msnp.Line) error {
	m, err := msnp.ParseGroupItem(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	if !c.syncs(m.TrID) {
		return nil
	}
	return c.sync.fresh.putGroup(m.ID, m.Name, l)
}
