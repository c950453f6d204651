package msnp

import "slices"

// Bounds of groups.
const (
	// MaxGroups is the number of groups that a person can have, group 0 included.
	MaxGroups = 30
	// MaxRenamedGroup bounds the name that REG gives to a group, in octets once
	// encoded. It has always been more than [MaxGroupName], which bounds ADG's.
	MaxRenamedGroup = 127
)

var (
	errGroupName = &ParseError{Code: CodeGroupNameLong, Reason: "name of a group too long"}
	errGroupID   = &ParseError{Reason: "number of a group out of range"}
)

// AddGroup is ADG as a client sends it (MSNP7 to MSNP12).
//
//	C: ADG 30 Work 0
//	C: ADG 30 Work
type AddGroup struct {
	TrID TrID
	Name Encoded
}

// Append appends the line.
func (m AddGroup) Append(dst []byte, v Version) []byte {
	dst = appendWord(appendTrID(dst, "ADG", m.TrID), m.Name)
	return appendEnd(appendNought(dst, v))
}

// appendNought appends the 0 at the end of what is said of groups with numbers.
// Nobody knows what it is for.
func appendNought(dst []byte, v Version) []byte {
	if v.Has(FeatureGUIDs) {
		return dst
	}
	return append(dst, " 0"...)
}

// ParseAddGroup reads a client's ADG. A name of more than [MaxGroupName] octets
// is answered with 229, one of more than [MaxName] ends the connection.
func ParseAddGroup(l *Line, _ Version) (AddGroup, error) {
	f := open(l, "ADG")
	m := AddGroup{TrID: f.trid(), Name: f.name()}
	if len(m.Name) > MaxGroupName {
		f.fail(errGroupName)
	}
	return result(m, &f)
}

// GroupAdded answers [AddGroup] with the number, or the GUID, of the new group.
//
//	S: ADG 30 47 Work 3 0
//	S: ADG 30 Work 5e1f2c0a-8b1d-4f7e-9a34-0c5d7f1a2b3c
type GroupAdded struct {
	TrID    TrID
	Version uint32 // the list version after the change; to MSNP9
	Name    Encoded
	ID      int  // to MSNP9
	GUID    GUID // since MSNP10
}

// Append appends the line.
func (m GroupAdded) Append(dst []byte, v Version) []byte {
	dst = appendTrID(dst, "ADG", m.TrID)
	dst = appendListVersion(dst, v, m.Version)
	dst = appendWord(dst, m.Name)
	return appendEnd(appendNought(appendGroupID(dst, v, m.ID, m.GUID), v))
}

// appendGroupID appends what names a group.
func appendGroupID(dst []byte, v Version, id int, guid GUID) []byte {
	if v.Has(FeatureGUIDs) {
		return appendWord(dst, guid)
	}
	return appendUint(dst, id)
}

// serverGroup reads what names a group to a server. GUIDs are taken as they are.
func (f *fields) serverGroup(v Version) (id int, guid GUID) {
	if v.Has(FeatureGUIDs) {
		return 0, GUID(f.text())
	}
	return f.count(), ""
}

// ParseGroupAdded reads a server's ADG.
func ParseGroupAdded(l *Line, v Version) (GroupAdded, error) {
	f := openStrict(l, "ADG")
	m := GroupAdded{TrID: f.trid(), Version: f.listVersion(v), Name: f.name()}
	m.ID, m.GUID = f.serverGroup(v)
	return result(m, &f)
}

// RenameGroup is REG as a client sends it (MSNP7 to MSNP12).
//
//	C: REG 31 3 Office 0
//	C: REG 31 5e1f2c0a-8b1d-4f7e-9a34-0c5d7f1a2b3c Office
type RenameGroup struct {
	TrID TrID
	ID   int  // to MSNP9
	GUID GUID // since MSNP10
	Name Encoded
}

// Append appends the line.
func (m RenameGroup) Append(dst []byte, v Version) []byte {
	dst = appendTrID(dst, "REG", m.TrID)
	dst = appendGroupID(dst, v, m.ID, m.GUID)
	return appendEnd(appendNought(appendWord(dst, m.Name), v))
}

// ParseRenameGroup reads a client's REG. A number of [MaxGroups] or more, what is
// no GUID since MSNP10, and a name of more than [MaxRenamedGroup] octets end the
// connection.
func ParseRenameGroup(l *Line, v Version) (RenameGroup, error) {
	f := open(l, "REG")
	m := RenameGroup{TrID: f.trid()}
	if v.Has(FeatureGUIDs) {
		m.GUID = f.guid(errGroupGUID)
	} else {
		m.ID = f.groupID()
	}
	m.Name = f.encoded(MaxRenamedGroup, errNameLong)
	return result(m, &f)
}

