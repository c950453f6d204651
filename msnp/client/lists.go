package client

import (
	"context"
	"slices"
	"strings"

	"github.com/papilio-im/papilio/msnp"
)

// Add puts somebody on a list of the user's: msnp.ForwardList, msnp.AllowList or
// msnp.BlockList; and since MSNP10 msnp.ReverseList, which says that the user has seen
// that somebody has added them: see [Pending]. The name is what the list is to call
// them; "" stands for the handle. group is a group to put them into (since MSNP7,
// forward list) or msnp.NoGroup, which is group 0; with a group, somebody who is on
// the list already is put into that one, too.
//
// Somebody who is online and lets themselves be seen is announced with a
// [Presence] event soon after. Refusals have codes such as
// msnp.CodeNoSuchAccount, msnp.CodeAlreadyThere and msnp.CodeOppositeList; for an
// account that does not exist see msnp.Version.NoSuchAccount.
//
// Since MSNP10 this can take two commands, of which the first can have been done when
// the second is refused.
func (c *Client) Add(ctx context.Context, list msnp.List, handle, name string, group int) error {
	if err := c.checkEdit(list, handle, msnp.ReverseList); err != nil {
		return err
	}
	encoded, err := encodeName(name, msnp.MaxName)
	if err != nil {
		return err
	}
	handle = strings.ToLower(handle)
	if c.Version().Has(msnp.FeatureGUIDs) && list == msnp.ForwardList {
		return c.addForward(ctx, handle, encoded, group)
	}
	if c.Version().Has(msnp.FeatureGUIDs) {
		encoded = ""
	}
	return c.call(ctx, func(id msnp.TrID) Request {
		return msnp.Add{TrID: id, List: list, Handle: handle, Name: encoded, Group: group}
	}, nil)
}

// addForward puts somebody on the forward list, and then into a group, where both
// have GUIDs.
func (c *Client) addForward(ctx context.Context, handle string, name msnp.Encoded, group int) error {
	if name == "" {
		name = plainName(handle)
	}
	if group <= 0 {
		return c.call(ctx, func(id msnp.TrID) Request {
			return msnp.Add{TrID: id, List: msnp.ForwardList, Handle: handle, Name: name}
		}, nil)
	}
	groupID, err := c.groupID("ADC", group)
	if err != nil {
		return err
	}
	contact := c.contactID(handle)
	if contact == "" {
		if err := c.addForward(ctx, handle, name, msnp.NoGroup); err != nil {
			return err
		}
		if contact = c.contactID(handle); contact == "" {
			return &RefusedError{Command: "ADC", Code: msnp.CodeNotOnList} // gone again, or never named
		}
	}
	return c.call(ctx, func(id msnp.TrID) Request {
		return msnp.Add{TrID: id, List: msnp.ForwardList, Contact: contact, GroupID: groupID}
	}, nil)
}

// plainName is a handle in the place of a name, as clients write it.
func plainName(handle string) msnp.Encoded {
	if strings.Contains(handle, "%") {
		return msnp.Encode(handle)
	}
	return msnp.Encoded(handle)
}

// contactID gives the GUID of somebody on the forward list, "" for somebody else.
func (c *Client) contactID(handle string) msnp.GUID {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.roster.find(handle); p != nil {
		return p.known().id
	}
	return ""
}

// Remove takes somebody off a list of the user's, or with a group out of that
// group alone (since MSNP7, forward list). To MSNP9 they leave the list with their
// last group, and later they stay. Since MSNP10 the list can be msnp.PendingList, too:
// see [Pending]. Somebody whom the client does not find on the forward list then is
// refused by the client itself, with msnp.CodeNotOnList.
func (c *Client) Remove(ctx context.Context, list msnp.List, handle string, group int) error {
	if err := c.checkEdit(list, handle, msnp.PendingList); err != nil {
		return err
	}
	m := msnp.Remove{List: list, Handle: strings.ToLower(handle), Group: group}
	if c.Version().Has(msnp.FeatureGUIDs) && list == msnp.ForwardList {
		if m.Contact = c.contactID(m.Handle); m.Contact == "" {
			return &RefusedError{Command: "REM", Code: msnp.CodeNotOnList}
		}
		if group >= 0 {
			var err error
			if m.GroupID, err = c.groupID("REM", group); err != nil {
				return err
			}
		}
	}
	return c.call(ctx, func(id msnp.TrID) Request {
		m.TrID = id
		return m
	}, nil)
}

