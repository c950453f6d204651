package msnp

// GUID names a contact or a group since MSNP10: 36 octets such as
// 0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21, without braces. It stands as the client
// wrote it, since answers repeat it octet for octet; to compare two of them, or to
// look one up, take [GUID.Lower] of both. The zero GUID is none.
type GUID string

// guidLength is the length of a GUID, in octets.
const guidLength = 36

// ParseGUID checks that a word has the form of a GUID, in letters of any case.
func ParseGUID[T ~string | ~[]byte](word T) (GUID, bool) {
	if len(word) != guidLength {
		return "", false
	}
	for i := range len(word) {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if word[i] != '-' {
				return "", false
			}
			continue
		}
		if _, ok := unhex(word[i]); !ok {
			return "", false
		}
	}
	return GUID(word), true
}

// Lower gives the GUID in lower case, the form in which GUIDs are kept.
func (g GUID) Lower() GUID { return GUID(foldCase(g)) }

// guid reads a GUID; refusal is for what is none.
func (f *fields) guid(refusal *ParseError) GUID {
	w := f.word()
	if f.err != nil {
		return ""
	}
	g, ok := ParseGUID(w)
	if !ok {
		f.fail(refusal)
	}
	return g
}

var (
	errContactGUID = &ParseError{Code: CodeBookUnavailable, Reason: "name of a contact is no GUID"}
	errGroupGUID   = &ParseError{Reason: "name of a group is no GUID"}
)
