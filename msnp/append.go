package msnp

import "strconv"

// appendTrID begins a line: its name and a transaction id.
func appendTrID(dst []byte, name string, id TrID) []byte {
	dst = append(dst, name...)
	return appendUint(dst, id)
}

// appendWord appends a blank and a word.
func appendWord[T ~string | ~[]byte](dst []byte, word T) []byte {
	dst = append(dst, ' ')
	return append(dst, word...)
}

// appendOptional appends a word unless it is empty.
func appendOptional[T ~string](dst []byte, word T) []byte {
	if word == "" {
		return dst
	}
	return appendWord(dst, word)
}

// appendUint appends a blank and a number.
func appendUint[T ~int | ~uint32](dst []byte, n T) []byte {
	return strconv.AppendUint(append(dst, ' '), uint64(n), 10)
}

// appendFlag appends a blank and 0 or 1.
func appendFlag(dst []byte, flag bool) []byte {
	if flag {
		return append(dst, " 1"...)
	}
	return append(dst, " 0"...)
}

// appendName appends a friendly name, and the handle of somebody without one,
// as the service itself did for new accounts. A line must not lack a word.
func appendName(dst []byte, name Encoded, handle string) []byte {
	if name == "" {
		return appendWord(dst, handle)
	}
	return appendWord(dst, name)
}

// appendEnd ends a line.
func appendEnd(dst []byte) []byte { return append(dst, '\r', '\n') }

// appendPayload ends a line with the length of a payload, and the payload.
func appendPayload(dst, payload []byte) []byte {
	dst = appendUint(dst, len(payload))
	dst = appendEnd(dst)
	return append(dst, payload...)
}
