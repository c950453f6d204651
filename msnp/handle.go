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
	if !isHandle(word, 2) {
		return "", ErrHandle
	}
	return foldCase(word), nil
}

// isHandle reports whether a word has the form of a handle whose host has so
// many labels at least.
func isHandle[T ~string | ~[]byte](word T, labels int) bool {
	if len(word) > MaxHandle {
		return false
	}
	at, dots, label := -1, 0, 0
	for i := range len(word) {
		c := word[i]
		switch {
		case c <= ' ' || c >= 0x7f || strings.IndexByte(`,;<>"()\`, c) >= 0:
			return false
		case c == '@' && (at >= 0 || i == 0):
			return false
		case c == '@':
			at, label = i, 0
		case at >= 0 && c == '.' && label == 0:
			return false
		case at >= 0 && c == '.':
			dots, label = dots+1, 0
		default:
			label++
		}
	}
	return at > 0 && label > 0 && dots+1 >= labels
}

// foldCase gives a word in lower case. Only ASCII letters have one: letters that
// other alphabets fold into them must not turn into somebody's handle.
func foldCase[T ~string | ~[]byte](word T) string {
	for i := range len(word) {
		if lower(word[i]) == word[i] {
			continue
		}
		folded := append([]byte(nil), word...) // word may be part of a buffer
		for i, c := range folded {
			folded[i] = lower(c)
		}
		return string(folded)
	}
	return string(word)
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

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}
