package msnp

// List is the name of one of the lists that a contact can be on.
type List string

// The lists.
const (
	ForwardList List = "FL" // those whose presence I see
	AllowList   List = "AL" // those who may see me and call me
	BlockList   List = "BL" // those who may not
	ReverseList List = "RL" // those who have me on their forward list
	PendingList List = "PL" // those of them I have not answered yet; since MSNP10
)

// ListMask is a set of lists, as the number that LST has since MSNP8.
type ListMask uint8

// The bits.
const (
	MaskForward ListMask = 1 << iota
	MaskAllow
	MaskBlock
	MaskReverse
	MaskPending // instead of MaskReverse until the user has answered; since MSNP10
)

// Has reports whether any list of a set is in m.
func (m ListMask) Has(set ListMask) bool { return m&set != 0 }

// shownTo gives the set as version v has it. Somebody who is pending is on the
// pending list and not on the reverse list, where versions without the one show
// them: they ask the user about everybody whom they find on the reverse list
// alone.
func (m ListMask) shownTo(v Version) ListMask {
	switch {
	case !m.Has(MaskPending):
		return m
	case v.Has(FeaturePendingList):
		return m &^ MaskReverse
	}
	return m&^MaskPending | MaskReverse
}

// parseList knows the lists that a version has.
func parseList(word []byte, v Version) (List, bool) {
	for _, list := range [...]List{ForwardList, AllowList, BlockList, ReverseList} {
		if string(word) == string(list) {
			return list, true
		}
	}
	if string(word) == string(PendingList) && v.Has(FeaturePendingList) {
		return PendingList, true
	}
	return "", false
}

// list reads the name of a list.
func (f *fields) list(v Version) List {
	list, ok := parseList(f.word(), v)
	if !ok {
		f.fail(errListName)
	}
	return list
}

// editable reads the name of a list that clients may change. There is one more
// than the three that all versions have: the list that the version lets a client
// add to, or remove from.
func (f *fields) editable(v Version, more List) List {
	list := f.list(v)
	if (list == ReverseList || list == PendingList) && (list != more || !v.Has(FeaturePendingList)) {
		f.fail(errListName)
	}
	return list
}

// listVersion reads a list version, where the version of the protocol has one.
func (f *fields) listVersion(v Version) uint32 {
	if !v.Has(FeatureListVersion) {
		return 0
	}
	return f.number()
}

// appendListVersion appends what listVersion reads.
func appendListVersion(dst []byte, v Version, version uint32) []byte {
	if !v.Has(FeatureListVersion) {
		return dst
	}
	return appendUint(dst, version)
}

// Sync is SYN as a client sends it (to MSNP12): it asks for lists and settings
// unless what it has kept of them is current. To MSNP9 a number tells, and from
// MSNP10 on two timestamps.
//
//	C: SYN 9 41
//	C: SYN 9 2026-02-01T10:11:12.5000000-07:00 2026-01-31T08:00:00.0000000-07:00
//	C: SYN 9 0 0
type Sync struct {
	TrID     TrID
	Version  uint32 // the list version that the client has, 0 for none; to MSNP9
	Lists    Stamp  // of the lists that it has, "" for none; since MSNP10
	Settings Stamp  // of the settings that it has, "" for none; since MSNP10
}

// Append appends the line.
func (m Sync) Append(dst []byte, v Version) []byte {
	dst = appendTrID(dst, "SYN", m.TrID)
	return appendEnd(appendCurrent(dst, v, m.Version, m.Lists, m.Settings))
}

// appendCurrent appends what a version tells the state of the lists by.
func appendCurrent(dst []byte, v Version, version uint32, lists, settings Stamp) []byte {
	if v.Has(FeatureStamps) {
		return appendStamp(appendStamp(dst, lists), settings)
	}
	return appendUint(dst, version)
}

// ParseSync reads a client's SYN. A second timestamp that is missing is none; one
// of more than [MaxStamp] octets ends the connection.
func ParseSync(l *Line, v Version) (Sync, error) {
	f := open(l, "SYN")
	m := Sync{TrID: f.trid()}
	switch {
	case !v.Has(FeatureStamps):
		m.Version = f.number()
	default:
		m.Lists = f.stamp()
		if f.more() {
			m.Settings = f.stamp()
		}
	}
	return result(m, &f)
}

