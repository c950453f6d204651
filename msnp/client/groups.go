package client

import (
	"context"
	"slices"

	"github.com/papilio-im/papilio/msnp"
)

// AddGroup makes a group and gives its number (MSNP7). A name has at most
// msnp.MaxGroupName octets once encoded.
func (c *Client) AddGroup(ctx context.Context, name string) (int, error) {
	encoded, err := c.groupName(name, msnp.MaxGroupName)
	if err != nil {
		return 0, err
	}
	var added msnp.GroupAdded
	err = c.call(ctx, func(id msnp.TrID) Request {
		return msnp.AddGroup{TrID: id, Name: encoded}
	}, func(l *msnp.Line) (bool, error) {
		var err error
		added, err = msnp.ParseGroupAdded(l, c.version)
		return true, err
	})
	if err != nil {
		return 0, err
	}
	return added.ID, nil
}

// RenameGroup gives a group another name (MSNP7), of at most msnp.MaxRenamedGroup
// octets once encoded.
func (c *Client) RenameGroup(ctx context.Context, id int, name string) error {
	encoded, err := c.groupName(name, msnp.MaxRenamedGroup)
	if err != nil {
		return err
	}
	return c.call(ctx, func(trid msnp.TrID) Request {
		return msnp.RenameGroup{TrID: trid, ID: id, Name: encoded}
	}, nil)
}

// RemoveGroup removes a group (MSNP7). Contacts that are in no other leave the
// forward list with it.
func (c *Client) RemoveGroup(ctx context.Context, id int) error {
	if err := c.checkGroups(); err != nil {
		return err
	}
	return c.call(ctx, func(trid msnp.TrID) Request { return msnp.RemoveGroup{TrID: trid, ID: id} }, nil)
}

// checkGroups refuses what the version does not have.
func (c *Client) checkGroups() error {
	if v := c.Version(); !v.Has(msnp.FeatureGroups) {
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

func (c *Client) onADG(_ context.Context, l *msnp.Line) error {
	m, err := msnp.ParseGroupAdded(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.roster.version = m.Version
	return c.roster.putGroup(m.ID, m.Name, l)
}

func (c *Client) onREG(_ context.Context, l *msnp.Line) error {
	m, err := msnp.ParseGroupRenamed(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.roster.version = m.Version
	return c.roster.putGroup(m.ID, m.Name, l)
}

func (c *Client) onRMG(_ context.Context, l *msnp.Line) error {
	m, err := msnp.ParseGroupRemoved(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.roster.version = m.Version
	c.roster.dropGroup(m.ID)
	return nil
}

// putGroup makes or renames a group.
func (r *roster) putGroup(id int, name msnp.Encoded, l *msnp.Line) error {
	i := slices.IndexFunc(r.groups, func(g group) bool { return g.id >= id })
	switch {
	case i >= 0 && r.groups[i].id == id:
		r.groups[i].name = name
	case len(r.groups) >= maxGroups:
		return protocolError(l, ErrTooLong)
	case i >= 0:
		r.groups = slices.Insert(r.groups, i, group{id, name})
	default:
		r.groups = append(r.groups, group{id, name})
	}
	return nil
}

// dropGroup removes a group, and those who were in no other.
func (r *roster) dropGroup(id int) {
	r.groups = slices.DeleteFunc(r.groups, func(g group) bool { return g.id == id })
	var gone []string
	for i := range r.contacts {
		p := &r.contacts[i]
		if slices.Contains(p.groups, id) {
			p.groups = slices.DeleteFunc(p.groups, func(g int) bool { return g == id })
			if len(p.groups) == 0 {
				gone = append(gone, p.handle)
			}
		}
	}
	for _, handle := range gone {
		r.take(handle, OnForward)
	}
}
