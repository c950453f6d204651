package msnp

import (
	"bytes"
	"errors"
)

// DefaultPort is the port of all servers unless an address says otherwise.
const DefaultPort = "1863"

// maxAddress bounds an address: the longest host name and a port.
const maxAddress = 255 + len(":65535")

// ErrAddress says that a referral or a transfer lacks the address to go to, or
// that it is not written host:port.
var ErrAddress = errors.New("msnp: not an address: it must look like host:port")

// checkAddress checks that a word is host:port. The host is a name, an IPv4
// address, or an IPv6 address in brackets; the port 1 to 65535.
func checkAddress[T ~string | ~[]byte](addr T) error {
	if len(addr) > maxAddress {
		return ErrAddress
	}
	colon := -1
	for i := range len(addr) {
		c := addr[i]
		if c <= ' ' || c >= 0x7f {
			return ErrAddress
		}
		if c == ':' {
			colon = i
		}
	}
	if colon < 1 || !isPort(addr[colon+1:]) {
		return ErrAddress
	}
	host := addr[:colon]
	bracketed := host[0] == '[' && host[len(host)-1] == ']'
	for i := range len(host) {
		if host[i] == ':' && !bracketed {
			return ErrAddress
		}
	}
	return nil
}

// isPort reports whether a word is a number from 1 to 65535.
func isPort[T ~string | ~[]byte](word T) bool {
	if len(word) < 1 || len(word) > 5 {
		return false
	}
	n := 0
	for i := range len(word) {
		if word[i] < '0' || word[i] > '9' {
			return false
		}
		n = n*10 + int(word[i]-'0')
	}
	return n > 0 && n < 1<<16
}

// address reads an address, which a server may have sent without the port.
func (f *fields) address() string {
	w := f.word()
	if f.err != nil {
		return ""
	}
	addr := string(w)
	if bytes.IndexByte(w, ':') < 0 {
		addr += ":" + DefaultPort
	}
	if checkAddress(addr) != nil {
		f.fail(errAddress)
		return ""
	}
	return addr
}

var errAddress = &ParseError{Reason: "not an address"}