// SyncReply answers SYN (to MSNP12) with what is current. If the client has that
// nothing follows, else everything does, in this order: GTC, BLP, PRP, LSG, and LST
// each with its BPR. To MSNP7 all of these but BPR repeat SYN's transaction id and
// the list version; from MSNP8 on none does, and the answer tells how many LST and
// LSG there will be, for which clients wait.
//
//	S: SYN 9 41
//	S: SYN 9 41 3 2
//	S: SYN 9 2026-02-01T10:11:12.5000000-07:00 2026-01-31T08:00:00.0000000-07:00 3 1
type SyncReply struct {
	TrID     TrID
	Version  uint32 // to MSNP9
	Lists    Stamp  // since MSNP10
	Settings Stamp  // since MSNP10
	// Full says that everything follows, and Contacts and Groups how much of it:
	// the number of LST and of LSG. Since MSNP8; older clients tell by Version.
	Full     bool
	Contacts int
	Groups   int
}

// Append appends the line.
func (m SyncReply) Append(dst []byte, v Version) []byte {
	dst = appendTrID(dst, "SYN", m.TrID)
	dst = appendCurrent(dst, v, m.Version, m.Lists, m.Settings)
	if m.Full && v.Has(FeatureSyncCounts) {
		dst = appendUint(dst, m.Contacts)
		dst = appendUint(dst, m.Groups)
	}
	return appendEnd(dst)
}

// ParseSyncReply reads a server's SYN.
func ParseSyncReply(l *Line, v Version) (SyncReply, error) {
	f := openStrict(l, "SYN")
	m := SyncReply{TrID: f.trid()}
	if v.Has(FeatureStamps) {
		m.Lists = f.stamp()
		m.Settings = f.stamp()
	} else {
		m.Version = f.number()
	}
	if v.Has(FeatureSyncCounts) && f.more() {
		m.Full, m.Contacts, m.Groups = true, f.count(), f.count()
	}
	return result(m, &f)
}

// ListRequest is LST as a client sends it (to MSNP8): it asks for one list.
//
//	C: LST 14 AL
type ListRequest struct {
	TrID TrID
	List List
}

// Append appends the line.
func (m ListRequest) Append(dst []byte, _ Version) []byte {
	return appendEnd(appendWord(appendTrID(dst, "LST", m.TrID), m.List))
}

// ParseListRequest reads a client's LST. The name of no list ends the
// connection.
func ParseListRequest(l *Line, v Version) (ListRequest, error) {
	f := open(l, "LST")
	return result(ListRequest{TrID: f.trid(), List: f.list(v)}, &f)
}

// ListItem is LST as a server sends it to MSNP7, and in answer to [ListRequest] to
// MSNP8: a contact on a list, or, with a Total of 0, that the list is empty. What
// MSNP8 and later have in the answer to SYN is [ContactItem].
//
//	S: LST 9 FL 41 1 2 bea@example.net Bea 0,3
//	S: LST 9 BL 41 0 0
type ListItem struct {
	TrID    TrID
	List    List
	Version uint32
	Index   int // from 1
	Total   int // of this list
	Handle  string
	Name    Encoded // the name that the owner of the list keeps
	// Groups are the numbers of the contact's groups: since MSNP7, in the
	// forward list only, where nobody is without one.
	Groups []int
}

// Append appends the line.
func (m ListItem) Append(dst []byte, v Version) []byte {
	dst = appendTrID(dst, "LST", m.TrID)
	dst = appendWord(dst, m.List)
	dst = appendUint(dst, m.Version)
	if m.Total == 0 {
		return appendEnd(append(dst, " 0 0"...))
	}
	dst = appendUint(dst, m.Index)
	dst = appendUint(dst, m.Total)
	dst = appendWord(dst, m.Handle)
	dst = appendName(dst, m.Name, m.Handle)
	if m.List == ForwardList && v.Has(FeatureGroups) {
		dst = appendGroups(dst, m.Groups)
	}
	return appendEnd(dst)
}

// appendGroups appends a list of numbers, 0 if it is empty.
func appendGroups(dst []byte, groups []int) []byte {
	if len(groups) == 0 {
		return append(dst, " 0"...)
	}
	for i, id := range groups {
		dst = appendUint(dst, id)
		if i > 0 {
			dst[len(dst)-digits(id)-1] = ','
		}
	}
	return dst
}

