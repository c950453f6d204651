package msnp

// Bounds of what UUX carries.
const (
	// MaxPersonalPayload bounds the payload of UUX, in octets: two texts, each of
	// whose octets may be written with six. A client's own is of some hundred.
	MaxPersonalPayload = 16 << 10
	// MaxPersonalText bounds each of its two texts, in octets as UBX has them, where
	// an & is of five. Clients let people write some 130 characters, and everybody who
	// sees them is told of each change.
	MaxPersonalText = 1024
)

// Personal is what a person shows below the name, since MSNP11. Its zero value
// shows nothing.
type Personal struct {
	Message string // the personal message, plain text
	// Media is what plays, in the fields of [Media], which only clients read; ""
	// if nothing does.
	Media string
}

// TooLong reports whether one of the texts is longer than [MaxPersonalText].
func (p Personal) TooLong() bool {
	return sizeXML(p.Message) > MaxPersonalText || sizeXML(p.Media) > MaxPersonalText
}

// ChangePersonal is UUX as a client sends it (since MSNP11). An element that is
// missing in its payload leaves what was there as it is.
//
//	C: UUX 23 65
type ChangePersonal struct {
	TrID TrID
	Personal
	KeepMessage bool // the message stays as it is, and Message is ""
	KeepMedia   bool // what plays stays as it is, and Media is ""
}

// Append appends the line and its payload.
func (m ChangePersonal) Append(dst []byte, _ Version) []byte {
	dst = appendTrID(dst, "UUX", m.TrID)
	size := len(personalBegin) + len(personalEnd)
	if !m.KeepMessage {
		size += elementSize(messageElement, m.Message)
	}
	if !m.KeepMedia {
		size += elementSize(mediaElement, m.Media)
	}
	dst = appendEnd(appendUint(dst, size))
	dst = append(dst, personalBegin...)
	if !m.KeepMessage {
		dst = appendElement(dst, messageElement, m.Message)
	}
	if !m.KeepMedia {
		dst = appendElement(dst, mediaElement, m.Media)
	}
	return append(dst, personalEnd...)
}

// To gives what is shown after the change of what was shown before.
func (m ChangePersonal) To(before Personal) Personal {
	after := m.Personal
	if m.KeepMessage {
		after.Message = before.Message
	}
	if m.KeepMedia {
		after.Media = before.Media
	}
	return after
}

var errPersonal = &ParseError{Reason: "personal message is not the XML that it must be"}

// ParseChangePersonal reads a client's UUX. Elements that are not known are passed
// over, and no payload at all clears both texts, as in UBX. What is no XML, or not of
// the form, ends the connection; a text of more than [MaxPersonalText] octets is
// answered with 201.
func ParseChangePersonal(l *Line, _ Version) (ChangePersonal, error) {
	f := open(l, "UUX")
	m := ChangePersonal{TrID: f.trid()}
	p := f.personal()
	m.Personal = p.Personal
	m.KeepMessage, m.KeepMedia = p.noMessage, p.noMedia
	return result(m, &f)
}

// PersonalChanged answers [ChangePersonal]. The 0 is the length of a payload.
//
//	S: UUX 23 0
type PersonalChanged struct{ TrID TrID }

// Append appends the line.
func (m PersonalChanged) Append(dst []byte, _ Version) []byte {
	return appendEnd(append(appendTrID(dst, "UUX", m.TrID), " 0"...))
}

// ParsePersonalChanged reads a server's UUX.
func ParsePersonalChanged(l *Line, _ Version) (PersonalChanged, error) {
	f := openStrict(l, "UUX")
	return result(PersonalChanged{TrID: f.trid()}, &f)
}

// ContactPersonal is UBX (MSNP11 to MSNP13 in this form): what a contact shows below
// the name. It has no transaction id. If that is nothing, it has no payload.
//
//	S: UBX bea@example.net 65
//	S: UBX bea@example.net 0
type ContactPersonal struct {
	Handle string
	Personal
}

// Append appends the line and its payload, whose elements are always both there and
// in the same order: clients look for them without reading the rest.
func (m ContactPersonal) Append(dst []byte, _ Version) []byte {
	dst = appendWord(append(dst, "UBX"...), m.Handle)
	if m.Personal == (Personal{}) {
		return appendEnd(append(dst, " 0"...))
	}
	size := len(personalBegin) + elementSize(messageElement, m.Message) + elementSize(mediaElement, m.Media) + len(personalEnd)
	dst = appendEnd(appendUint(dst, size))
	dst = append(dst, personalBegin...)
	dst = appendElement(dst, messageElement, m.Message)
	dst = appendElement(dst, mediaElement, m.Media)
	return append(dst, personalEnd...)
}

// ParseContactPersonal reads a server's UBX. Elements that are not known are passed
// over.
func ParseContactPersonal(l *Line, _ Version) (ContactPersonal, error) {
	f := openStrict(l, "UBX")
	m := ContactPersonal{Handle: f.text()}
	m.Personal = f.personal().Personal
	return result(m, &f)
}
