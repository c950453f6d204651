package p2p

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"unicode/utf16"

	"github.com/papilio-im/papilio/msnp"
)

// ObjectContext is the field Context of an invitation that asks for an object: its
// description and a zero, in base64.
func ObjectContext(o msnp.Object) string {
	return base64.StdEncoding.EncodeToString(append([]byte(o.String()), 0))
}

// ParseObjectContext reads what ObjectContext gives.
func ParseObjectContext(text string) (msnp.Object, error) {
	raw, err := decodeContext(text)
	if err != nil {
		return msnp.Object{}, err
	}
	o, ok := msnp.ParseObject(string(msnp.Encode(string(raw))))
	if !ok {
		return msnp.Object{}, ErrContext
	}
	return o, nil
}

// decodeContext reads base64, with the padding that some clients leave out or without.
func decodeContext(text string) ([]byte, error) {
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, ErrContext
	}
	return raw, nil
}

// The layout of the context of a file. All numbers are little-endian.
const (
	contextSize    = 574 // without the preview
	contextVersion = 2
	contextName    = 20  // where the name begins
	contextNameEnd = 570 // four octets FF follow
	// MaxFileName bounds a file name, in units of UTF-16.
	MaxFileName = (contextNameEnd-contextName)/2 - 1
)

// FileContext is the field Context of an invitation that offers a file.
type FileContext struct {
	Name string // as the sender has it, which may be a whole path, or anything
	Size uint64 // in octets
	// Preview is a small picture of what is in the file, a PNG; nil if there is none.
	Preview []byte
}

// Encode gives the field. Of a longer name the beginning is left out.
func (c FileContext) Encode() string {
	order := binary.LittleEndian
	kind := uint32(1)
	if len(c.Preview) > 0 {
		kind = 0
	}
	raw := make([]byte, 0, contextSize+len(c.Preview))
	raw = order.AppendUint32(raw, contextSize)
	raw = order.AppendUint32(raw, contextVersion)
	raw = order.AppendUint64(raw, c.Size)
	raw = order.AppendUint32(raw, kind)
	units := utf16.Encode([]rune(c.Name))
	for _, u := range units[max(0, len(units)-MaxFileName):] {
		raw = order.AppendUint16(raw, u)
	}
	raw = append(raw, make([]byte, contextNameEnd-len(raw))...)
	raw = append(raw, 0xff, 0xff, 0xff, 0xff)
	return base64.StdEncoding.EncodeToString(append(raw, c.Preview...))
}

// ParseFileContext reads the field. Newer clients have more in it before the preview,
// which is passed over.
func ParseFileContext(text string) (FileContext, error) {
	raw, err := decodeContext(text)
	if err != nil {
		return FileContext{}, err
	}
	if len(raw) < contextNameEnd {
		return FileContext{}, ErrContext
	}
	order := binary.LittleEndian
	c := FileContext{Size: order.Uint64(raw[8:])}
	var units []uint16
	for at := contextName; at < contextNameEnd; at += 2 {
		u := order.Uint16(raw[at:])
		if u == 0 {
			break
		}
		units = append(units, u)
	}
	c.Name = string(utf16.Decode(units))
	if begin := uint64(order.Uint32(raw)); begin >= contextSize && begin < uint64(len(raw)) {
		c.Preview = bytes.Clone(raw[begin:])
	}
	return c, nil
}
