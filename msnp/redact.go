package msnp

import "bytes"

// mask stands for what must not be read.
const mask = "***"

// Redact appends a line to dst for a log, with every credential in it replaced
// by ***: passwords, hashes of them, tickets, cookies and subscriptions, in lines of either side
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
	return readable(words[:count]).append(dst, words[:count])
}

// view is what may be read of a line.
type view struct {
	count  int // so many words; one mask stands for the rest
	hidden int // but not this one, if it is not 0
}

// upTo is the view of the first words.
func upTo(count int) view { return view{count: count} }

// append appends what may be read of words.
func (v view) append(dst []byte, words [][]byte) []byte {
	for i, word := range words {
		if i > 0 {
			dst = append(dst, ' ')
		}
		if i >= v.count {
			return append(dst, mask...)
		}
		if v.hidden > 0 && i == v.hidden {
			word = []byte(mask)
		}
		dst = append(dst, word...)
	}
	return dst
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

// readable finds out which words may be read, and from which on none may.
func readable(words [][]byte) view {
	name := words[0]
	switch {
	case !isDigits(at(words, 1)) && isSecretive(name):
		return upTo(1)
	case equalFold(name, "USR"):
		return viewUSR(words)
	case equalFold(name, "ANS"):
		return viewANS(words)
	case equalFold(name, "XFR"):
		return viewMethod(words, 4)
	case equalFold(name, "RNG"):
		return viewMethod(words, 3)
	case equalFold(name, "SBS") && !equalFold(at(words, 2), nothingPaid):
		return upTo(2)
	}
	if knownName(name) {
		return upTo(len(words))
	}
	if _, isCode := parseCode(name); isCode && isDigits(at(words, 1)) {
		return upTo(2)
	} else if isCode {
		return upTo(1)
	}
	return view{}
}

// isSecretive reports whether a command can carry credentials.
func isSecretive(name []byte) bool {
	for _, one := range [...]string{"USR", "ANS", "XFR", "RNG", "SBS"} {
		if equalFold(name, one) {
			return true
		}
	}
	return false
}

// viewUSR knows the sign-in to a notification server, and to a switchboard.
func viewUSR(words [][]byte) view {
	if equalFold(at(words, 2), "OK") {
		if isWho(at(words, 3)) {
			return upTo(len(words))
		}
		return upTo(3)
	}
	if _, ok := parseMethod(bytes.ToUpper(at(words, 2))); ok {
		return viewStage(words, 2)
	}
	return viewHandle(words, 2)
}

// viewStage knows what follows the method, which is word i, and the step.
func viewStage(words [][]byte, i int) view {
	stage := at(words, i+1)
	switch {
	case equalFold(stage, "I"):
		return viewHandle(words, i+2)
	case !equalFold(stage, "S"):
		return upTo(i + 1)
	case len(words) == i+3 && equalFold(words[i], "MD5") && isSalt(words[i+2]):
		return upTo(len(words))
	case len(words) == i+4 && equalFold(words[i], "MD5") && isWho(words[i+2]):
		return upTo(i + 3)
	}
	return upTo(i + 2)
}

// viewHandle reads word i if it is a handle, and nothing behind it.
func viewHandle(words [][]byte, i int) view {
	if isWho(at(words, i)) {
		return upTo(i + 1)
	}
	return upTo(i)
}

// viewANS knows the answer to an invitation: its last word is the session.
func viewANS(words [][]byte) view {
	if len(words) == 3 && equalFold(words[2], "OK") {
		return upTo(len(words))
	}
	if len(words) == 5 && isWho(words[2]) {
		if _, ok := ParseUint(words[4]); ok {
			return view{count: len(words), hidden: 3}
		}
	}
	return viewHandle(words, 2)
}

// viewMethod knows transfers and invitations, whose word i is a method. XFR has
// other forms: a request has no such word, and a referral has no method there.
func viewMethod(words [][]byte, i int) view {
	if equalFold(words[0], "XFR") && !equalFold(at(words, 2), "SB") {
		if equalFold(at(words, 2), "NS") {
			return upTo(len(words))
		}
		return upTo(2)
	}
	if len(words) <= i {
		return upTo(i)
	}
	whole := view{count: len(words)}
	behind := i + 2 // the word behind the parameter
	switch method := words[i]; {
	case equalFold(method, "CTP"):
		behind = i + 1
	case equalFold(method, "MD5") && isSalt(at(words, i+1)):
	case equalFold(method, "CKI"), equalFold(method, "MD5"):
		whole.hidden = i + 1
	default:
		return upTo(i)
	}
	if word := at(words, behind); word == nil || isWho(word) || string(word) == "U" {
		return whole
	}
	return upTo(i + 1)
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

// isWho reports whether a word is a handle, with or without an endpoint.
func isWho(word []byte) bool {
	handle, _ := cut(word, ';')
	return isHandle(handle, 2)
}

// isSalt reports whether a word looks like a salt, which is two numbers with a
// dot between them, and so like no hash.
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

// at gives word i, nil if there is none.
func at(words [][]byte, i int) []byte {
	if i < len(words) {
		return words[i]
	}
	return nil
}
