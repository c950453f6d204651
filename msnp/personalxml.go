package msnp

import (
	"bytes"
	"encoding/xml"
	"io"
	"unicode/utf8"
)

// The XML of UUX and UBX.
const (
	personalRoot   = "Data"
	messageElement = "PSM"
	mediaElement   = "CurrentMedia"
	personalBegin  = "<" + personalRoot + ">"
	personalEnd    = "</" + personalRoot + ">"
)

// escapeXML gives what stands for a character of a text, "" for itself. Size is
// its length; what XML has no place for is replaced.
func escapeXML(r rune, size int) string {
	switch {
	case r == '&':
		return "&amp;"
	case r == '<':
		return "&lt;"
	case r == '>':
		return "&gt;"
	case r == '"':
		return "&quot;"
	case r == '\'':
		return "&apos;"
	case r == '\r':
		return "&#13;" // which would be read as a line feed
	case r == utf8.RuneError && size == 1,
		r < ' ' && r != '\t' && r != '\n',
		r == 0xFFFE, r == 0xFFFF:
		return string(utf8.RuneError)
	}
	return ""
}

// appendXML appends a text.
func appendXML(dst []byte, text string) []byte {
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if escaped := escapeXML(r, size); escaped != "" {
			dst = append(dst, escaped...)
		} else {
			dst = append(dst, text[:size]...)
		}
		text = text[size:]
	}
	return dst
}

// appendElement appends an element with a text.
func appendElement(dst []byte, name, text string) []byte {
	dst = append(append(append(dst, '<'), name...), '>')
	dst = appendXML(dst, text)
	return append(append(append(dst, "</"...), name...), '>')
}

// elementSize is how much appendElement appends.
func elementSize(name, text string) int { return len("<></>") + 2*len(name) + sizeXML(text) }

// sizeXML is how much appendXML appends.
func sizeXML(text string) (total int) {
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if escaped := escapeXML(r, size); escaped != "" {
			total += len(escaped)
		} else {
			total += size
		}
		text = text[size:]
	}
	return total
}

// personalData is what the XML says.
type personalData struct {
	Personal
	noMessage, noMedia bool // there is no such element
}

// text is where the text of an element is kept, nil for one that is not known.
// Of an element that is there twice the second counts.
func (p *personalData) text(element string) *string {
	switch element {
	case messageElement:
		p.noMessage, p.Message = false, ""
		return &p.Message
	case mediaElement:
		p.noMedia, p.Media = false, ""
		return &p.Media
	}
	return nil
}

var errPersonalLong = &ParseError{Code: CodeParameter, Reason: "personal message too long"}

// personal reads a payload that is personal data, or empty.
func (f *fields) personal() personalData {
	payload := f.payload()
	if f.err != nil || len(payload) == 0 {
		return personalData{}
	}
	p, ok := readPersonal(payload)
	switch {
	case !ok:
		f.fail(errPersonal)
	case p.TooLong():
		f.fail(errPersonalLong)
	}
	return p
}

// readPersonal reads the XML. There are no entities but the five that XML has of
// itself, so what is read is no longer than what was sent.
func readPersonal(payload []byte) (personalData, bool) {
	p := personalData{noMessage: true, noMedia: true}
	d := xml.NewDecoder(bytes.NewReader(payload))
	var into *string // what is being read; elements inside it are passed over
	for depth, rooted := 0, false; ; {
		token, err := d.Token()
		if err != nil {
			return p, err == io.EOF && rooted //nolint:errorlint // Token gives it as it is
		}
		switch token := token.(type) {
		case xml.StartElement:
			depth++
			switch {
			case depth == 1 && (rooted || token.Name.Local != personalRoot):
				return p, false
			case depth == 1:
				rooted = true
			case depth == 2:
				into = p.text(token.Name.Local)
			}
		case xml.EndElement:
			if depth--; depth < 2 {
				into = nil
			}
		case xml.CharData:
			if into != nil && depth == 2 {
				*into += string(token)
			}
		}
	}
}