// digits is the length of a number in decimal.
func digits(n int) int {
	count := 1
	for ; n >= 10; n /= 10 {
		count++
	}
	return count
}

// ParseListItem reads a server's LST.
func ParseListItem(l *Line, v Version) (ListItem, error) {
	f := openStrict(l, "LST")
	m := ListItem{TrID: f.trid(), List: f.list(v), Version: f.number(), Index: f.count(), Total: f.count()}
	if m.Total == 0 {
		m.Index = 0
		return result(m, &f)
	}
	m.Handle = f.text()
	m.Name = f.name()
	if m.List == ForwardList && v.Has(FeatureGroups) {
		m.Groups = []int{0}
		if f.more() {
			m.Groups = f.groups()
		}
	}
	return result(m, &f)
}

// groups reads numbers that are separated by commas.
func (f *fields) groups() []int {
	var ids []int
	for word := f.word(); len(word) > 0; {
		var one []byte
		one, word = cut(word, ',')
		id, ok := ParseUint(one)
		if !ok || id > 1<<31-1 {
			f.fail(errNumber)
			return nil
		}
		ids = append(ids, int(id))
	}
	return ids
}

// GroupRequest is LSG as a client sends it (MSNP7 and MSNP8): it asks for the
// groups.
//
//	C: LSG 14
type GroupRequest struct{ TrID TrID }

// Append appends the line.
func (m GroupRequest) Append(dst []byte, _ Version) []byte {
	return appendEnd(appendTrID(dst, "LSG", m.TrID))
}

// ParseGroupRequest reads a client's LSG.
func ParseGroupRequest(l *Line, _ Version) (GroupRequest, error) {
	f := open(l, "LSG")
	return result(GroupRequest{TrID: f.trid()}, &f)
}

// GroupItem is LSG as a server sends it: a group. To MSNP9 there is always one
// with the number 0; from MSNP10 on it is none, and is not sent.
//
//	S: LSG 9 41 1 2 0 Other%20Contacts 0
//	S: LSG 0 Other%20Contacts 0
//	S: LSG Work 5e1f2c0a-8b1d-4f7e-9a34-0c5d7f1a2b3c
type GroupItem struct {
	TrID    TrID
	Version uint32
	Index   int // from 1
	Total   int
	// Sync says that the group is a part of the answer to SYN, where MSNP8 and
	// later have none of the words above. It makes no difference before.
	Sync bool
	ID   int  // 0 to MaxGroups-1; to MSNP9
	GUID GUID // since MSNP10
	Name Encoded
}

// Append appends the line.
func (m GroupItem) Append(dst []byte, v Version) []byte {
	switch {
	case v.Has(FeatureGUIDs):
		return appendEnd(appendWord(appendWord(append(dst, "LSG"...), m.Name), m.GUID))
	case m.Sync && v.Has(FeatureSyncCounts):
		dst = append(dst, "LSG"...)
	default:
		dst = appendTrID(dst, "LSG", m.TrID)
		dst = appendUint(dst, m.Version)
		dst = appendUint(dst, m.Index)
		dst = appendUint(dst, m.Total)
	}
	dst = appendUint(dst, m.ID)
	dst = appendWord(dst, m.Name)
	return appendEnd(append(dst, " 0"...))
}

// shortGroup is the most arguments that LSG has without what MSNP8 left out.
const shortGroup = 3

// ParseGroupItem reads a server's LSG. GUIDs are taken as they are.
func ParseGroupItem(l *Line, v Version) (GroupItem, error) {
	f := openStrict(l, "LSG")
	m := GroupItem{Sync: v.Has(FeatureGUIDs) || v.Has(FeatureSyncCounts) && f.left() <= shortGroup}
	if v.Has(FeatureGUIDs) {
		m.Name = f.name()
		m.GUID = GUID(f.text())
		return result(m, &f)
	}
	if !m.Sync {
		m.TrID, m.Version, m.Index, m.Total = f.trid(), f.number(), f.count(), f.count()
	}
	m.ID = f.count()
	m.Name = f.name()
	return result(m, &f)
}
