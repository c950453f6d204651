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

// parseList knows the lists to MSNP9.
func parseList(word []byte) (List, bool) {
	for _, list := range [...]List{ForwardList, AllowList, BlockList, ReverseList} {
		if string(word) == string(list) {
			return list, true
		}
	}
	return "", false
}

// list reads the name of a list.
func (f *fields) list() List {
	list, ok := parseList(f.word())
	if !ok {
		f.fail(errListName)
	}
	return list
}

// editable reads the name of a list that clients may change.
func (f *fields) editable() List {
	list := f.list()
	if list == ReverseList {
		f.fail(errListName)
	}
	return list
}

// Sync is SYN as a client sends it (to MSNP9 in this form): it asks for lists
// and settings unless the version that it has kept is the current one.
//
//	C: SYN 9 0
type Sync struct {
	TrID    TrID
	Version uint32 // the list version that the client has, 0 for none
}

// Append appends the line.
func (m Sync) Append(dst []byte, _ Version) []byte {
	return appendEnd(appendUint(appendTrID(dst, "SYN", m.TrID), m.Version))
}

// ParseSync reads a client's SYN.
func ParseSync(l *Line, _ Version) (Sync, error) {
	f := open(l, "SYN")
	return result(Sync{TrID: f.trid(), Version: f.number()}, &f)
}

// SyncReply answers SYN (to MSNP7 in this form) with the current list version.
// If the client has that one nothing follows, else everything does: GTC, BLP, PRP,
// LSG and LST with their BPR, in this order, all with SYN's transaction id.
//
//	S: SYN 9 41
type SyncReply struct {
	TrID    TrID
	Version uint32
}

// Append appends the line.
func (m SyncReply) Append(dst []byte, _ Version) []byte {
	return appendEnd(appendUint(appendTrID(dst, "SYN", m.TrID), m.Version))
}

// ParseSyncReply reads a server's SYN.
func ParseSyncReply(l *Line, _ Version) (SyncReply, error) {
	f := openStrict(l, "SYN")
	return result(SyncReply{TrID: f.trid(), Version: f.number()}, &f)
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
func ParseListRequest(l *Line, _ Version) (ListRequest, error) {
	f := open(l, "LST")
	return result(ListRequest{TrID: f.trid(), List: f.list()}, &f)
}

// ListItem is LST as a server sends it (to MSNP7 in this form): a contact on a
// list, or, with a Total of 0, that the list is empty.
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
	m := ListItem{TrID: f.trid(), List: f.list(), Version: f.number(), Index: f.count(), Total: f.count()}
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

// GroupItem is LSG as a server sends it (MSNP7 in this form): a group. There is
// always one with the number 0.
//
//	S: LSG 9 41 1 2 0 Other%20Contacts 0
type GroupItem struct {
	TrID    TrID
	Version uint32
	Index   int // from 1
	Total   int
	ID      int // 0 to MaxGroups-1
	Name    Encoded
}

// Append appends the line.
func (m GroupItem) Append(dst []byte, _ Version) []byte {
	dst = appendTrID(dst, "LSG", m.TrID)
	dst = appendUint(dst, m.Version)
	dst = appendUint(dst, m.Index)
	dst = appendUint(dst, m.Total)
	dst = appendUint(dst, m.ID)
	dst = appendWord(dst, m.Name)
	return appendEnd(append(dst, " 0"...))
}

// ParseGroupItem reads a server's LSG.
func ParseGroupItem(l *Line, _ Version) (GroupItem, error) {
	f := openStrict(l, "LSG")
	m := GroupItem{TrID: f.trid(), Version: f.number(), Index: f.count(), Total: f.count(), ID: f.count()}
	m.Name = f.name()
	return result(m, &f)
}
