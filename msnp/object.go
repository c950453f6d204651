package msnp

import (
	"crypto/sha1" //nolint:gosec // the protocol has no other hash
	"encoding/base64"
	"encoding/xml"
	"strconv"
	"strings"
)

// ObjectType is what an [Object] is.
type ObjectType int

// The types that clients exchange.
const (
	ObjectEmoticon   ObjectType = 2
	ObjectPicture    ObjectType = 3 // the display picture, which CHG and NLN tell of
	ObjectBackground ObjectType = 5
	ObjectWink       ObjectType = 8
	ObjectVoice      ObjectType = 11
)

// Object describes something that clients fetch from each other, such as the
// display picture (since MSNP9). Servers pass the description on as it is; the two
// hashes are how clients know what they have already.
type Object struct {
	Creator  string // the handle of whose it is
	Size     int    // of the data, in octets
	Type     ObjectType
	Location string // a file name of the creator's client, which means nothing to others
	Friendly string // a name, as base64 of UTF-16 with a zero at its end
	DataHash string // SHA1D: base64 of the SHA-1 of the data
	Checksum string // SHA1C: base64 of the SHA-1 of all of the above: see [Object.Sum]
}

// noFriendly is no name.
const noFriendly = "AAA="

// NewObject describes data.
func NewObject(creator string, kind ObjectType, location string, data []byte) Object {
	o := Object{Creator: creator, Size: len(data), Type: kind, Location: location, Friendly: noFriendly}
	sum := sha1.Sum(data) //nolint:gosec // the protocol has no other hash
	o.DataHash = base64.StdEncoding.EncodeToString(sum[:])
	o.Checksum = o.Sum()
	return o
}

// attribute is a name and a value.
type attribute struct{ name, value string }

// attributes are what the checksum is of, in its order.
func (o Object) attributes() [6]attribute {
	return [...]attribute{
		{"Creator", o.Creator}, {"Size", strconv.Itoa(o.Size)}, {"Type", strconv.Itoa(int(o.Type))},
		{"Location", o.Location}, {"Friendly", o.Friendly}, {"SHA1D", o.DataHash},
	}
}

// Sum is what Checksum ought to be.
func (o Object) Sum() string {
	h := sha1.New() //nolint:gosec // the protocol has no other hash
	for _, a := range o.attributes() {
		h.Write([]byte(a.name + a.value))
	}
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// String gives the XML, as the invitations to a transfer of the data have it.
func (o Object) String() string {
	text := []byte("<msnobj ")
	for _, a := range o.attributes() {
		text = append(append(text, a.name...), '=', '"')
		text = append(appendXML(text, a.value), '"', ' ')
	}
	text = append(text, `SHA1C="`...)
	return string(append(appendXML(text, o.Checksum), `"/>`...))
}

// Encode gives the word that CHG, ILN and NLN have for it.
func (o Object) Encode() string { return string(Encode(o.String())) }

// ParseObject reads that word. It reports false for anything else, or more than
// [MaxObject] octets of it, and does not look at the checksum.
func ParseObject(word string) (Object, bool) {
	if len(word) > MaxObject {
		return Object{}, false
	}
	text, err := Encoded(word).Decode()
	if err != nil {
		return Object{}, false
	}
	// There are clients that put a zero behind it, as in their invitations.
	token, err := xml.NewDecoder(strings.NewReader(strings.TrimRight(text, "\x00"))).Token()
	element, ok := token.(xml.StartElement)
	if err != nil || !ok || element.Name.Local != "msnobj" {
		return Object{}, false
	}
	return readObject(element.Attr)
}

// readObject reads the attributes, of which no order is known that all clients keep.
func readObject(attributes []xml.Attr) (Object, bool) {
	var o Object
	var kind int
	numbers := true
	for _, a := range attributes {
		var ok bool
		switch a.Name.Local {
		case "Creator":
			o.Creator = a.Value
		case "Size":
			o.Size, ok = parseSize(a.Value)
			numbers = numbers && ok
		case "Type":
			kind, ok = parseSize(a.Value)
			numbers = numbers && ok
		case "Location":
			o.Location = a.Value
		case "Friendly":
			o.Friendly = a.Value
		case "SHA1D":
			o.DataHash = a.Value
		case "SHA1C":
			o.Checksum = a.Value
		}
	}
	o.Type = ObjectType(kind)
	if !numbers || o.Creator == "" || o.DataHash == "" {
		return Object{}, false
	}
	return o, true
}

// parseSize reads a number of 31 bits.
func parseSize(text string) (int, bool) {
	n, ok := ParseUint([]byte(text))
	return int(n), ok && n < 1<<31
}
