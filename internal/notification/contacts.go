package notification

import (
	"context"
	"log/slog"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// add puts a contact on a list, or into a group. On the forward list the user
// watches the contact, which is told; on the others it may see the user come
// or go.
func (s *session) add(l *msnp.Line) error {
	m, err := msnp.ParseAdd(l, s.version)
	switch {
	case err != nil:
		return err
	case m.Contact != "":
		return s.addToGroup(m)
	case m.List == msnp.ReverseList:
		return s.acknowledge(m)
	}
	name, err := m.Name.Decode()
	if err != nil {
		return err
	}
	list, _ := roster.ParseLists(m.List)
	change, err := edit(s, func(ctx context.Context) (roster.Change, error) {
		return s.roster().Add(ctx, s.online.handle, roster.AddRequest{
			List: list, Handle: m.Handle, Name: name, Group: m.Group,
			Grouped: s.version.Has(msnp.FeatureGroups), Pends: s.version.Has(msnp.FeaturePendingList),
		})
	})
	if err != nil {
		return err
	}
	s.put(msnp.Added{
		TrID: m.TrID, List: m.List, Version: change.Version, Handle: m.Handle, Name: m.Name, Group: m.Group,
		Contact: msnp.GUID(change.GUID),
	})
	if change.New {
		s.watch(m.TrID, change)
	}
	if list != roster.Forward {
		s.online.principal.Edit(change.Handle, func(lists *roster.Privacy) { lists.Set(change.Handle, list) }, list == roster.Allow)
	}
	if change.Revealed != 0 {
		s.tellPhones(change.Handle, change.Revealed)
	}
	return nil
}

// addToGroup puts a contact of the forward list into a group.
func (s *session) addToGroup(m msnp.Add) error {
	change, err := edit(s, func(ctx context.Context) (roster.Change, error) {
		return s.roster().Place(ctx, s.online.handle, m.Contact, m.GroupID)
	})
	if err == nil {
		s.put(msnp.Added{TrID: m.TrID, List: m.List, Version: change.Version, Contact: m.Contact, GroupID: m.GroupID})
	}
	return err
}

// acknowledge notes that the user knows who has added them.
func (s *session) acknowledge(m msnp.Add) error {
	change, err := edit(s, func(ctx context.Context) (roster.Change, error) {
		return s.roster().Acknowledge(ctx, s.online.handle, m.Handle)
	})
	if err == nil {
		s.put(msnp.Added{TrID: m.TrID, List: m.List, Version: change.Version, Handle: m.Handle, Name: m.Name})
	}
	return err
}

// watch is the rest of an ADD to the forward list: what the user is shown of
// the contact, and what the contact is told of the user.
func (s *session) watch(trid msnp.TrID, change roster.Change) {
	o, contact := s.online, change.Handle
	o.principal.Edit(contact, func(lists *roster.Privacy) { lists.Set(contact, roster.Forward) }, false)
	s.srv.opts.Hub.Reverse(contact, o.handle, true)
	if s.version.Has(msnp.FeatureNewSettings) && o.endpoint.Synced() {
		for _, p := range phoneSettings(roster.Phones{}) {
			s.put(msnp.ContactSetting{Version: change.Version, Handle: contact, Key: p.key, Value: p.value})
		}
	}
	if o.endpoint.Arrived() {
		o.principal.Contact(o.endpoint, trid, contact, false)
	}
	s.srv.opts.Hub.Tell(contact, msnp.Added{
		List: msnp.ReverseList, Version: change.Peer, Handle: o.handle, Name: o.principal.Name(), Group: msnp.NoGroup,
	})
}

// rem takes a contact off a list, or out of a group.
func (s *session) rem(l *msnp.Line) error {
	m, err := msnp.ParseRemove(l, s.version)
	if err != nil {
		return err
	}
	list, _ := roster.ParseLists(m.List)
	change, err := edit(s, func(ctx context.Context) (roster.Change, error) {
		return s.roster().Remove(ctx, s.online.handle, roster.RemoveRequest{
			List: list, Handle: m.Handle, Group: m.Group, Contact: m.Contact, GroupID: m.GroupID,
		})
	})
	if err != nil {
		return err
	}
	s.put(msnp.Removed{
		TrID: m.TrID, List: m.List, Version: change.Version, Handle: m.Handle, Group: m.Group,
		Contact: m.Contact, GroupID: m.GroupID,
	})
	if change.Gone {
		s.unwatch(change)
	}
	if list != roster.Forward {
		s.online.principal.Edit(change.Handle, func(lists *roster.Privacy) { lists.Clear(change.Handle, list) }, false)
	}
	return nil
}

// unwatch is the rest of the removal of a contact from the forward list.
func (s *session) unwatch(change roster.Change) {
	o, contact := s.online, change.Handle
	o.principal.Edit(contact, func(lists *roster.Privacy) { lists.Clear(contact, roster.Forward) }, false)
	s.srv.opts.Hub.Reverse(contact, o.handle, false)
	s.srv.opts.Hub.Tell(contact, msnp.Removed{
		List: msnp.ReverseList, Version: change.Peer, Handle: o.handle, Group: msnp.NoGroup,
	})
}

// rea renames a contact, for the user alone, or the user, for everybody.
func (s *session) rea(l *msnp.Line) error {
	m, err := msnp.ParseRename(l, s.version)
	if err != nil {
		return err
	}
	name, err := m.Name.Decode()
	if err != nil {
		return err
	}
	answer := func(version uint32) front.Message {
		return msnp.Renamed{TrID: m.TrID, Version: version, Handle: m.Handle, Name: m.Name}
	}
	if handle, err := msnp.ParseHandle(m.Handle); err == nil && handle == s.online.handle {
		return s.renameSelf(name, answer)
	}
	version, err := edit(s, func(ctx context.Context) (uint32, error) {
		return s.roster().RenameContact(ctx, s.online.handle, m.Handle, name)
	})
	if err == nil {
		s.put(answer(version))
	}
	return err
}

// sbp sets what the user keeps of a contact. The name is all that is kept here: the
// rest is for other clients of the user's, of which there are none.
func (s *session) sbp(l *msnp.Line) error {
	m, err := msnp.ParseContactChange(l, s.version)
	if err != nil {
		return err
	}
	if m.Key == msnp.KeyName {
		err = s.renameListed(m)
	} else {
		err = s.mustList(m.Contact)
	}
	if err == nil {
		s.put(m)
	}
	return err
}

// renameListed changes the name of a contact of the forward list, for the user alone.
func (s *session) renameListed(m msnp.ContactChange) error {
	name, err := m.Value.Decode()
	if err != nil {
		return err
	}
	if name == "" {
		return front.Refuse(msnp.CodeParameter)
	}
	_, err = edit(s, func(ctx context.Context) (none struct{}, err error) {
		return none, s.roster().RenameListed(ctx, s.online.handle, m.Contact, name)
	})
	return err
}

// mustList refuses what names no contact of the forward list. It changes nothing,
// and is not counted: clients tell several things of each contact in a row.
func (s *session) mustList(contact msnp.GUID) error {
	ctx, cancel := timeout()
	defer cancel()
	return s.refusal(s.roster().Listed(ctx, s.online.handle, contact))
}

// renameSelf changes the user's own name. Some clients set the one that there is at
// each sign-in, which is no change.
func (s *session) renameSelf(name string, answer func(version uint32) front.Message) error {
	encoded := msnp.Encode(name)
	another := encoded != s.online.principal.Name()
	if another && !s.srv.renames.Allow(s.online.handle) {
		s.role().Limited("renames")
		return front.Refuse(msnp.CodeTooRapid)
	}
	version, err := edit(s, func(ctx context.Context) (uint32, error) {
		return s.roster().RenameSelf(ctx, s.online.handle, name)
	})
	if err != nil {
		return err
	}
	s.put(answer(version))
	if another {
		s.renamed(encoded)
	}
	return nil
}

// renamed tells contacts and conversations of the user's new name.
func (s *session) renamed(name msnp.Encoded) {
	s.online.principal.SetName(name)
	told := cluster.Renamed{Handle: s.online.handle, Name: name, Order: s.srv.opts.Hub.Next()}
	if err := s.srv.opts.Node.AnnounceRename(told); err != nil {
		s.srv.opts.Log.Warn("switchboards were not told of a new name", slog.Any("error", err))
	}
}
