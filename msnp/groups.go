package msnp

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

// AddGroup is ADG as a client sends it (MSNP7 to MSNP9 in this form).
//
//	C: ADG 30 Work 0
type AddGroup struct {
	TrID TrID
	Name Encoded
}

// Append appends the line.
func (m AddGroup) Append(dst []byte, _ Version) []byte {
	dst = appendWord(appendTrID(dst, "ADG", m.TrID), m.Name)
	return appendEnd(append(dst, " 0"...))
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

// GroupAdded answers [AddGroup] with the number of the new group.
//
//	S: ADG 30 47 Work 3 0
type GroupAdded struct {
	TrID    TrID
	Version uint32 // the list version after the change
	Name    Encoded
	ID      int
}

// Append appends the line.
func (m GroupAdded) Append(dst []byte, _ Version) []byte {
	dst = appendTrID(dst, "ADG", m.TrID)
	dst = appendUint(dst, m.Version)
	dst = appendWord(dst, m.Name)
	dst = appendUint(dst, m.ID)
	return appendEnd(append(dst, " 0"...))
}

// ParseGroupAdded reads a server's ADG.
func ParseGroupAdded(l *Line, _ Version) (GroupAdded, error) {
	f := openStrict(l, "ADG")
	return result(GroupAdded{TrID: f.trid(), Version: f.number(), Name: f.name(), ID: f.count()}, &f)
}

// RenameGroup is REG as a client sends it (MSNP7 to MSNP9 in this form).
//
//	C: REG 31 3 Office 0
type RenameGroup struct {
	TrID TrID
	ID   int
	Name Encoded
}

// Append appends the line.
func (m RenameGroup) Append(dst []byte, _ Version) []byte {
	dst = appendTrID(dst, "REG", m.TrID)
	dst = appendUint(dst, m.ID)
	dst = appendWord(dst, m.Name)
	return appendEnd(append(dst, " 0"...))
}

// ParseRenameGroup reads a client's REG. A number of [MaxGroups] or more and a
// name of more than [MaxRenamedGroup] octets end the connection.
func ParseRenameGroup(l *Line, _ Version) (RenameGroup, error) {
	f := open(l, "REG")
	return result(RenameGroup{TrID: f.trid(), ID: f.groupID(), Name: f.encoded(MaxRenamedGroup, errNameLong)}, &f)
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
type GroupRenamed struct {
	TrID    TrID
	Version uint32 // the list version after the change
	ID      int
	Name    Encoded
}

// Append appends the line.
func (m GroupRenamed) Append(dst []byte, _ Version) []byte {
	dst = appendTrID(dst, "REG", m.TrID)
	dst = appendUint(dst, m.Version)
	dst = appendUint(dst, m.ID)
	dst = appendWord(dst, m.Name)
	return appendEnd(append(dst, " 0"...))
}

// ParseGroupRenamed reads a server's REG.
func ParseGroupRenamed(l *Line, _ Version) (GroupRenamed, error) {
	f := openStrict(l, "REG")
	return result(GroupRenamed{TrID: f.trid(), Version: f.number(), ID: f.count(), Name: f.name()}, &f)
}

// RemoveGroup is RMG as a client sends it (MSNP7 to MSNP9 in this form).
//
//	C: RMG 32 3
type RemoveGroup struct {
	TrID TrID
	ID   int
}

// Append appends the line.
func (m RemoveGroup) Append(dst []byte, _ Version) []byte {
	return appendEnd(appendUint(appendTrID(dst, "RMG", m.TrID), m.ID))
}

// ParseRemoveGroup reads a client's RMG. A number of [MaxGroups] or more ends the
// connection.
func ParseRemoveGroup(l *Line, _ Version) (RemoveGroup, error) {
	f := open(l, "RMG")
	return result(RemoveGroup{TrID: f.trid(), ID: f.groupID()}, &f)
}

// GroupRemoved answers [RemoveGroup].
//
//	S: RMG 32 49 3
type GroupRemoved struct {
	TrID    TrID
	Version uint32 // the list version after the change
	ID      int
}

// Append appends the line.
func (m GroupRemoved) Append(dst []byte, _ Version) []byte {
	dst = appendTrID(dst, "RMG", m.TrID)
	dst = appendUint(dst, m.Version)
	return appendEnd(appendUint(dst, m.ID))
}

// ParseGroupRemoved reads a server's RMG.
func ParseGroupRemoved(l *Line, _ Version) (GroupRemoved, error) {
	f := openStrict(l, "RMG")
	return result(GroupRemoved{TrID: f.trid(), Version: f.number(), ID: f.count()}, &f)
}
