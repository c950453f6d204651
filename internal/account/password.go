package account

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/papilio-im/papilio/msnp"
)

// Bounds of a password in octets. The upper ones keep a request from costing
// more than a password is worth.
const (
	maxPassword = 256
	maxLegacy   = 64
)

func checkPassword(pw Secret) error {
	switch {
	case pw == "":
		return fmt.Errorf("%w: it is empty", ErrPassword)
	case len(pw) > maxPassword:
		return fmt.Errorf("%w: more than %d octets", ErrPassword, maxPassword)
	}
	return nil
}

// checkLegacy: the clients that use it hash the password in whatever code page
// Windows has, or send it as one word of a line. Only printable ASCII is the
// same everywhere.
func checkLegacy(pw Secret) error {
	if len(pw) == 0 || len(pw) > maxLegacy {
		return fmt.Errorf("%w for old clients: want 1 to %d characters", ErrPassword, maxLegacy)
	}
	for _, c := range []byte(pw) {
		if c <= ' ' || c >= 0x7f {
			return fmt.Errorf("%w for old clients: only ASCII letters, digits and signs, no blanks", ErrPassword)
		}
	}
	return nil
}

// checkName: a name must fit its field on the wire, and be text that every
// database can hold.
func checkName(name string) error {
	switch {
	case !utf8.ValidString(name) || strings.ContainsRune(name, 0):
		return fmt.Errorf("%w: not UTF-8 text", ErrName)
	case len(msnp.Encode(name)) > msnp.MaxName:
		return fmt.Errorf("%w: more than %d octets once encoded", ErrName, msnp.MaxName)
	}
	return nil
}

const (
	// No letters or digits that look like another one.
	legacyAlphabet = "abcdefghjkmnpqrstuvwxyz23456789"
	// 14 random characters in three parts make 16, the most that the password
	// field of the oldest clients takes, and 69 bits.
	legacyForm = "xxxxx-xxxxx-xxxx"
)

// newLegacy gives a random password that can be read out and typed.
func newLegacy() Secret {
	pw := []byte(legacyForm)
	for i, c := range pw {
		if c == 'x' {
			pw[i] = legacyAlphabet[randomBelow(len(legacyAlphabet))]
		}
	}
	return Secret(pw)
}

// randomBelow gives each of 0..n-1 with the same chance.
func randomBelow(n int) int {
	for limit := 256 - 256%n; ; {
		if v := int(randomBytes(1)[0]); v < limit {
			return v % n
		}
	}
}