// groupID reads a number that a group can have.
func (f *fields) groupID() int {
	id := f.count()
	if id >= MaxGroups {
		f.fail(errGroupID)
	}
	return id
}

// GroupRenamed answers [RenameGroup] and repeats its words.
//
//	S: REG 31 48 3 Office 0
//	S: REG 31 5e1f2c0a-8b1d-4f7e-9a34-0c5d7f1a2b3c Office
type GroupRenamed struct {
	TrID    TrID
	Version uint32 // the list version after the change; to MSNP9
	ID      int    // to MSNP9
	GUID    GUID   // since MSNP10
	Name    Encoded
}

// Append appends the line.
func (m GroupRenamed) Append(dst []byte, v Version) []byte {
	dst = appendTrID(dst, "REG", m.TrID)
	dst = appendListVersion(dst, v, m.Version)
	dst = appendGroupID(dst, v, m.ID, m.GUID)
	return appendEnd(appendNought(appendWord(dst, m.Name), v))
}

// ParseGroupRenamed reads a server's REG.
func ParseGroupRenamed(l *Line, v Version) (GroupRenamed, error) {
	f := openStrict(l, "REG")
	m := GroupRenamed{TrID: f.trid(), Version: f.listVersion(v)}
	m.ID, m.GUID = f.serverGroup(v)
	m.Name = f.name()
	return result(m, &f)
}

// RemoveGroup is RMG as a client sends it (MSNP7 to MSNP12).
//
//	C: RMG 32 3
//	C: RMG 32 5e1f2c0a-8b1d-4f7e-9a34-0c5d7f1a2b3c
//	C: RMG 32 New%2520Group
type RemoveGroup struct {
	TrID TrID
	ID   int  // to MSNP9
	GUID GUID // since MSNP10
	// Name is in place of GUID, which is "", if the client is a 7.0 that removes a
	// group which it has just made and not renamed: it sends the name, encoded
	// once more than names are. Here it is as everywhere else.
	Name Encoded
}

// Append appends the line.
func (m RemoveGroup) Append(dst []byte, v Version) []byte {
	dst = appendTrID(dst, "RMG", m.TrID)
	if m.GUID == "" && v.Has(FeatureGUIDs) {
		return appendEnd(AppendEncoded(append(dst, ' '), string(m.Name)))
	}
	return appendEnd(appendGroupID(dst, v, m.ID, m.GUID))
}

// ParseRemoveGroup reads a client's RMG. A number of [MaxGroups] or more ends the
// connection, and since MSNP10 what is neither a GUID nor, encoded twice, a name of
// at most [MaxRenamedGroup] octets.
func ParseRemoveGroup(l *Line, v Version) (RemoveGroup, error) {
	f := open(l, "RMG")
	m := RemoveGroup{TrID: f.trid()}
	if !v.Has(FeatureGUIDs) {
		m.ID = f.groupID()
		return result(m, &f)
	}
	w := f.word()
	if guid, ok := ParseGUID(w); ok {
		m.GUID = guid
	} else if f.err == nil {
		m.Name = f.encodedTwice(w)
	}
	return result(m, &f)
}

// encodedTwice gives a name that was encoded twice as one that was encoded once.
// It must have the one sign by which such a name is told from anything else.
func (f *fields) encodedTwice(w []byte) Encoded {
	if len(w) > 3*MaxRenamedGroup {
		f.fail(errGroupGUID)
		return ""
	}
	once, ok := appendDecoded(nil, w)
	if !ok || len(once) > MaxRenamedGroup || !isWord(once) || !slices.Contains(once, '%') || !validEncoded(once) {
		f.fail(errGroupGUID)
		return ""
	}
	return Encoded(once)
}

// GroupRemoved answers [RemoveGroup].
//
//	S: RMG 32 49 3
//	S: RMG 32 5e1f2c0a-8b1d-4f7e-9a34-0c5d7f1a2b3c
type GroupRemoved struct {
	TrID    TrID
	Version uint32 // the list version after the change; to MSNP9
	ID      int    // to MSNP9
	GUID    GUID   // since MSNP10
}

// Append appends the line.
func (m GroupRemoved) Append(dst []byte, v Version) []byte {
	dst = appendTrID(dst, "RMG", m.TrID)
	dst = appendListVersion(dst, v, m.Version)
	return appendEnd(appendGroupID(dst, v, m.ID, m.GUID))
}

// ParseGroupRemoved reads a server's RMG.
func ParseGroupRemoved(l *Line, v Version) (GroupRemoved, error) {
	f := openStrict(l, "RMG")
	m := GroupRemoved{TrID: f.trid(), Version: f.listVersion(v)}
	m.ID, m.GUID = f.serverGroup(v)
	return result(m, &f)
}
