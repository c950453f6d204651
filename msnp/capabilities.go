package msnp

import (
	"bytes"
	"strconv"
)

// Capabilities are what a client can do, as it tells in CHG since MSNP8: a number
// of 32 bits, of which a server passes on all and needs none. 0 stands for a
// client that tells nothing, as those of older versions.
type Capabilities uint32

// The bits. The four on top are a number, which tells the release: see
// [Capabilities.Release].
const (
	CapMobile      Capabilities = 1 << 0  // it is a mobile phone
	CapExplorer    Capabilities = 1 << 1  // it is MSN Explorer 8
	CapInkGIF      Capabilities = 1 << 2  // it shows handwriting sent as a picture
	CapInk         Capabilities = 1 << 3  // it shows handwriting sent as strokes
	CapWebcam      Capabilities = 1 << 4  // a webcam is shared
	CapChunks      Capabilities = 1 << 5  // it reads messages in several parts
	CapPaging      Capabilities = 1 << 6  // the user's phone takes pages
	CapWatch       Capabilities = 1 << 7  // the user has a watch of MSN Direct
	CapWeb         Capabilities = 1 << 9  // it is a page in a browser
	CapGateway     Capabilities = 1 << 11 // it is an Office server
	CapSpace       Capabilities = 1 << 12 // the user has a space
	CapMediaCenter Capabilities = 1 << 13 // it is Windows XP Media Center
	CapDirect      Capabilities = 1 << 14 // it sends messages from client to client
	CapWinks       Capabilities = 1 << 15 // it plays winks
	CapSearch      Capabilities = 1 << 16 // it shares searches
	CapBot         Capabilities = 1 << 17 // it is a program
	CapVoice       Capabilities = 1 << 18 // it plays voice clips
	CapEncryption  Capabilities = 1 << 19 // it can encrypt
	CapSIP         Capabilities = 1 << 20 // it takes calls by SIP
	CapFolders     Capabilities = 1 << 22 // it shares folders
)

// releaseShift is where the release begins.
const releaseShift = 28

// Release is the number of the client's release among those that have display
// pictures: 1 for 6.0, 2 for 6.1, 3 for 6.2, 4 for 7.0, 5 for 7.5; 0 for older
// ones.
func (c Capabilities) Release() int { return int(c >> releaseShift) }

// ParseCapabilities reads a word for capabilities: n, or n:m, of which m means
// something since MSNP16 only and is passed over. Clients that write their numbers
// with a sign are understood, too. It reports false for anything else.
func ParseCapabilities[T ~string | ~[]byte](word T) (Capabilities, bool) {
	digits, _ := cut([]byte(word), ':')
	if minus, found := bytes.CutPrefix(digits, []byte("-")); found {
		n, ok := ParseUint(minus)
		return Capabilities(-n), ok && n <= 1<<31
	}
	n, ok := ParseUint(digits)
	return Capabilities(n), ok
}

// optionalCapabilities reads capabilities that a server may have left out, or
// written as nobody can read.
func (f *fields) optionalCapabilities(v Version, feature Feature) Capabilities {
	if !v.Has(feature) || !f.more() {
		return 0
	}
	c, _ := ParseCapabilities(f.word())
	return c
}

// isDecimal reports whether a word is a number as appendUint writes it.
func isDecimal(word []byte, n Capabilities) bool {
	var buf [10]byte
	return string(word) == string(strconv.AppendUint(buf[:0], uint64(n), 10))
}

// MaxObject bounds the description of a display picture, in octets as it stands
// on the wire. The official clients' are of some 400.
const MaxObject = 2048

// noObject is what some clients send for no picture.
const noObject = "0"

// appendObject appends a description, if there is one to be shown.
func appendObject(dst []byte, v Version, object string) []byte {
	if object == "" || object == noObject || !v.Has(FeatureObjects) {
		return dst
	}
	return appendWord(dst, object)
}

// optionalObject reads what appendObject wrote.
func (f *fields) optionalObject(v Version) string {
	if !v.Has(FeatureObjects) || !f.more() {
		return ""
	}
	if object := f.object(); object != noObject {
		return object
	}
	return ""
}

var errObject = &ParseError{Code: CodeParameter, Reason: "description of a picture too long, or not one word"}

// object reads the description of a picture, which is passed on as it is.
func (f *fields) object() string {
	w := f.word()
	if len(w) > MaxObject || !isWord(w) {
		f.fail(errObject)
		return ""
	}
	return string(w)
}
