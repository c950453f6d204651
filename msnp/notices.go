package msnp

// Notice is MSG as a notification server sends it: a message from the service,
// such as the profile after the sign-in and the news of mail. Payload is MIME
// headers, an empty line, and a body.
//
//	S: MSG Hotmail Hotmail 88
type Notice struct {
	Payload []byte // at most MaxNotification octets; parsed, it is part of the buffer
}

// Append appends the line and its payload.
func (m Notice) Append(dst []byte, _ Version) []byte {
	return appendPayload(append(dst, "MSG Hotmail Hotmail"...), m.Payload)
}

// ParseNotice reads a notification server's MSG. The names in it mean nothing.
func ParseNotice(l *Line, _ Version) (Notice, error) {
	f := openStrict(l, "MSG")
	f.skip()
	f.skip()
	return result(Notice{Payload: f.payload()}, &f)
}

// Alert is NOT (since MSNP5): a notification in XML.
//
//	S: NOT 294
type Alert struct {
	Payload []byte // at most MaxNotification octets; parsed, it is part of the buffer
}

// Append appends the line and its payload.
func (m Alert) Append(dst []byte, _ Version) []byte {
	return appendPayload(append(dst, "NOT"...), m.Payload)
}

// ParseAlert reads a server's NOT.
func ParseAlert(l *Line, _ Version) (Alert, error) {
	f := openStrict(l, "NOT")
	return result(Alert{Payload: f.payload()}, &f)
}

// MobileMessage is IPG (since MSNP6): a message from a mobile phone, in the same
// XML as an [Alert].
//
//	S: IPG 310
type MobileMessage struct {
	Payload []byte // at most MaxNotification octets; parsed, it is part of the buffer
}

// Append appends the line and its payload.
func (m MobileMessage) Append(dst []byte, _ Version) []byte {
	return appendPayload(append(dst, "IPG"...), m.Payload)
}

// ParseMobileMessage reads a server's IPG.
func ParseMobileMessage(l *Line, _ Version) (MobileMessage, error) {
	f := openStrict(l, "IPG")
	return result(MobileMessage{Payload: f.payload()}, &f)
}

// Device is what a page is for.
type Device int

// The devices.
const (
	DevicePhone Device = 1 // a mobile phone
	DeviceWatch Device = 2 // a watch of MSN Direct
)

// Page is PAG (MSNP5 to MSNP8) and PGD (since MSNP9): a text for a contact's mobile
// phone, or watch. There is no answer if all goes well.
//
//	C: PAG 30 bea@example.net 41
//	C: PGD 31 bea@example.net 1 53
type Page struct {
	TrID    TrID
	Handle  string // in lower case; it may be no handle at all
	Device  Device // since MSNP9
	Payload []byte // XML; parsed, it is part of the buffer
}

// Append appends the line and its payload.
func (m Page) Append(dst []byte, v Version) []byte {
	dst = appendWord(appendTrID(dst, pageCommand(v), m.TrID), m.Handle)
	if v.Has(FeaturePageDevice) {
		dst = appendUint(dst, int(m.Device))
	}
	return appendPayload(dst, m.Payload)
}

// pageCommand is the name of the command in a version.
func pageCommand(v Version) string {
	if v.Has(FeaturePageDevice) {
		return "PGD"
	}
	return "PAG"
}

var errDevice = &ParseError{Code: CodeParameter, Reason: "page for no known device"}

// ParsePage reads a client's PAG or PGD. A device that is none of the two is
// answered with 201, and one that is no number ends the connection.
func ParsePage(l *Line, v Version) (Page, error) {
	f := open(l, pageCommand(v))
	m := Page{TrID: f.trid(), Handle: f.folded()}
	if v.Has(FeaturePageDevice) {
		m.Device = Device(f.count())
		if m.Device != DevicePhone && m.Device != DeviceWatch {
			f.fail(errDevice)
		}
	}
	m.Payload = f.payload()
	return result(m, &f)
}
