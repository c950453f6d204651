package msnp

import (
	"errors"
	"strings"
)

// MaxHandle bounds a handle, in octets.
const MaxHandle = 129

// ErrHandle says that a word cannot be a handle.
var ErrHandle = errors.New("msnp: not a handle: it must look like user@example.com")

// ParseHandle checks that a word has the form of a handle, user@host.tld, and
// gives it in lower case, the form in which handles are kept and compared.
// A handle may not hold blanks, control characters, or the characters that
// separate fields elsewhere in the protocol (comma, semicolon, < >).
func ParseHandle[T ~string | ~[]byte](word T) (string, error) {
	if len(word) == 0 || len(word) > MaxHandle {
		return "", ErrHandle
	}
	h := strings.ToLower(string(word))
	user, host, found := strings.Cut(h, "@")
	if !found || user == "" || strings.ContainsRune(host, '@') {
		return "", ErrHandle
	}
	for _, c := range []byte(h) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`,;<>"()\`, c) >= 0 {
			return "", ErrHandle
		}
	}
	labels := strings.Split(host, ".")
	if len(labels) < 2 {
		return "", ErrHandle
	}
	for _, label := range labels {
		if label == "" {
			return "", ErrHandle
		}
	}
	return h, nil
}

// equalFold compares ASCII text without regard to case, and does not allocate.
func equalFold[T ~string | ~[]byte](a T, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(b) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

// lowerHex gives ASCII text in lower case.
func lowerHex(s string) string { return strings.ToLower(s) }

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}
