package msnp

// ContactChange is SBP (MSNP10 to MSNP12): a setting that the user keeps of a
// contact on the forward list, such as the name, which clients send for whoever
// changes theirs. The server repeats it.
//
//	C: SBP 42 0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21 MFN Bea
//	S: SBP 42 0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21 MFN Bea
type ContactChange struct {
	TrID    TrID
	Contact GUID
	Key     Key     // MFN, MOB, WWE, and since MSNP11 PHM and HSB; others are let through
	Value   Encoded // "" unsets it
	// More is a word behind the value: the digit 1, with PHM. Nobody knows what it
	// is for.
	More string
}

// Append appends the line.
func (m ContactChange) Append(dst []byte, _ Version) []byte {
	dst = appendTrID(dst, "SBP", m.TrID)
	dst = appendWord(dst, m.Contact)
	dst = appendWord(dst, m.Key)
	if m.Value == "" {
		return appendEnd(dst)
	}
	return appendEnd(appendOptional(appendWord(dst, m.Value), m.More))
}

var errUnknownGUID = &ParseError{Code: CodeBadHandle, Reason: "name of a contact is no GUID"}

// maxMore bounds the word of which nobody knows what it is for.
const maxMore = 16

// ParseContactChange reads an SBP of either side. A contact that is no GUID is
// answered with 208, as one that is not there is; a longer key than there are and a
// value of more than [MaxName] octets end the connection.
func ParseContactChange(l *Line, _ Version) (ContactChange, error) {
	f := open(l, "SBP")
	m := ContactChange{TrID: f.trid(), Contact: f.guid(errUnknownGUID)}
	m.Key = f.shortKey()
	if f.more() {
		m.Value = f.name()
	}
	if f.more() {
		m.More = f.text()
	}
	if len(m.More) > maxMore {
		f.fail(errKeyLong)
	}
	return result(m, &f)
}

// shortKey reads a key that may be unknown.
func (f *fields) shortKey() Key {
	w := f.word()
	if len(w) > maxKey {
		f.fail(errKeyLong)
		return ""
	}
	return Key(w)
}