// Acknowledge says that the user has seen that somebody has added them (since MSNP10),
// which ends [Pending] for good. It is to follow the answer, which is to put them on
// the allow list or the block list.
func (c *Client) Acknowledge(ctx context.Context, handle string) error {
	return c.Remove(ctx, msnp.PendingList, handle, msnp.NoGroup)
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

// Rename changes the name that the lists have of a contact. Since MSNP10 only those
// on the forward list have one: somebody else is refused by the client itself, with
// msnp.CodeNotOnList.
func (c *Client) Rename(ctx context.Context, handle, name string) error {
	if err := checkHandle(handle); err != nil {
		return err
	}
	encoded, err := encodeName(name, msnp.MaxName)
	if err != nil {
		return err
	}
	handle = strings.ToLower(handle)
	if c.Version().Has(msnp.FeatureGUIDs) {
		return c.renameNamed(ctx, handle, encoded)
	}
	return c.call(ctx, func(id msnp.TrID) Request {
		return msnp.Rename{TrID: id, Handle: handle, Name: encoded}
	}, nil)
}

// renameNamed is Rename since MSNP10, where names are settings.
func (c *Client) renameNamed(ctx context.Context, handle string, name msnp.Encoded) error {
	if handle == c.o.Handle {
		return c.call(ctx, func(id msnp.TrID) Request {
			return msnp.ChangeSetting{TrID: id, Key: msnp.KeyName, Value: name}
		}, nil)
	}
	contact := c.contactID(handle)
	if contact == "" {
		return &RefusedError{Command: "SBP", Code: msnp.CodeNotOnList}
	}
	return c.call(ctx, func(id msnp.TrID) Request {
		return msnp.ContactChange{TrID: id, Contact: contact, Key: msnp.KeyName, Value: name}
	}, nil)
}

// RenameSelf changes the own friendly name, of at most msnp.MaxName octets once
// encoded, and tells everybody who sees the user.
func (c *Client) RenameSelf(ctx context.Context, name string) error {
	return c.Rename(ctx, c.o.Handle, name)
}

// checkEdit checks what would make a server close the connection. Since MSNP10 there
// is one list more that can be edited.
func (c *Client) checkEdit(list msnp.List, handle string, more msnp.List) error {
	switch list {
	case msnp.ForwardList, msnp.AllowList, msnp.BlockList:
		return checkHandle(handle)
	case more:
		if v := c.Version(); !v.Has(msnp.FeaturePendingList) {
			return &msnp.UnsupportedError{Version: v, Form: "edits of " + string(list)}
		}
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
	e := ListChanged{
		List: m.List, Handle: strings.ToLower(m.Handle), Name: decoded(m.Name), Group: m.Group, Unasked: m.TrID == 0,
	}
	c.mu.Lock()
	c.roster.version = m.Version
	if n := c.roster.numberOf(m.GroupID); m.GroupID != "" && n != 0 {
		e.Group = n
	}
	p := c.roster.added(m, e.Handle, c.version.Has(msnp.FeaturePendingList))
	if p == nil {
		c.mu.Unlock()
		if m.Handle == "" {
			return nil // a contact that is not known
		}
		return protocolError(l, ErrTooLong)
	}
	if m.Handle == "" {
		e.Handle, e.Name = p.handle, decoded(p.name)
	}
	if m.List == msnp.ForwardList && c.version.Has(msnp.FeatureGroups) {
		p.enter(max(e.Group, 0))
	} else if m.List == msnp.ForwardList && e.Group > 0 {
		p.enter(e.Group)
	}
	waits := p.lists.Has(OnPending)
	c.mu.Unlock()
	c.emit(e)
	if m.List == msnp.ReverseList && e.Unasked && waits {
		c.emit(Pending{Handle: e.Handle, Name: e.Name})
	}
	return nil
}

// added puts a contact on the list that ADD or ADC names, and gives it, or nil. Where
// there is a pending list, those who have added the user are on it until the user has
// answered.
func (r *roster) added(m msnp.Added, handle string, pending bool) *contact {
	if m.Handle == "" {
		return r.named(m.Contact)
	}
	p := r.put(handle)
	if p == nil {
		return nil
	}
	switch {
	case m.List == msnp.ReverseList && m.TrID == 0 && pending && !p.lists.Has(OnAllow) && !p.lists.Has(OnBlock):
		p.join(msnp.PendingList, m.Name)
	case m.List == msnp.ReverseList:
		p.lists &^= OnPending
		p.join(m.List, m.Name)
	default:
		p.join(m.List, m.Name)
	}
	if m.Contact != "" {
		d := p.known()
		d.id = m.Contact
		p.know(d)
	}
	return p
}

// join puts a contact on a list. The name that counts is the forward list's.
func (p *contact) join(list msnp.List, name msnp.Encoded) {
	if !p.lists.Has(OnForward) && p.name != name && name != "" {
		if p.name = name; string(name) == p.handle {
			p.name = msnp.Encoded(p.handle) // one string for both
		}
	}
	if p.name == "" {
		p.name = msnp.Encoded(p.handle)
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
	e := ListChanged{
		List: m.List, Handle: strings.ToLower(m.Handle), Removed: true, Group: m.Group, Unasked: m.TrID == 0,
	}
	c.mu.Lock()
	c.roster.version = m.Version
	if m.Contact != "" {
		p := c.roster.named(m.Contact)
		if p == nil {
			c.mu.Unlock()
			return nil // a contact that is not known
		}
		e.Handle = p.handle
	}
	if m.GroupID != "" {
		if e.Group = c.roster.numberOf(m.GroupID); e.Group == 0 {
			c.mu.Unlock()
			return nil // a group that is not known
		}
	}
	c.roster.remove(m.List, e.Handle, e.Group, c.version.Has(msnp.FeatureGroups))
	c.mu.Unlock()
	c.emit(e)
	return nil
}

// remove takes somebody off a list, or out of one group: as long as there are others,
// if everybody must be in one. Off the pending list they come to the reverse list.
func (r *roster) remove(list msnp.List, handle string, group int, everybody bool) {
	p := r.find(handle)
	if p != nil && list == msnp.ForwardList && group >= 0 {
		p.groups = slices.DeleteFunc(p.groups, func(id int) bool { return id == group })
		if len(p.groups) > 0 || !everybody {
			return
		}
	}
	switch {
	case list == msnp.PendingList && p != nil && p.lists.Has(OnPending):
		p.lists = p.lists&^OnPending | OnReverse
	case list == msnp.ReverseList:
		r.take(handle, OnReverse|OnPending)
	default:
		r.take(handle, listBits[list])
	}
}

// onSBP keeps the name of a contact.
func (c *Client) onSBP(_ context.Context, l *msnp.Line) error {
	m, err := msnp.ParseContactChange(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.roster.named(m.Contact); p != nil && m.Key == msnp.KeyName && m.Value != "" {
		p.name = m.Value
	}
	return nil
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
