package msnp

// Ping is PNG: does the connection live? It has no transaction id.
type Ping struct{}

// Append appends the line.
func (Ping) Append(dst []byte, _ Version) []byte { return append(dst, "PNG\r\n"...) }

// ParsePing reads a client's PNG.
func ParsePing(l *Line, _ Version) (Ping, error) {
	f := open(l, "PNG")
	return result(Ping{}, &f)
}

// Pong is QNG, the answer to PNG.
//
//	S: QNG
//	S: QNG 50
type Pong struct {
	Seconds int // until the client should ask again; since MSNP9
}

// Append appends the line.
func (m Pong) Append(dst []byte, v Version) []byte {
	dst = append(dst, "QNG"...)
	if v.Has(FeaturePingSchedule) {
		dst = appendUint(dst, m.Seconds)
	}
	return appendEnd(dst)
}

// ParsePong reads a server's QNG.
func ParsePong(l *Line, v Version) (Pong, error) {
	f := openStrict(l, "QNG")
	var m Pong
	if v.Has(FeaturePingSchedule) && f.more() {
		m.Seconds = f.count()
	}
	return result(m, &f)
}

// Reason is why a server ends a session.
type Reason string

// The reasons.
const (
	ReasonNone     Reason = ""    // none is given
	ReasonElse     Reason = "OTH" // the account has signed in elsewhere
	ReasonShutdown Reason = "SSD" // the server is going down
	ReasonMigrated Reason = "MIG" // the lists are kept in another way now: sign in again; since MSNP10
	ReasonTerms    Reason = "TOU" // accept the terms of use first; since MSNP10
	ReasonLater    Reason = "RCT" // sign in again in some minutes; since MSNP11
)

// Out is OUT: a client leaves, or a server ends the session. The connection is
// closed after it. It has no transaction id.
//
//	S: OUT OTH
//	S: OUT RCT 5
type Out struct {
	Reason  Reason // of a server
	Minutes int    // with ReasonLater: how many
}

// Append appends the line.
func (m Out) Append(dst []byte, _ Version) []byte {
	dst = appendOptional(append(dst, "OUT"...), m.Reason)
	if m.Reason == ReasonLater {
		dst = appendUint(dst, m.Minutes)
	}
	return appendEnd(dst)
}

// ParseOut reads an OUT of either side. Reasons that are not known are given as
// they are.
func ParseOut(l *Line, _ Version) (Out, error) {
	f := open(l, "OUT")
	m := Out{Reason: Reason(f.optional())}
	if m.Reason == ReasonLater && f.more() {
		m.Minutes = f.count()
	}
	return result(m, &f)
}

// Error is the line that refuses a command. It is an error, too, for clients.
//
//	S: 913 10
type Error struct {
	Code Code
	TrID TrID // that of the command
}

// Append appends the line. It is the same in all versions.
func (m Error) Append(dst []byte, _ Version) []byte {
	dst = append(dst, byte('0'+m.Code/100%10), byte('0'+m.Code/10%10), byte('0'+m.Code%10))
	return appendEnd(appendUint(dst, m.TrID))
}

// Error implements error.
func (m Error) Error() string {
	return "msnp: the server answered " + m.Code.String() + " (" + m.Code.Meaning() + ")"
}

// ParseErrorLine reads a line that has three digits for a name. The transaction
// id may be missing in errors that no command has caused.
func ParseErrorLine(l *Line, _ Version) (Error, error) {
	f := fields{line: l, short: errCount}
	if l.Code == 0 {
		f.fail(errCommand)
	}
	m := Error{Code: l.Code}
	if f.more() {
		m.TrID = f.trid()
	}
	return result(m, &f)
}

// SetMessaging is IMS as a client sends it (since MSNP3, WebTV): OFF keeps
// invitations to conversations away.
//
//	C: IMS 40 OFF
type SetMessaging struct {
	TrID TrID
	On   bool
}

// Append appends the line.
func (m SetMessaging) Append(dst []byte, _ Version) []byte {
	return appendEnd(appendOn(appendTrID(dst, "IMS", m.TrID), m.On))
}

// ParseSetMessaging reads a client's IMS. Anything but ON and OFF ends the
// connection.
func ParseSetMessaging(l *Line, _ Version) (SetMessaging, error) {
	f := open(l, "IMS")
	return result(SetMessaging{TrID: f.trid(), On: f.on()}, &f)
}

// MessagingSet answers [SetMessaging].
//
//	S: IMS 40 0 OFF
type MessagingSet struct {
	TrID TrID
	On   bool
}

// Append appends the line.
func (m MessagingSet) Append(dst []byte, _ Version) []byte {
	dst = append(appendTrID(dst, "IMS", m.TrID), " 0"...)
	return appendEnd(appendOn(dst, m.On))
}

// ParseMessagingSet reads a server's IMS.
func ParseMessagingSet(l *Line, _ Version) (MessagingSet, error) {
	f := openStrict(l, "IMS")
	m := MessagingSet{TrID: f.trid()}
	f.skip()
	m.On = f.on()
	return result(m, &f)
}

func appendOn(dst []byte, on bool) []byte {
	if on {
		return append(dst, " ON"...)
	}
	return append(dst, " OFF"...)
}

// on reads ON or OFF.
func (f *fields) on() bool {
	switch string(f.word()) {
	case "ON":
		return true
	case "OFF":
		return false
	}
	f.fail(errLiteral)
	return false
}
