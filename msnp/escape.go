package msnp

import (
	"errors"
	"unicode/utf8"
)

// Bounds of the names that people choose, in octets once encoded.
const (
	MaxName      = 387 // a friendly name: 129 characters of three octets
	MaxGroupName = 61  // a group's name
	MaxPhone     = 95  // a phone number
)

// ErrEncoding says that a word is not percent-encoded UTF-8.
var ErrEncoding = errors.New("msnp: not percent-encoded UTF-8")

// Encoded is a word as it stands on the wire: percent-encoded UTF-8 without
// blanks. Words that a client sent are repeated to it octet for octet, so they
// stay Encoded until somebody needs to read them.
type Encoded string

const hexDigits = "0123456789ABCDEF"

// bare reports whether an octet may stand as it is. The set is the one that
// clients themselves leave alone, and ~: so is the group of a new account named,
// which clients know, and rename if it comes as it is.
func bare(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		return true
	}
	switch c {
	case '(', ')', '-', '_', '.', '!', '~':
		return true
	}
	return false
}

// AppendEncoded appends text in percent-encoded form. Everything but letters,
// digits and ( ) - _ . ! ~ is encoded, which every version reads.
func AppendEncoded(dst []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; bare(c) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return dst
}

// Encode gives text in the form of AppendEncoded.
func Encode(text string) Encoded {
	var room [64]byte // more than most names have
	return Encoded(AppendEncoded(room[:0], text))
}

// Decode gives the text that an encoded word stands for. A plus sign is a plus
// sign. The error is [ErrEncoding] if a percent sign is not followed by two
// hexadecimal digits or the result is no UTF-8.
func (e Encoded) Decode() (string, error) {
	text, ok := appendDecoded(make([]byte, 0, len(e)), e)
	if !ok {
		return "", ErrEncoding
	}
	return string(text), nil
}

// appendDecoded appends the text of an encoded word, false if it is not one.
func appendDecoded[T ~string | ~[]byte](dst []byte, word T) ([]byte, bool) {
	start := len(dst)
	for i := 0; i < len(word); i++ {
		c := word[i]
		if c == '%' {
			if i+2 >= len(word) {
				return dst, false
			}
			high, ok1 := unhex(word[i+1])
			low, ok2 := unhex(word[i+2])
			if !ok1 || !ok2 {
				return dst, false
			}
			c = high<<4 | low
			i += 2
		}
		dst = append(dst, c)
	}
	return dst, utf8.Valid(dst[start:])
}

// validEncoded reports whether a word can be decoded.
func validEncoded(word []byte) bool {
	var buf [MaxName]byte // holds what the parsers let through
	_, ok := appendDecoded(buf[:0], word)
	return ok
}

func unhex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
