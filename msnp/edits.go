package msnp

// NoGroup stands for no group in the messages that may name one. Group 0 is a
// group like the others.
const NoGroup = -1

// Add is ADD as a client sends it to MSNP9, and ADC as it does from MSNP10 to
// MSNP12: put somebody on a list, or, if the contact is on the forward list already,
// into a further group.
//
//	C: ADD 20 FL dora@example.net dora@example.net 3
//	C: ADC 20 FL N=dora@example.net F=dora@example.net
//	C: ADC 21 AL N=dora@example.net
//	C: ADC 22 FL C=0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21 5e1f2c0a-8b1d-4f7e-9a34-0c5d7f1a2b3c
type Add struct {
	TrID TrID
	// List is FL, AL or BL. In ADC it may be RL, too: the user has seen that
	// somebody has added them.
	List   List
	Handle string // as the client wrote it; "" if Contact says who it is
	// Name is what is to be kept as the contact's name; "" in an ADC that has none,
	// whose contact is kept by its handle.
	Name  Encoded
	Group int // NoGroup if none is named; MSNP7 to MSNP9, forward list only
	// Contact and GroupID are the other form of ADC, for the forward list: they
	// name a contact that is there, and the group that it is to be in.
	Contact GUID
	GroupID GUID
}

// Append appends the line.
func (m Add) Append(dst []byte, v Version) []byte {
	if v.Has(FeatureGUIDs) {
		return m.appendADC(dst)
	}
	dst = appendTrID(dst, "ADD", m.TrID)
	dst = appendWord(dst, m.List)
	dst = appendWord(dst, m.Handle)
	dst = appendName(dst, m.Name, m.Handle)
	return appendEnd(appendGroup(dst, v, m.List, m.Group))
}

var errHandleForm = &ParseError{Code: CodeParameter, Reason: "not a handle"}

