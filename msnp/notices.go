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

// Page is PAG (MSNP5 to MSNP8): a text for a contact's mobile phone. There is no
// answer if all goes well.
//
//	C: PAG 30 bea@example.net 41
type Page struct {
	TrID    TrID
	Handle  string // in lower case; it may be no handle at all
	Payload []byte // XML; parsed, it is part of the buffer
}

// Append appends the line and its payload.
func (m Page) Append(dst []byte, _ Version) []byte {
	return appendPayload(appendWord(appendTrID(dst, "PAG", m.TrID), m.Handle), m.Payload)
}

// ParsePage reads a client's PAG.
func ParsePage(l *Line, _ Version) (Page, error) {
	f := open(l, "PAG")
	m := Page{TrID: f.trid(), Handle: f.folded()}
	m.Payload = f.payload()
	return result(m, &f)
}
