package client

import (
	"context"
	"slices"
	"strings"

	"github.com/papilio-im/papilio/msnp"
)

// Add puts somebody on a list of the user's: msnp.ForwardList, msnp.AllowList or
// msnp.BlockList. The name is what the list is to call them; "" stands for the
// handle. group is a group to put them into (MSNP7, forward list) or msnp.NoGroup,
// which is group 0; with a group, somebody who is on the list already is put into
// that one, too.
//
// Somebody who is online and lets themselves be seen is announced with a
// [Presence] event soon after. Refusals have codes such as
// msnp.CodeNoSuchAccount, msnp.CodeAlreadyThere and msnp.CodeOppositeList.
func (c *Client) Add(ctx context.Context, list msnp.List, handle, name string, group int) error {
	if err := checkEdit(list, handle); err != nil {
		return err
	}
	encoded, err := encodeName(name, msnp.MaxName)
	if err != nil {
		return err
	}
	return c.call(ctx, func(id msnp.TrID) Request {
		return msnp.Add{TrID: id, List: list, Handle: strings.ToLower(handle), Name: encoded, Group: group}
	}, nil)
}

// Remove takes somebody off a list of the user's, or with a group out of that
// group alone (MSNP7, forward list). Out of their last group they leave the list.
func (c *Client) Remove(ctx context.Context, list msnp.List, handle string, group int) error {
	if err := checkEdit(list, handle); err != nil {
		return err
	}
	return c.call(ctx, func(id msnp.TrID) Request {
		return msnp.Remove{TrID: id, List: list, Handle: strings.ToLower(handle), Group: group}
	}, nil)
}

// Block moves somebody from the allow list to the block list, as the clients do:
// two commands, the first of which may find nothing to remove.
func (c *Client) Block(ctx context.Context, handle string) error {
	return c.shift(ctx, msnp.AllowList, msnp.BlockList, handle)
}

// Unblock moves somebody from the block list to the allow list.
func (c *Client) Unblock(ctx context.Context, handle string) error {
	return c.shift(ctx, msnp.BlockList, msnp.AllowList, handle)
}

func (c *Client) shift(ctx context.Context, from, to msnp.List, handle string) error {
	if err := c.Remove(ctx, from, handle, msnp.NoGroup); err != nil && Code(err) != msnp.CodeNotOnList {
		return err
	}
	return c.Add(ctx, to, handle, "", msnp.NoGroup)
}

// Rename changes the name that the lists have of a contact.
func (c *Client) Rename(ctx context.Context, handle, name string) error {
	if err := checkHandle(handle); err != nil {
		return err
	}
	encoded, err := encodeName(name, msnp.MaxName)
	if err != nil {
		return err
	}
	return c.call(ctx, func(id msnp.TrID) Request {
		return msnp.Rename{TrID: id, Handle: strings.ToLower(handle), Name: encoded}
	}, nil)
}

// RenameSelf changes the own friendly name, of at most msnp.MaxName octets once
// encoded, and tells everybody who sees the user.
func (c *Client) RenameSelf(ctx context.Context, name string) error {
	return c.Rename(ctx, c.o.Handle, name)
}

// checkEdit checks what would make a server close the connection.
func checkEdit(list msnp.List, handle string) error {
	switch list {
	case msnp.ForwardList, msnp.AllowList, msnp.BlockList:
		return checkHandle(handle)
	default:
		return ErrBadWord
	}
}

func (c *Client) onADD(_ context.Context, l *msnp.Line) error {
	m, err := msnp.ParseAdded(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	handle := strings.ToLower(m.Handle)
	c.mu.Lock()
	c.roster.version = m.Version
	p := c.roster.put(handle)
	if p == nil {
		c.mu.Unlock()
		return protocolError(l, ErrTooLong)
	}
	p.join(m.List, m.Name)
	if m.List == msnp.ForwardList && c.version.Has(msnp.FeatureGroups) {
		p.enter(max(m.Group, 0))
	}
	c.mu.Unlock()
	c.emit(ListChanged{
		List: m.List, Handle: handle, Name: decoded(m.Name), Group: m.Group, Unasked: m.TrID == 0,
	})
	return nil
}

// join puts a contact on a list. The name that counts is the forward list's.
func (p *contact) join(list msnp.List, name msnp.Encoded) {
	if !p.lists.Has(OnForward) && p.name != name {
		if p.name = name; string(name) == p.handle {
			p.name = msnp.Encoded(p.handle) // one string for both
		}
	}
	p.lists |= listBits[list]
}

// enter puts a contact into a group.
func (p *contact) enter(id int) {
	if i, ok := slices.BinarySearch(p.groups, id); !ok && len(p.groups) < maxGroups {
		p.groups = slices.Insert(p.groups, i, id)
	}
}

func (c *Client) onREM(_ context.Context, l *msnp.Line) error {
	m, err := msnp.ParseRemoved(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	handle := strings.ToLower(m.Handle)
	c.mu.Lock()
	c.roster.version = m.Version
	c.roster.remove(m.List, handle, m.Group)
	c.mu.Unlock()
	c.emit(ListChanged{List: m.List, Handle: handle, Removed: true, Group: m.Group, Unasked: m.TrID == 0})
	return nil
}

// remove takes somebody off a list, or out of one group while there are others.
func (r *roster) remove(list msnp.List, handle string, group int) {
	if p := r.find(handle); p != nil && list == msnp.ForwardList && group >= 0 {
		p.groups = slices.DeleteFunc(p.groups, func(id int) bool { return id == group })
		if len(p.groups) > 0 {
			return
		}
	}
	r.take(handle, listBits[list])
}

func (c *Client) onREA(_ context.Context, l *msnp.Line) error {
	m, err := msnp.ParseRenamed(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.roster.version = m.Version
	if handle := strings.ToLower(m.Handle); handle == c.o.Handle {
		c.name = m.Name
	} else if p := c.roster.find(handle); p != nil {
		p.name = m.Name
	}
	return nil
}