// ParseAdd reads a client's ADD or ADC. Another list and a name of more than
// [MaxName] octets end the connection; a handle that cannot be one is answered with
// 201. In ADC a contact that is no GUID is answered with 403, and a group that is
// none ends the connection.
func ParseAdd(l *Line, v Version) (Add, error) {
	if v.Has(FeatureGUIDs) {
		return parseADC(l, v)
	}
	f := open(l, "ADD")
	m := Add{TrID: f.trid(), List: f.editable(v, ReverseList), Group: NoGroup}
	m.Handle = f.text()
	m.Name = f.name()
	if !isHandle(m.Handle, 2) {
		f.fail(errHandleForm)
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

// Added is ADD and ADC as a server sends them: the answer to [Add], whose words it
// repeats, or with transaction id 0 the news that somebody has added the client's
// user (List RL). Group is named only if the client named it.
//
//	S: ADD 20 FL 44 dora@example.net dora@example.net 3
//	S: ADC 20 FL N=dora@example.net F=dora@example.net C=0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21
//	S: ADD 0 RL 18 ada@example.net Ada%20L
//	S: ADC 0 RL N=ada@example.net F=Ada%20L
type Added struct {
	TrID    TrID
	List    List
	Version uint32 // the receiver's list version after the change; to MSNP9
	Handle  string // "" in an answer that repeats a Contact and a GroupID
	// Name is always there in ADD, and in ADC on the forward list: Append writes
	// the handle where it is missing.
	Name  Encoded
	Group int // NoGroup if none is named; to MSNP9
	// Contact names the contact from now on; since MSNP10, forward list only.
	Contact GUID
	GroupID GUID // as in [Add]
}

// Append appends the line.
func (m Added) Append(dst []byte, v Version) []byte {
	if v.Has(FeatureGUIDs) {
		return m.appendADC(dst)
	}
	dst = appendTrID(dst, "ADD", m.TrID)
	dst = appendWord(dst, m.List)
	dst = appendUint(dst, m.Version)
	dst = appendWord(dst, m.Handle)
	dst = appendName(dst, m.Name, m.Handle)
	return appendEnd(appendGroup(dst, v, m.List, m.Group))
}

// ParseAdded reads a server's ADD or ADC. GUIDs are taken as they are.
func ParseAdded(l *Line, v Version) (Added, error) {
	if v.Has(FeatureGUIDs) {
		return parseAddedADC(l, v)
	}
	f := openStrict(l, "ADD")
	m := Added{TrID: f.trid(), List: f.list(v), Version: f.number(), Handle: f.text(), Name: f.name()}
	m.Group = f.group(v, m.List)
	return result(m, &f)
}

// Remove is REM as a client sends it (to MSNP12): take somebody off a list, or out
// of one group. From MSNP10 on GUIDs name the contacts of the forward list and the
// groups.
//
//	C: REM 21 FL dora@example.net 3
//	C: REM 21 FL 0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21 5e1f2c0a-8b1d-4f7e-9a34-0c5d7f1a2b3c
//	C: REM 22 AL dora@example.net
//	C: REM 23 PL dora@example.net
type Remove struct {
	TrID   TrID
	List   List   // FL, AL or BL, and since MSNP10 PL
	Handle string // as the client wrote it; it may be no handle at all, which is on no list
	Group  int    // NoGroup if none is named; MSNP7 to MSNP9, forward list only
	// Contact and GroupID stand for Handle and Group since MSNP10, forward list
	// only. GroupID is "" if none is named.
	Contact GUID
	GroupID GUID
}

// Append appends the line.
func (m Remove) Append(dst []byte, v Version) []byte {
	dst = appendTrID(dst, "REM", m.TrID)
	dst = appendWord(dst, m.List)
	return appendEnd(appendListed(dst, v, m.List, m.Handle, m.Contact, m.Group, m.GroupID))
}

// appendListed appends what REM names a contact and a group by. A contact whose
// GUID is not given is named by the handle: no client knows it by that, but none
// reads the word behind it in its place.
func appendListed(dst []byte, v Version, list List, handle string, contact GUID, group int, groupID GUID) []byte {
	if list == ForwardList && v.Has(FeatureGUIDs) && contact != "" {
		return appendOptional(appendWord(dst, contact), groupID)
	}
	return appendGroup(appendWord(dst, handle), v, list, group)
}

// ParseRemove reads a client's REM. Another list, and a group that has no form of
// one, end the connection; a contact of the forward list that is no GUID is
// answered with 403 since MSNP10.
func ParseRemove(l *Line, v Version) (Remove, error) {
	f := open(l, "REM")
	m := Remove{TrID: f.trid(), List: f.editable(v, PendingList), Group: NoGroup}
	if m.List == ForwardList && v.Has(FeatureGUIDs) {
		m.Contact = f.guid(errContactGUID)
		if f.more() {
			m.GroupID = f.guid(errGroupGUID)
		}
		return result(m, &f)
	}
	m.Handle = f.text()
	m.Group = f.group(v, m.List)
	return result(m, &f)
}

// Removed is REM as a server sends it: the answer to [Remove], or with
// transaction id 0 the news that somebody has removed the client's user.
//
//	S: REM 21 FL 45 dora@example.net 3
//	S: REM 21 FL 0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21
//	S: REM 0 RL 19 ada@example.net
//	S: REM 0 RL ada@example.net
type Removed struct {
	TrID    TrID
	List    List
	Version uint32 // the receiver's list version after the change; to MSNP9
	Handle  string
	Group   int  // NoGroup if none is named
	Contact GUID // as in [Remove]: it must be given since MSNP10
	GroupID GUID // as in [Remove]
}

// Append appends the line.
func (m Removed) Append(dst []byte, v Version) []byte {
	dst = appendTrID(dst, "REM", m.TrID)
	dst = appendWord(dst, m.List)
	dst = appendListVersion(dst, v, m.Version)
	return appendEnd(appendListed(dst, v, m.List, m.Handle, m.Contact, m.Group, m.GroupID))
}

// ParseRemoved reads a server's REM. GUIDs are taken as they are.
func ParseRemoved(l *Line, v Version) (Removed, error) {
	f := openStrict(l, "REM")
	m := Removed{TrID: f.trid(), List: f.list(v), Version: f.listVersion(v), Group: NoGroup}
	if m.List == ForwardList && v.Has(FeatureGUIDs) {
		m.Contact = GUID(f.text())
		m.GroupID = GUID(f.optional())
		return result(m, &f)
	}
	m.Handle = f.text()
	m.Group = f.group(v, m.List)
	return result(m, &f)
}

// Rename is REA as a client sends it (to MSNP9): change the friendly name of the
// user, or the name that is kept of a contact.
//
//	C: REA 22 dora@example.net Dora%20Q
type Rename struct {
	TrID   TrID
	Handle string // as the client wrote it; it may be no handle at all, which is on no list
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
	return result(Rename{TrID: f.trid(), Handle: f.text(), Name: f.name()}, &f)
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
