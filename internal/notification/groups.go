package notification

import (
	"cmp"
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
	s.put(msnp.GroupAdded{TrID: m.TrID, Version: version, Name: m.Name, ID: group.Number, GUID: msnp.GUID(group.GUID)})
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
		return s.roster().RenameGroup(ctx, s.online.handle, roster.GroupKey{Number: m.ID, GUID: m.GUID}, name)
	})
	if err != nil {
		return err
	}
	s.put(msnp.GroupRenamed{TrID: m.TrID, Version: version, ID: m.ID, GUID: m.GUID, Name: m.Name})
	return nil
}

// rmg removes a group, and with it, where everybody has to be in one, those from the
// forward list who were in no other.
func (s *session) rmg(l *msnp.Line) error {
	m, err := msnp.ParseRemoveGroup(l, s.version)
	if err != nil {
		return err
	}
	name, err := m.Name.Decode()
	if err != nil {
		return err
	}
	removed, err := edit(s, func(ctx context.Context) (roster.GroupRemoved, error) {
		return s.roster().RemoveGroup(ctx, s.online.handle, roster.GroupKey{Number: m.ID, GUID: m.GUID, Name: name})
	})
	if err != nil {
		return err
	}
	guid := cmp.Or(m.GUID, msnp.GUID(removed.Group.GUID)) // as it was written, if it was
	s.put(msnp.GroupRemoved{TrID: m.TrID, Version: removed.Version, ID: m.ID, GUID: guid})
	for _, change := range removed.Gone {
		s.unwatch(change)
	}
	return nil
}
