package msnp

// ServerType is the kind of server that XFR asks for and refers to.
type ServerType string

// The kinds of servers.
const (
	ToSwitchboard  ServerType = "SB"
	ToNotification ServerType = "NS"
)

func parseServerType(word []byte) (ServerType, bool) {
	switch string(word) {
	case "SB":
		return ToSwitchboard, true
	case "NS":
		return ToNotification, true
	}
	return "", false
}

// XFRRequest is XFR as a client sends it: to a notification server when it
// wants a conversation, and, from Beta 2, as the first line to a dispatch
// server. It is the same in all versions.
//
//	C: XFR 6 SB
type XFRRequest struct {
	TrID TrID
	Type ServerType
}

// Append appends the line.
func (m XFRRequest) Append(dst []byte, _ Version) []byte {
	return appendEnd(appendWord(appendTrID(dst, "XFR", m.TrID), m.Type))
}

var errServerType = &ParseError{Code: CodeParameter, Reason: "XFR to no known kind of server"}

// ParseXFRRequest reads a client's XFR. A kind other than the two is answered
// with 201.
func ParseXFRRequest(l *Line, _ Version) (XFRRequest, error) {
	f := open(l, "XFR")
	m := XFRRequest{TrID: f.trid()}
	var ok bool
	if m.Type, ok = parseServerType(f.word()); !ok {
		f.fail(errServerType)
	}
	return result(m, &f)
}

// referralTail is what follows the address in an XFR NS.
type referralTail uint8

const (
	tailNothing   referralTail = iota
	tailZero                   // 0
	tailCurrent                // 0 and the server that the client is on
	tailConstants              // U D
	tailHop                    // U D, or G D, and the hop
)

// referralTails is the table of the forms of XFR NS.
var referralTails = [NumVersions]referralTail{
	Beta2: tailNothing, MSNP2: tailNothing,
	MSNP3: tailZero, MSNP4: tailZero, MSNP5: tailZero, MSNP6: tailZero,
	MSNP7: tailCurrent, MSNP8: tailCurrent, MSNP9: tailCurrent,
	MSNP10: tailCurrent, MSNP11: tailCurrent, MSNP12: tailCurrent,
	MSNP13: tailConstants, MSNP14: tailConstants, MSNP15: tailConstants, MSNP16: tailConstants,
	MSNP17: tailConstants, MSNP18: tailConstants, MSNP19: tailConstants, MSNP20: tailConstants,
	MSNP21: tailHop,
}

// Referral is XFR NS: it sends a client to another notification server, in
// answer to USR or XFR or unasked. Without a Host it is a soft reset: the client
// stays connected and signs in again, from VER.
//
//	S: XFR 5 NS 10.0.0.5:1863 0 10.0.0.1:1863
//	S: XFR 0 NS 0
type Referral struct {
	TrID TrID // 0 if unasked
	Host string
	// Current is the host:port that the client is on now. It must be given for
	// MSNP7 to MSNP12, and the other versions leave it out.
	Current string
	// Hop counts this referral and those before it, 0 to leave it out. Only
	// MSNP21 writes it.
	Hop int
	// Gateway says that Host is an HTTP gateway; MSNP21 only.
	Gateway bool
}

// Append appends the line in the form of version v. The error is [ErrAddress] if
// Host or, where the form needs it, Current is not host:port, and an
// [*UnsupportedError] if v cannot be referred at all (CVR0) or not to a gateway.
func (m Referral) Append(dst []byte, v Version) ([]byte, error) {
	if err := m.check(v); err != nil {
		return dst, err
	}
	dst = appendTrID(dst, "XFR", m.TrID)
	dst = appendWord(dst, ToNotification)
	if m.Host == "" {
		return appendEnd(append(dst, " 0"...)), nil
	}
	dst = appendWord(dst, m.Host)
	switch referralTails[v] {
	case tailNothing:
	case tailZero:
		dst = append(dst, " 0"...)
	case tailCurrent:
		dst = append(dst, " 0"...)
		dst = appendWord(dst, m.Current)
	case tailConstants:
		dst = append(dst, " U D"...)
	case tailHop:
		dst = append(dst, ' ', m.transport(), ' ', 'D')
		if m.Hop > 0 {
			dst = appendHop(append(dst, ' '), m.Hop)
		}
	}
	return appendEnd(dst), nil
}

func (m Referral) check(v Version) error {
	switch {
	case !v.Valid() || v == CVR0:
		return &UnsupportedError{Version: v, Form: "referral"}
	case m.Host == "":
		return nil
	case m.Gateway && referralTails[v] != tailHop:
		return &UnsupportedError{Version: v, Form: "referral to a gateway"}
	case referralTails[v] == tailCurrent:
		if err := checkAddress(m.Current); err != nil {
			return err
		}
	}
	return checkAddress(m.Host)
}

// transport is the letter for how the server is reached.
func (m Referral) transport() byte {
	if m.Gateway {
		return 'G'
	}
	return 'U'
}

// IsTransfer tells, of an XFR that a server sent, whether it is a [Transfer]. If
// not, it is a [Referral]: a soft reset is one whatever its kind of server.
func IsTransfer(l *Line) bool {
	return string(l.Arg(1)) == string(ToSwitchboard) && string(l.Arg(2)) != "0"
}

// ParseReferral reads a server's XFR NS. What follows the address decides
// nothing, so words that are missing or of another version are passed over. An
// address without a port gets [DefaultPort].
func ParseReferral(l *Line, v Version) (Referral, error) {
	f := openStrict(l, "XFR")
	m := Referral{TrID: f.trid()}
	kind, ok := parseServerType(f.word())
	if !ok {
		f.fail(errLiteral)
	}
	if string(f.peek()) == "0" {
		return result(m, &f)
	}
	if kind != ToNotification {
		f.fail(errLiteral)
	}
	m.Host = f.address()
	m.parseTail(&f, v)
	return result(m, &f)
}

func (m *Referral) parseTail(f *fields, v Version) {
	if !v.Valid() || f.left() < 2 {
		return
	}
	switch first, second := f.word(), f.word(); referralTails[v] {
	case tailNothing, tailZero, tailConstants:
	case tailCurrent:
		if checkAddress(second) == nil {
			m.Current = string(second)
		}
	case tailHop:
		m.Gateway = string(first) == "G"
		if f.more() {
			m.Hop, _ = ParseHop(f.word())
		}
	}
}
