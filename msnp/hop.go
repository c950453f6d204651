package msnp

import (
	"bytes"
	"encoding/base64"
	"strconv"
)

// A hop tells how often a client was referred: base64 of the two lines below.
// CVR of MSNP21 carries it, and the referral of MSNP21 answers with one more.
const (
	hopBegin = "Version: 1\r\nXfrCount: "
	hopEnd   = "\r\n"
	maxHop   = 999 // nobody is referred so often
)

// EncodeHop gives the word for a number of referrals, from 1 on.
func EncodeHop(n int) string { return string(appendHop(nil, n)) }

func appendHop(dst []byte, n int) []byte {
	var buf [len(hopBegin) + len(hopEnd) + 20]byte
	text := append(buf[:0], hopBegin...)
	text = strconv.AppendInt(text, int64(n), 10)
	text = append(text, hopEnd...)
	return base64.StdEncoding.AppendEncode(dst, text)
}

// ParseHop reads the word that EncodeHop gives. It reports false for anything
// else, such as the 0 that one client sends for none.
func ParseHop[T ~string | ~[]byte](word T) (int, bool) {
	if len(word) > 64 {
		return 0, false
	}
	text, err := base64.StdEncoding.DecodeString(string(word))
	if err != nil {
		return 0, false
	}
	digits, ok := bytes.CutPrefix(text, []byte(hopBegin))
	if !ok {
		return 0, false
	}
	if digits, ok = bytes.CutSuffix(digits, []byte(hopEnd)); !ok {
		return 0, false
	}
	n, ok := ParseUint(digits)
	if !ok || n < 1 || n > maxHop {
		return 0, false
	}
	return int(n), true
}
