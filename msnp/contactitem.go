package msnp

import "unicode/utf8"

// Network is where an account is at home, as the bit that LST of MSNP12 has. Zero
// is written as [NetworkMessenger].
type Network uint32

// The networks that MSNP12 knows.
const (
	NetworkMessenger Network = 1 // this one
	NetworkOffice    Network = 2 // Office Communicator
	NetworkPhone     Network = 4 // a telephone, whose handle is tel: and a number
	NetworkMobile    Network = 8
	NetworkMail      Network = 16
)

// ContactItem is LST in the answer to SYN, from MSNP8 to MSNP12: a contact with all
// the lists that it is on. It has no transaction id. The contact's BPR come at once
// behind it, and belong to it for their place alone.
//
//	S: LST bea@example.net Bea 11 0,3
//	S: LST N=bea@example.net F=Bea C=0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21 11 5e1f2c0a-8b1d-4f7e-9a34-0c5d7f1a2b3c
//	S: LST N=zed@example.net F=zed@example.net 16 1
type ContactItem struct {
	Handle string
	Name   Encoded // the name that the owner of the lists keeps
	// ID names the contact since MSNP10, if it is on the forward list: it is left
	// out for all others.
	ID GUID
	// Lists are the lists. To somebody pending each version is shown what it
	// knows: see [MaskPending].
	Lists ListMask
	// Network is written by MSNP12 alone.
	Network Network
	// Groups are the numbers of the contact's groups to MSNP9, of which nobody on
	// the forward list is without one: no groups are written as group 0.
	Groups []int
	// GroupIDs are the GUIDs of the contact's groups since MSNP10, if it is on the
	// forward list and in a group.
	GroupIDs []GUID
}

// Append appends the line.
func (m ContactItem) Append(dst []byte, v Version) []byte {
	dst = append(dst, "LST"...)
	mask := m.Lists.shownTo(v)
	if v.Has(FeatureGUIDs) {
		dst = append(append(dst, " N="...), m.Handle...)
		dst = appendKeyName(dst, m.Name, m.Handle)
		if mask.Has(MaskForward) {
			dst = appendKeyGUID(dst, m.ID)
		}
	} else {
		dst = appendWord(dst, m.Handle)
		dst = appendName(dst, m.Name, m.Handle)
	}
	dst = appendUint(dst, uint32(mask))
	if v.Has(FeatureListNetwork) {
		dst = appendUint(dst, max(m.Network, NetworkMessenger))
	}
	switch {
	case !mask.Has(MaskForward):
	case v.Has(FeatureGUIDs):
		dst = appendGUIDs(dst, m.GroupIDs)
	default:
		dst = appendGroups(dst, m.Groups)
	}
	return appendEnd(dst)
}

// appendKeyName appends a name as ADC and LST have it.
func appendKeyName(dst []byte, name Encoded, handle string) []byte {
	dst = append(dst, " F="...)
	if name == "" {
		return append(dst, handle...)
	}
	return append(dst, name...)
}

// appendKeyGUID appends the GUID of a contact as ADC and LST have it, unless it is
// none.
func appendKeyGUID(dst []byte, id GUID) []byte {
	if id == "" {
		return dst
	}
	return append(append(dst, " C="...), id...)
}

// appendGUIDs appends a list of GUIDs, unless it is empty.
func appendGUIDs(dst []byte, ids []GUID) []byte {
	for i, id := range ids {
		dst = appendWord(dst, id)
		if i > 0 {
			dst[len(dst)-len(id)-1] = ','
		}
	}
	return dst
}

// IsContactItem tells, of an LST that a server sent, whether it is a
// [ContactItem]. If not, it is a [ListItem], which begins with a number.
func IsContactItem(l *Line, v Version) bool {
	return v.Has(FeatureSyncCounts) && len(l.Args) > 0 && !isDigits(l.Args[0])
}

// ParseContactItem reads a server's LST in the answer to SYN. GUIDs are taken as
// they are.
func ParseContactItem(l *Line, v Version) (ContactItem, error) {
	f := openStrict(l, "LST")
	if !IsContactItem(l, v) {
		f.fail(errLiteral)
	}
	var m ContactItem
	if v.Has(FeatureGUIDs) {
		c := f.keyed()
		m.Handle, m.Name, m.ID = c.handle, c.nameOrHandle(), c.id
	} else {
		m.Handle = f.text()
		m.Name = f.name()
	}
	m.Lists = f.mask().shownTo(v)
	if v.Has(FeatureListNetwork) {
		m.Network = max(Network(f.number()), NetworkMessenger)
	}
	if m.Lists.Has(MaskForward) {
		m.parseGroups(&f, v)
	} else {
		m.ID = ""
	}
	return result(m, &f)
}

func (m *ContactItem) parseGroups(f *fields, v Version) {
	switch {
	case v.Has(FeatureGUIDs):
		if f.more() {
			m.GroupIDs = f.guids()
		}
	case f.more():
		m.Groups = f.groups()
	default:
		m.Groups = []int{0}
	}
}

// mask reads a set of lists.
func (f *fields) mask() ListMask {
	n := f.number()
	if n >= uint32(MaskPending)<<1 {
		f.fail(errListName)
		return 0
	}
	return ListMask(n)
}

// guids reads GUIDs that are separated by commas.
func (f *fields) guids() []GUID {
	var ids []GUID
	for word := f.word(); len(word) > 0; {
		var one []byte
		one, word = cut(word, ',')
		if len(one) > 0 {
			ids = append(ids, GUID(one))
		}
	}
	return ids
}

// keyed is what ADC and LST say of a contact since MSNP10, each word with a key.
type keyed struct {
	handle string  // N=
	name   Encoded // F=
	id     GUID    // C=
}

// handleText gives a word that may be a handle. Encoded it is no longer than a name
// may be, and stands for one that is missing.
func (f *fields) handleText(w []byte) string {
	if len(w) > MaxHandle || !utf8.Valid(w) {
		f.fail(errHandleForm)
		return ""
	}
	return string(w)
}

// nameOrHandle is the name, or what Append writes where there is none.
func (k keyed) nameOrHandle() Encoded {
	if k.name == "" {
		return Encode(k.handle)
	}
	return k.name
}

// keyed reads the words that have keys, in any order, up to one that has none.
func (f *fields) keyed() keyed {
	var k keyed
	for f.more() {
		w := f.peek()
		if len(w) < 2 || w[1] != '=' {
			break
		}
		f.skip()
		switch value := w[2:]; w[0] {
		case 'N':
			k.handle = f.handleText(value)
		case 'F':
			k.name = f.checkEncoded(value, MaxName, errNameLong)
		case 'C':
			k.id = GUID(value)
		}
	}
	return k
}
