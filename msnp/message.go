package msnp

// Ack is what a sender wants to hear of the fate of a message.
type Ack byte

// The acknowledgements. All are accepted from every version: a switchboard is
// not told which version a client speaks, and D and S came without a new form.
const (
	AckNone    Ack = 'U' // nothing
	AckFailure Ack = 'N' // NAK if it was delivered to nobody
	AckAll     Ack = 'A' // ACK, or NAK if somebody did not get it
	AckData    Ack = 'D' // as A, and 282 if it is malformed; since MSNP9
	AckInvite  Ack = 'S' // ACK, and nothing if it failed; since MSNP8
)

// known reports whether a letter is one of the acknowledgements.
func (a Ack) known() bool {
	switch a {
	case AckNone, AckFailure, AckAll, AckData, AckInvite:
		return true
	}
	return false
}

// String gives the letter.
func (a Ack) String() string { return string(rune(a)) }

var errAck = &ParseError{Reason: "message of no known acknowledgement"}

// Send is MSG as a client sends it to a switchboard.
//
//	C: MSG 3 N 129
type Send struct {
	TrID    TrID
	Ack     Ack
	Payload []byte // at most MaxMessage octets; parsed, it is part of the buffer
}

// Append appends the line and its payload.
func (m Send) Append(dst []byte, _ Version) []byte {
	dst = appendTrID(dst, "MSG", m.TrID)
	dst = append(dst, ' ', byte(m.Ack))
	return appendPayload(dst, m.Payload)
}

// ParseSend reads a client's MSG, and allocates nothing. An unknown letter ends
// the connection.
func ParseSend(l *Line, _ Version) (Send, error) {
	f := openStrict(l, "MSG")
	m := Send{TrID: f.trid()}
	letter := f.word()
	if len(letter) != 1 || !Ack(letter[0]).known() {
		f.fail(errAck)
		return result(m, &f)
	}
	m.Ack = Ack(letter[0])
	m.Payload = f.payload()
	return result(m, &f)
}

// Message is MSG as a switchboard sends it to everybody but the sender. Payload
// is the sender's, octet for octet.
//
//	S: MSG ana@example.test Ana%20B 129
type Message struct {
	Handle  string // the sender's
	Name    Encoded
	Payload []byte // at most MaxMessage octets; parsed, it is part of the buffer
}

// Append appends the line and its payload.
func (m Message) Append(dst []byte, _ Version) []byte {
	dst = AppendMessageHeader(dst, m.Handle, m.Name, len(m.Payload))
	return append(dst, m.Payload...)
}

// AppendMessageHeader appends the line of a [Message] whose payload, of size
// octets, is to follow.
func AppendMessageHeader(dst []byte, handle string, name Encoded, size int) []byte {
	dst = appendWord(append(dst, "MSG"...), handle)
	dst = appendName(dst, name, handle)
	return appendEnd(appendUint(dst, size))
}

// ParseMessage reads a switchboard's MSG.
func ParseMessage(l *Line, _ Version) (Message, error) {
	f := openStrict(l, "MSG")
	m := Message{Handle: f.text(), Name: f.name()}
	m.Payload = f.payload()
	return result(m, &f)
}

// Delivered is ACK and NAK: what became of a message.
//
//	S: ACK 3
//	S: NAK 4
type Delivered struct {
	TrID TrID // of the MSG
	OK   bool // ACK
}

// Append appends the line.
func (m Delivered) Append(dst []byte, _ Version) []byte {
	name := "NAK"
	if m.OK {
		name = "ACK"
	}
	return appendEnd(appendTrID(dst, name, m.TrID))
}

// ParseDelivered reads a switchboard's ACK or NAK.
func ParseDelivered(l *Line, _ Version) (Delivered, error) {
	var m Delivered
	name := "NAK"
	if l.Command != nil && l.Command.Name == "ACK" {
		m.OK, name = true, "ACK"
	}
	f := openStrict(l, name)
	m.TrID = f.trid()
	return result(m, &f)
}
