package msnp

import (
	"errors"
	"math"
)

// switchboardTail is what follows the method in XFR SB, and the caller in RNG.
type switchboardTail uint8

const (
	tailNone   switchboardTail = iota
	tailDomain                 // U and a domain
	tailDirect                 // U, a domain, and whether the address is reached directly
)

// Methods of transfer, as a set.
const (
	allowCKI = 1 << iota
	allowMD5
	allowCTP
)

// transferForm is how a version enters a conversation.
type transferForm struct {
	methods uint8
	tail    switchboardTail
}

// transferForms is the table of the forms of XFR SB and RNG. A version without
// methods has no switchboard.
var transferForms = [NumVersions]transferForm{
	Beta2:  {allowMD5 | allowCTP, tailNone},
	MSNP2:  {allowCKI | allowMD5 | allowCTP, tailNone},
	MSNP3:  {allowCKI | allowMD5 | allowCTP, tailNone},
	MSNP4:  {allowCKI | allowMD5 | allowCTP, tailNone},
	MSNP5:  {allowCKI | allowMD5 | allowCTP, tailNone},
	MSNP6:  {allowCKI | allowMD5 | allowCTP, tailNone},
	MSNP7:  {allowCKI | allowMD5 | allowCTP, tailNone},
	MSNP8:  {allowCKI | allowMD5 | allowCTP, tailNone},
	MSNP9:  {allowCKI | allowMD5 | allowCTP, tailNone},
	MSNP10: {allowCKI | allowMD5 | allowCTP, tailNone},
	MSNP11: {allowCKI, tailNone},
	MSNP12: {allowCKI, tailNone},
	MSNP13: {allowCKI, tailDomain},
	MSNP14: {allowCKI, tailDirect},
	MSNP15: {allowCKI, tailDirect},
	MSNP16: {allowCKI, tailDirect},
	MSNP17: {allowCKI, tailDirect},
	MSNP18: {allowCKI, tailDirect},
	MSNP19: {allowCKI, tailDirect},
	MSNP20: {allowCKI, tailDirect},
}

// The domains that stand in transfers and invitations. No client reads them.
const (
	transferDomain = "messenger.msn.com"
	ringDomain     = "messenger.hotmail.com"
)

// TransfersBy reports whether clients of version v can be transferred to a
// switchboard, and invited to one, by a method.
func (v Version) TransfersBy(m Method) bool {
	if !v.Valid() {
		return false
	}
	allowed := transferForms[v].methods
	switch m {
	case MethodCKI:
		return allowed&allowCKI != 0
	case MethodMD5:
		return allowed&allowMD5 != 0
	case MethodCTP:
		return allowed&allowCTP != 0
	default:
		return false
	}
}

// ErrParam says that a transfer or an invitation lacks the cookie or the salt
// that its method needs, has one that its method has no place for, or has one
// with blanks.
var ErrParam = errors.New("msnp: cookie or salt does not suit the method")

// checkTransfer checks that version v has a form for what is to be written.
func checkTransfer(v Version, host string, method Method, param string) error {
	switch {
	case !v.Valid() || transferForms[v].methods == 0:
		return &UnsupportedError{Version: v, Form: "transfer to a switchboard"}
	case !v.TransfersBy(method):
		return &UnsupportedError{Version: v, Form: "transfer by " + string(method)}
	case (method == MethodCTP) != (param == "") || !isWord(param):
		return ErrParam
	}
	return checkAddress(host)
}

// isWord reports whether text can stand in a line as one word, or not at all.
func isWord[T ~string | ~[]byte](text T) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] == 0x7f {
			return false
		}
	}
	return true
}

// appendTail appends what the version has at the end of the line.
func appendTail(dst []byte, v Version, domain string, direct bool) []byte {
	tail := transferForms[v].tail
	if tail == tailNone {
		return appendEnd(dst)
	}
	dst = append(dst, " U"...)
	dst = appendWord(dst, domain)
	if tail == tailDirect {
		dst = appendFlag(dst, direct)
	}
	return appendEnd(dst)
}

// direct reads what appendTail wrote. A tail that is missing or of another form
// is not direct: it costs the client a gateway, not the conversation.
func (f *fields) direct(v Version) bool {
	if !v.Valid() || transferForms[v].tail != tailDirect || f.left() < 3 {
		return false
	}
	f.skip()
	f.skip()
	return string(f.word()) == "1"
}

