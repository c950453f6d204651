package client

import (
	"context"
	"slices"

	"github.com/papilio-im/papilio/msnp"
)

// AddGroup makes a group and gives its number (since MSNP7). A name has at most
// msnp.MaxGroupName octets once encoded.
func (c *Client) AddGroup(ctx context.Context, name string) (int, error) {
	encoded, err := c.groupName(name, msnp.MaxGroupName)
	if err != nil {
		return 0, err
	}
	id := 0
	err = c.call(ctx, func(id msnp.TrID) Request {
		return msnp.AddGroup{TrID: id, Name: encoded}
	}, func(l *msnp.Line) (bool, error) {
		added, err := msnp.ParseGroupAdded(l, c.version)
		if id = added.ID; added.GUID != "" {
			id = c.roster.numberOf(added.GUID)
		}
		return true, err
	})
	if err != nil {
		return 0, err
	}
	return id, nil
}

// RenameGroup gives a group another name (since MSNP7), of at most
// msnp.MaxRenamedGroup octets once encoded.
func (c *Client) RenameGroup(ctx context.Context, id int, name string) error {
	encoded, err := c.groupName(name, msnp.MaxRenamedGroup)
	if err != nil {
		return err
	}
	guid, err := c.groupID("REG", id)
	if err != nil {
		return err
	}
	return c.call(ctx, func(trid msnp.TrID) Request {
		return msnp.RenameGroup{TrID: trid, ID: id, GUID: guid, Name: encoded}
	}, nil)
}

// RemoveGroup removes a group (since MSNP7). To MSNP9 contacts that are in no other
// leave the forward list with it; later they stay, in no group.
func (c *Client) RemoveGroup(ctx context.Context, id int) error {
	if err := c.checkGroups(); err != nil {
		return err
	}
	guid, err := c.groupID("RMG", id)
	if err != nil {
		return err
	}
	return c.call(ctx, func(trid msnp.TrID) Request {
		return msnp.RemoveGroup{TrID: trid, ID: id, GUID: guid}
	}, nil)
}

// hasGroups reports whether contacts are in groups.
func hasGroups(v msnp.Version) bool { return v.Has(msnp.FeatureGroups) || v.Has(msnp.FeatureGUIDs) }

// checkGroups refuses what the version does not have.
func (c *Client) checkGroups() error {
	if v := c.Version(); !hasGroups(v) {
		return &msnp.UnsupportedError{Version: v, Form: "groups"}
	}
	return nil
}

func (c *Client) groupName(name string, limit int) (msnp.Encoded, error) {
	if err := c.checkGroups(); err != nil {
		return "", err
	}
	if name == "" {
		return "", ErrBadWord
	}
	return encodeName(name, limit)
}

// groupID gives the GUID of a group where there are GUIDs, "" where there are none.
// A number that is none of a group cannot be asked about: the refusal is the client's
// own.
func (c *Client) groupID(command string, id int) (msnp.GUID, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.version.Has(msnp.FeatureGUIDs) {
		return "", nil
	}
	for i := range c.roster.groups {
		if g := &c.roster.groups[i]; g.id == id {
			return g.guid, nil
		}
	}
	return "", &RefusedError{Command: command, Code: msnp.CodeNoSuchGroup}
}

// numberOf gives the number of a group by its GUID, or 0.
func (r *roster) numberOf(guid msnp.GUID) int {
	guid = guid.Lower()
	for i := range r.groups {
		if r.groups[i].guid == guid {
			return r.groups[i].id
		}
	}
	return 0
}

func (c *Client) onADG(_ context.Context, l *msnp.Line) error {
	m, err := msnp.ParseGroupAdded(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	return c.keepGroup(m.Version, group{m.ID, m.Name, m.GUID.Lower()}, l)
}

func (c *Client) onREG(_ context.Context, l *msnp.Line) error {
	m, err := msnp.ParseGroupRenamed(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	return c.keepGroup(m.Version, group{m.ID, m.Name, m.GUID.Lower()}, l)
}

// keepGroup keeps a group that was made or renamed.
func (c *Client) keepGroup(version uint32, g group, l *msnp.Line) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.roster.version = version
	return c.putGroup(&c.roster, g, l)
}

func (c *Client) onRMG(_ context.Context, l *msnp.Line) error {
	m, err := msnp.ParseGroupRemoved(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.roster.version = m.Version
	if c.version.Has(msnp.FeatureGUIDs) {
		m.ID = c.roster.numberOf(m.GUID)
	}
	c.roster.dropGroup(m.ID, c.version.Has(msnp.FeatureGroups))
	return nil
}

// putGroup makes or renames a group. One that is named by a GUID keeps the number
// that it has had since the client signed in, or gets the next.
func (c *Client) putGroup(r *roster, g group, l *msnp.Line) error {
	if g.guid != "" {
		if g.id = r.numberOf(g.guid); g.id == 0 {
			g.id = c.roster.numberOf(g.guid)
		}
		if g.id == 0 {
			c.numbers++
			g.id = c.numbers
		}
	}
	i := slices.IndexFunc(r.groups, func(other group) bool { return other.id >= g.id })
	switch {
	case i >= 0 && r.groups[i].id == g.id:
		r.groups[i] = g
	case len(r.groups) >= maxGroups:
		return protocolError(l, ErrTooLong)
	case i >= 0:
		r.groups = slices.Insert(r.groups, i, g)
	default:
		r.groups = append(r.groups, g)
	}
	return nil
}

// dropGroup removes a group, and if nobody may be without one those who were in no
// other.
func (r *roster) dropGroup(id int, everybody bool) {
	r.groups = slices.DeleteFunc(r.groups, func(g group) bool { return g.id == id })
	var gone []string
	for i := range r.contacts {
		p := &r.contacts[i]
		if slices.Contains(p.groups, id) {
			p.groups = slices.DeleteFunc(p.groups, func(g int) bool { return g == id })
			if len(p.groups) == 0 && everybody {
				gone = append(gone, p.handle)
			}
		}
	}
	for _, handle := range gone {
		r.take(handle, OnForward)
	}
}
