package msnp

import "fmt"

// Version is a version of the protocol. Versions are ordered: a later one is
// greater, so a span of versions is two comparisons. The zero Version is no
// version at all, the state of a connection before VER.
type Version uint8

// Every version that a client can speak, oldest first.
const (
	// Beta2 is MSN Messenger 1.0 Beta 2 (1.0.0452). It says MSNP2 in VER, or
	// begins with XFR, and is told apart by its sign-in: see [SignIn.Beta2].
	Beta2 Version = iota + 1
	// CVR0 is no protocol of its own: a client that is given it asks with CVQ
	// which release it should be upgraded to, and is then disconnected.
	CVR0
	MSNP2
	MSNP3
	MSNP4
	MSNP5
	MSNP6
	MSNP7
	MSNP8
	MSNP9
	MSNP10
	MSNP11
	MSNP12
	MSNP13
	MSNP14
	MSNP15
	MSNP16
	MSNP17
	MSNP18
	MSNP19
	MSNP20
	MSNP21
)

// First and Last bound every Version but the zero one; NumVersions is the
// length of an array indexed by Version.
const (
	First       = Beta2
	Last        = MSNP21
	NumVersions = int(Last) + 1
)

var versionNames = [NumVersions]string{
	Beta2: "Beta 2", CVR0: "CVR0",
	MSNP2: "MSNP2", MSNP3: "MSNP3", MSNP4: "MSNP4", MSNP5: "MSNP5", MSNP6: "MSNP6",
	MSNP7: "MSNP7", MSNP8: "MSNP8", MSNP9: "MSNP9", MSNP10: "MSNP10", MSNP11: "MSNP11",
	MSNP12: "MSNP12", MSNP13: "MSNP13", MSNP14: "MSNP14", MSNP15: "MSNP15", MSNP16: "MSNP16",
	MSNP17: "MSNP17", MSNP18: "MSNP18", MSNP19: "MSNP19", MSNP20: "MSNP20", MSNP21: "MSNP21",
}

// Valid reports whether v is one of the versions above.
func (v Version) Valid() bool { return v >= First && v <= Last }

// String gives the name that people and VER use: "MSNP7", "CVR0", "Beta 2".
func (v Version) String() string {
	if !v.Valid() {
		return "none"
	}
	return versionNames[v]
}

// VER is the word that stands for v in VER lines. Beta 2 calls itself MSNP2.
func (v Version) VER() string {
	if v == Beta2 {
		return versionNames[MSNP2]
	}
	return v.String()
}

// ParseVersion reads a word of a VER line. Case does not matter: the first
// description of the protocol (1999) compares these names without it.
func ParseVersion[T ~string | ~[]byte](word T) (Version, bool) {
	for v := CVR0; v <= Last; v++ {
		if equalFold(word, versionNames[v]) {
			return v, true
		}
	}
	return 0, false
}

// Versions lists every version from first to last, both included.
func Versions(first, last Version) []Version {
	var vs []Version
	for v := first; v <= last; v++ {
		if v != CVR0 || first == CVR0 {
			vs = append(vs, v)
		}
	}
	return vs
}

// UnsupportedError says that a line was asked for in a form that its version
// does not have, such as an MD5 transfer for MSNP12.
type UnsupportedError struct {
	Version Version
	Form    string // what was asked for, in words
}

// Error implements error.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("%s has no %s", e.Version, e.Form)
}
