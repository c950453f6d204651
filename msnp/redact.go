package msnp

import "bytes"

// mask stands for what must not be read.
const mask = "***"

// Redact appends a line to dst for a log, with every credential in it replaced
// by ***: passwords, hashes of them, tickets and cookies, in lines of either side
// and of every version. It stops at the end of the first line, so payloads never
// get into a log. Where a line is not of a known form, everything that might be a
// credential is replaced.
func Redact(dst, line []byte) []byte {
	if end := bytes.IndexAny(line, "\r\n"); end >= 0 {
		line = line[:end]
	}
	var words [MaxArgs + 1][]byte
	count := splitWords(words[:], line)
	if count == 0 {
		return dst
	}
	keep, masked := readable(words[:count])
	return appendReadable(dst, words[:count], keep, masked)
}

// splitWords splits a line at blanks, into at most len(words) words.
func splitWords(words [][]byte, line []byte) int {
	count := 0
	for count < len(words) {
		line = bytes.TrimLeft(line, " \t")
		if len(line) == 0 {
			break
		}
		end := bytes.IndexAny(line, " \t")
		if end < 0 {
			end = len(line)
		}
		words[count] = line[:end]
		count++
		line = line[end:]
	}
	return count
}

// appendReadable appends the words in places set in keep, and a mask for each
// other word up to the first that stands for all the rest.
func appendReadable(dst []byte, words [][]byte, keep uint64, rest int) []byte {
	for i, word := range words {
		if i > 0 {
			dst = append(dst, ' ')
		}
		if i >= rest {
			return append(dst, mask...)
		}
		if keep&(1<<i) != 0 {
			dst = append(dst, word...)
		} else {
			dst = append(dst, mask...)
		}
	}
	return dst
}

// all keeps every word.
const all = ^uint64(0)

// readable tells which words may be read, and from which on none may.
func readable(words [][]byte) (keep uint64, rest int) {
	name := words[0]
	switch {
	case equalFold(name, "USR"):
		return readableUSR(words)
	case equalFold(name, "ANS"):
		return readableANS(words)
	case equalFold(name, "XFR"):
		return readableXFR(words)
	case equalFold(name, "RNG"):
		return readableRNG(words)
	}
	if _, isCode := parseCode(name); isCode || knownName(name) {
		return all, len(words)
	}
	return 0, 0
}

// knownName reports whether a word is the name of a command.
func knownName(name []byte) bool {
	for i := range commands {
		if equalFold(name, commands[i].Name) {
			return true
		}
	}
	return false
}

// isHandle reports whether a word is a handle, with or without an endpoint.
func isHandle(word []byte) bool {
	handle, _ := cut(word, ';')
	_, err := ParseHandle(handle)
	return err == nil
}

// isSalt reports whether a word looks like a salt, digits and one dot, and so
// like no hash.
func isSalt(word []byte) bool {
	before, after, found := bytes.Cut(word, []byte("."))
	return found && isDigits(before) && isDigits(after)
}

func isDigits(word []byte) bool {
	for _, c := range word {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(word) > 0
}

func at(words [][]byte, i int) []byte {
	if i < len(words) {
		return words[i]
	}
	return nil
}

func readableUSR(words [][]byte) (keep uint64, rest int) { return all, 2 }
func readableANS(words [][]byte) (keep uint64, rest int) { return all, 2 }
func readableXFR(words [][]byte) (keep uint64, rest int) { return all, 4 }
func readableRNG(words [][]byte) (keep uint64, rest int) { return all, 3 }
