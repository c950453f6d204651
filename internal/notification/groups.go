package notification

import (
	"context"

	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// adg makes a group.
func (s *session) adg(l *msnp.Line) error {
	m, err := msnp.ParseAddGroup(l, s.version)
	if err != nil {
		return err
	}
	name, err := m.Name.Decode()
	if err != nil {
		return err
	}
	var group roster.Group
	version, err := edit(s, func(ctx context.Context) (version uint32, err error) {
		group, version, err = s.roster().AddGroup(ctx, s.online.handle, name)
		return version, err
	})
	if err != nil {
		return err
	}
	s.put(msnp.GroupAdded{TrID: m.TrID, Version: version, Name: m.Name, ID: group.Number})
	return nil
}

// reg renames a group.
func (s *session) reg(l *msnp.Line) error {
	m, err := msnp.ParseRenameGroup(l, s.version)
	if err != nil {
		return err
	}
	name, err := m.Name.Decode()
	if err != nil {
		return err
	}
	version, err := edit(s, func(ctx context.Context) (uint32, error) {
		return s.roster().RenameGroup(ctx, s.online.handle, m.ID, name)
	})
	if err != nil {
		return err
	}
	s.put(msnp.GroupRenamed{TrID: m.TrID, Version: version, ID: m.ID, Name: m.Name})
	return nil
}

// rmg removes a group, and with it from the forward list those who were in no
// other.
func (s *session) rmg(l *msnp.Line) error {
	m, err := msnp.ParseRemoveGroup(l, s.version)
	if err != nil {
		return err
	}
	var gone []roster.Change
	version, err := edit(s, func(ctx context.Context) (version uint32, err error) {
		gone, version, err = s.roster().RemoveGroup(ctx, s.online.handle, m.ID)
		return version, err
	})
	if err != nil {
		return err
	}
	s.put(msnp.GroupRemoved{TrID: m.TrID, Version: version, ID: m.ID})
	for _, change := range gone {
		s.unwatch(change)
	}
	return nil
}
