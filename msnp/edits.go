package msnp

// NoGroup stands for no group in the messages that may name one. Group 0 is a
// group like the others.
const NoGroup = -1

// Add is ADD as a client sends it (to MSNP9): put somebody on a list, or, if the
// contact is on the forward list already, into a further group.
//
//	C: ADD 20 FL dora@example.net dora@example.net 3
type Add struct {
	TrID   TrID
	List   List   // FL, AL or BL
	Handle string // in lower case
	Name   Encoded
	Group  int // NoGroup if none is named; since MSNP7, forward list only
}

// Append appends the line.
func (m Add) Append(dst []byte, v Version) []byte {
	dst = appendTrID(dst, "ADD", m.TrID)
	dst = appendWord(dst, m.List)
	dst = appendWord(dst, m.Handle)
	dst = appendName(dst, m.Name, m.Handle)
	return appendEnd(appendGroup(dst, v, m.List, m.Group))
}

var errHandleForm = &ParseError{Code: CodeParameter, Reason: "not a handle"}

// ParseAdd reads a client's ADD. Another list and a name of more than [MaxName]
// octets end the connection; a handle that cannot be one is answered with 201.
func ParseAdd(l *Line, v Version) (Add, error) {
	f := open(l, "ADD")
	m := Add{TrID: f.trid(), List: f.editable(), Group: NoGroup}
	word := f.word()
	m.Name = f.name()
	if f.err == nil {
		var err error
		if m.Handle, err = ParseHandle(word); err != nil {
			f.fail(errHandleForm)
		}
	}
	m.Group = f.group(v, m.List)
	return result(m, &f)
}

// appendGroup appends a group where the version and the list have them.
func appendGroup(dst []byte, v Version, list List, group int) []byte {
	if group < 0 || list != ForwardList || !v.Has(FeatureGroups) {
		return dst
	}
	return appendUint(dst, group)
}

// group reads what appendGroup wrote.
func (f *fields) group(v Version, list List) int {
	if list != ForwardList || !v.Has(FeatureGroups) || !f.more() {
		return NoGroup
	}
	return f.count()
}

// Added is ADD as a server sends it: the answer to [Add], whose words it repeats,
// or with transaction id 0 the news that somebody has added the client's user
// (List RL). Group is named only if the client named it.
//
//	S: ADD 20 FL 44 dora@example.net dora@example.net 3
//	S: ADD 0 RL 18 ada@example.net Ada%20L
type Added struct {
	TrID    TrID
	List    List
	Version uint32 // the receiver's list version after the change
	Handle  string
	Name    Encoded
	Group   int // NoGroup if none is named
}

// Append appends the line.
func (m Added) Append(dst []byte, v Version) []byte {
	dst = appendTrID(dst, "ADD", m.TrID)
	dst = appendWord(dst, m.List)
	dst = appendUint(dst, m.Version)
	dst = appendWord(dst, m.Handle)
	dst = appendName(dst, m.Name, m.Handle)
	return appendEnd(appendGroup(dst, v, m.List, m.Group))
}

// ParseAdded reads a server's ADD.
func ParseAdded(l *Line, v Version) (Added, error) {
	f := openStrict(l, "ADD")
	m := Added{TrID: f.trid(), List: f.list(), Version: f.number(), Handle: f.text(), Name: f.name()}
	m.Group = f.group(v, m.List)
	return result(m, &f)
}

// Remove is REM as a client sends it (to MSNP9 in this form): take somebody off a
// list, or out of one group.
//
//	C: REM 21 FL dora@example.net 3
type Remove struct {
	TrID   TrID
	List   List   // FL, AL or BL
	Handle string // in lower case; it may be no handle at all, which is on no list
	Group  int    // NoGroup if none is named; since MSNP7, forward list only
}

// Append appends the line.
func (m Remove) Append(dst []byte, v Version) []byte {
	dst = appendTrID(dst, "REM", m.TrID)
	dst = appendWord(dst, m.List)
	dst = appendWord(dst, m.Handle)
	return appendEnd(appendGroup(dst, v, m.List, m.Group))
}

// ParseRemove reads a client's REM. Another list ends the connection.
func ParseRemove(l *Line, v Version) (Remove, error) {
	f := open(l, "REM")
	m := Remove{TrID: f.trid(), List: f.editable(), Handle: f.folded()}
	m.Group = f.group(v, m.List)
	return result(m, &f)
}

// Removed is REM as a server sends it: the answer to [Remove], or with
// transaction id 0 the news that somebody has removed the client's user.
//
//	S: REM 21 FL 45 dora@example.net 3
//	S: REM 0 RL 19 ada@example.net
type Removed struct {
	TrID    TrID
	List    List
	Version uint32 // the receiver's list version after the change
	Handle  string
	Group   int // NoGroup if none is named
}

// Append appends the line.
func (m Removed) Append(dst []byte, v Version) []byte {
	dst = appendTrID(dst, "REM", m.TrID)
	dst = appendWord(dst, m.List)
	dst = appendUint(dst, m.Version)
	dst = appendWord(dst, m.Handle)
	return appendEnd(appendGroup(dst, v, m.List, m.Group))
}

// ParseRemoved reads a server's REM.
func ParseRemoved(l *Line, v Version) (Removed, error) {
	f := openStrict(l, "REM")
	m := Removed{TrID: f.trid(), List: f.list(), Version: f.number(), Handle: f.text()}
	m.Group = f.group(v, m.List)
	return result(m, &f)
}

// Rename is REA as a client sends it (to MSNP9): change the friendly name of the
// user, or the name that is kept of a contact.
//
//	C: REA 22 dora@example.net Dora%20Q
type Rename struct {
	TrID   TrID
	Handle string // in lower case; it may be no handle at all, which is on no list
	Name   Encoded
}

// Append appends the line.
func (m Rename) Append(dst []byte, _ Version) []byte {
	dst = appendTrID(dst, "REA", m.TrID)
	dst = appendWord(dst, m.Handle)
	return appendEnd(appendName(dst, m.Name, m.Handle))
}

// ParseRename reads a client's REA. A name of more than [MaxName] octets ends the
// connection.
func ParseRename(l *Line, _ Version) (Rename, error) {
	f := open(l, "REA")
	return result(Rename{TrID: f.trid(), Handle: f.folded(), Name: f.name()}, &f)
}

// Renamed answers [Rename] and repeats its words.
//
//	S: REA 22 46 dora@example.net Dora%20Q
type Renamed struct {
	TrID    TrID
	Version uint32 // the list version after the change
	Handle  string
	Name    Encoded
}

// Append appends the line.
func (m Renamed) Append(dst []byte, _ Version) []byte {
	dst = appendTrID(dst, "REA", m.TrID)
	dst = appendUint(dst, m.Version)
	dst = appendWord(dst, m.Handle)
	return appendEnd(appendName(dst, m.Name, m.Handle))
}

// ParseRenamed reads a server's REA.
func ParseRenamed(l *Line, _ Version) (Renamed, error) {
	f := openStrict(l, "REA")
	return result(Renamed{TrID: f.trid(), Version: f.number(), Handle: f.text(), Name: f.name()}, &f)
}
