package msnp

import "slices"

// Hello is VER, the first line of every client: the versions that it speaks,
// the one that it likes best first. CVR0 comes last where it is offered.
//
//	C: VER 1 MSNP7 MSNP6 MSNP5 MSNP4 CVR0
type Hello struct {
	TrID     TrID
	Versions []Version // Beta 2 is written, and read back, as MSNP2
}

// Append appends the line. It is the same in all versions.
func (m Hello) Append(dst []byte, _ Version) []byte {
	dst = appendTrID(dst, "VER", m.TrID)
	for _, v := range m.Versions {
		dst = appendWord(dst, v.VER())
	}
	return appendEnd(dst)
}

// ParseHello reads a client's VER. Words that name no version are skipped, so
// Versions can be empty: nothing in common.
func ParseHello(l *Line, _ Version) (Hello, error) {
	f := open(l, "VER")
	m := Hello{TrID: f.trid()}
	if f.left() == 0 {
		f.fail(f.short)
	}
	for f.more() {
		if v, ok := ParseVersion(f.word()); ok {
			m.Versions = append(m.Versions, v)
		}
	}
	return result(m, &f)
}

// Offers reports whether v is among the versions offered.
func (m Hello) Offers(v Version) bool {
	return slices.Contains(m.Versions, v)
}

// Agreed answers VER with the version that is spoken from then on.
//
//	S: VER 1 MSNP7 CVR0
//	S: VER 1 0            nothing in common; the connection is closed
type Agreed struct {
	TrID    TrID
	Version Version // 0 if there is none in common; CVR0 if that alone is
	// CVR0 repeats after the version that the client offered CVR0: several
	// clients leave if the answer lacks it. It is false if Version is CVR0.
	CVR0 bool
}

// Append appends the line. It is the same in all versions.
func (m Agreed) Append(dst []byte, _ Version) []byte {
	dst = appendTrID(dst, "VER", m.TrID)
	if m.Version == 0 {
		return appendEnd(append(dst, " 0"...))
	}
	dst = appendWord(dst, m.Version.VER())
	if m.CVR0 && m.Version != CVR0 {
		dst = appendWord(dst, CVR0.VER())
	}
	return appendEnd(dst)
}

// ParseAgreed reads a server's VER. The first version in it is the one agreed
// on: the servers of 2003 repeated all that they had in common.
func ParseAgreed(l *Line, _ Version) (Agreed, error) {
	f := openStrict(l, "VER")
	m := Agreed{TrID: f.trid()}
	first := f.word()
	v, ok := ParseVersion(first)
	if !ok && string(first) != "0" {
		f.fail(errVersion)
	}
	m.Version = v
	for f.more() {
		if v, ok := ParseVersion(f.word()); ok && v == CVR0 && m.Version.Valid() {
			m.CVR0 = m.Version != CVR0
		}
	}
	return result(m, &f)
}

var errVersion = &ParseError{Reason: "VER answered with no version"}

// Inf asks which sign-in methods the server knows (to MSNP7).
//
//	C: INF 2
type Inf struct{ TrID TrID }

// Append appends the line.
func (m Inf) Append(dst []byte, _ Version) []byte {
	return appendEnd(appendTrID(dst, "INF", m.TrID))
}

// ParseInf reads a client's INF.
func ParseInf(l *Line, _ Version) (Inf, error) {
	f := open(l, "INF")
	return result(Inf{TrID: f.trid()}, &f)
}

// Methods answers INF. One method, MD5, suits every client that asks.
//
//	S: INF 2 MD5
type Methods struct {
	TrID    TrID
	Methods []Method
}

// Append appends the line.
func (m Methods) Append(dst []byte, _ Version) []byte {
	dst = appendTrID(dst, "INF", m.TrID)
	for _, method := range m.Methods {
		dst = appendWord(dst, method)
	}
	return appendEnd(dst)
}

// ParseMethods reads a server's INF. Methods are told apart by blanks, and by
// commas as in the description of 1999; unknown ones are skipped.
func ParseMethods(l *Line, _ Version) (Methods, error) {
	f := openStrict(l, "INF")
	m := Methods{TrID: f.trid()}
	for f.more() {
		word := f.word()
		for len(word) > 0 {
			var one []byte
			one, word = cut(word, ',')
			if method, ok := parseMethod(one); ok {
				m.Methods = append(m.Methods, method)
			}
		}
	}
	return result(m, &f)
}

// cut splits a word at a separator, which is dropped.
func cut(word []byte, sep byte) (before, after []byte) {
	for i, c := range word {
		if c == sep {
			return word[:i], word[i+1:]
		}
	}
	return word, nil
}