// method reads a method of transfer that version v has, and its parameter.
func (f *fields) method(v Version) (Method, string) {
	m, ok := parseMethod(f.word())
	switch {
	case !ok || !v.TransfersBy(m):
		f.fail(errTransferMethod)
		return "", ""
	case m == MethodCTP:
		return m, ""
	}
	return m, f.text()
}

var errTransferMethod = &ParseError{Reason: "transfer by a method of another version"}

// Transfer is XFR SB: it sends a client to a switchboard, where it opens a
// conversation with [Enter].
//
//	S: XFR 6 SB 10.0.1.200:1865 CKI 123456789.123456789.123456789
//
// MSNP21 has no switchboard. Before MSNP11 there are three methods, and CKI alone
// from then on; Beta 2 does not know CKI.
type Transfer struct {
	TrID   TrID
	Host   string // host:port
	Method Method
	Param  string // the cookie of CKI, the salt of MD5, "" for CTP
	// Direct says that Host is reached over TCP and not only through the HTTP
	// gateway; since MSNP14, not written before.
	Direct bool
}

// Append appends the line in the form of version v. The error is an
// [*UnsupportedError] if v has no switchboard or not this method, [ErrAddress] if
// Host is not host:port, or [ErrParam].
func (m Transfer) Append(dst []byte, v Version) ([]byte, error) {
	if err := checkTransfer(v, m.Host, m.Method, m.Param); err != nil {
		return dst, err
	}
	dst = appendTrID(dst, "XFR", m.TrID)
	dst = appendWord(dst, ToSwitchboard)
	dst = appendWord(dst, m.Host)
	dst = appendWord(dst, m.Method)
	dst = appendOptional(dst, m.Param)
	return appendTail(dst, v, transferDomain, m.Direct), nil
}

// ParseTransfer reads a server's XFR SB: see [IsTransfer].
func ParseTransfer(l *Line, v Version) (Transfer, error) {
	f := openStrict(l, "XFR")
	m := Transfer{TrID: f.trid()}
	f.literal(string(ToSwitchboard))
	m.Host = f.address()
	m.Method, m.Param = f.method(v)
	m.Direct = f.direct(v)
	return result(m, &f)
}

// MaxSession is the greatest number of a session: clients keep it in a signed
// integer of 32 bits.
const MaxSession = math.MaxInt32

// Ring is RNG: it invites a client to a conversation, on its notification
// server. The client answers it at the switchboard, with [Answer].
//
//	S: RNG 40211873 203.0.113.9:1863 CKI 947112251.7710283345 ana@example.test Ana%20B
type Ring struct {
	Session    uint32 // 1 to MaxSession
	Host       string // host:port
	Method     Method
	Param      string // the cookie of CKI, the salt of MD5, "" for CTP
	Caller     string // a handle
	CallerName Encoded
	Direct     bool // as in Transfer
}

// Append appends the line in the form of version v, which is that of the one who
// is invited. The errors are those of [Transfer.Append], and [ErrHandle] if there
// is no caller.
func (m Ring) Append(dst []byte, v Version) ([]byte, error) {
	if err := checkTransfer(v, m.Host, m.Method, m.Param); err != nil {
		return dst, err
	}
	if m.Caller == "" {
		return dst, ErrHandle
	}
	dst = append(dst, "RNG"...)
	dst = appendUint(dst, m.Session)
	dst = appendWord(dst, m.Host)
	dst = appendWord(dst, m.Method)
	dst = appendOptional(dst, m.Param)
	dst = appendWord(dst, m.Caller)
	dst = appendName(dst, m.CallerName, m.Caller)
	return appendTail(dst, v, ringDomain, m.Direct), nil
}

// ParseRing reads a server's RNG.
func ParseRing(l *Line, v Version) (Ring, error) {
	f := openStrict(l, "RNG")
	m := Ring{Session: f.session(), Host: f.address()}
	m.Method, m.Param = f.method(v)
	m.Caller = f.text()
	m.CallerName = f.name()
	m.Direct = f.direct(v)
	return result(m, &f)
}

// session reads the number of a session.
func (f *fields) session() uint32 {
	n := f.number()
	if n > MaxSession {
		f.fail(errNumber)
		return 0
	}
	return n
}
