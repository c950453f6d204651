package p2p

import (
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/papilio-im/papilio/msnp"
)

// The types of the bodies of an [SLP].
const (
	TypeSession   = "application/x-msnmsgr-sessionreqbody"   // begins a session, or answers that
	TypeClose     = "application/x-msnmsgr-sessionclosebody" // ends it
	TypeTransport = "application/x-msnmsgr-transreqbody"     // asks for a direct connection
	TypeAnswer    = "application/x-msnmsgr-transrespbody"    // answers that
)

// The requests.
const (
	Invite = "INVITE"
	Bye    = "BYE"
)

// The answers.
const (
	StatusOK           = 200
	StatusNotFound     = 404
	StatusInternal     = 500
	StatusDecline      = 603
	StatusUnacceptable = 606
)

var reasons = map[int]string{
	StatusOK: "OK", StatusNotFound: "Not Found", StatusInternal: "Internal Error",
	StatusDecline: "Decline", StatusUnacceptable: "Unacceptable",
}

// The kinds of sessions, in the field EUF-GUID of an invitation. Letters may be of any
// case.
const (
	EUFObject = "{A4268EEC-FEC5-49E5-95C3-F126696BDBF6}"
	EUFFile   = "{5D3E02AB-6190-11D3-BBBB-00C04F795683}"
)

// The applications, in the field AppID of an invitation.
const (
	AppObject   = 1
	AppFile     = 2
	AppEmoticon = 11
	AppPicture  = 12 // in newer clients
)

// SLP is a request, or the answer to one.
//
//	INVITE MSNMSGR:bob@example.test MSNSLP/1.0
//	MSNSLP/1.0 200 OK
type SLP struct {
	Method string // of a request; "" in an answer
	Status int    // of an answer
	To     string // a handle
	From   string // a handle
	Branch string // of a request, which the answer repeats: a GUID in braces
	CSeq   uint32 // 0 in a request, 1 in the answer
	CallID string // a GUID in braces, the same for all of a session
	Type   string // of the body
	// Body are the fields of the body, in their order.
	Body []Field
}

// Field is a word with a value.
type Field struct{ Name, Value string }

// Get gives the value of a field of the body, "" if there is none. The case of the name
// does not matter.
func (s *SLP) Get(name string) string {
	for _, f := range s.Body {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// Number gives a field of the body that is a number of 32 bits.
func (s *SLP) Number(name string) (uint32, bool) {
	n, err := strconv.ParseUint(s.Get(name), 10, 32)
	return uint32(n), err == nil
}

// Answer makes the answer to a request. The body is the number of the session, if the
// request has one; Type is the request's, which can be changed.
func (s *SLP) Answer(status int) SLP {
	a := SLP{
		Status: status, To: s.From, From: s.To, Branch: s.Branch, CSeq: s.CSeq + 1, CallID: s.CallID, Type: s.Type,
	}
	if id, ok := s.Number("SessionID"); ok {
		a.Body = []Field{{"SessionID", strconv.FormatUint(uint64(id), 10)}}
	}
	return a
}

// slpEnd is what every body ends with.
const slpEnd = "\r\n\x00"

// Append appends the text. The body ends with a zero, which counts; behind the number
// of a CSeq stands a blank, as in the official clients.
func (s *SLP) Append(dst []byte) []byte {
	if s.Method != "" {
		dst = append(append(dst, s.Method...), " MSNMSGR:"...)
		dst = append(append(dst, s.To...), " MSNSLP/1.0\r\n"...)
	} else {
		dst = strconv.AppendInt(append(dst, "MSNSLP/1.0 "...), int64(s.Status), 10)
		dst = append(append(append(dst, ' '), reasons[s.Status]...), "\r\n"...)
	}
	size := len(slpEnd)
	for _, f := range s.Body {
		size += len(f.Name) + len(": ") + len(f.Value) + len("\r\n")
	}
	for _, part := range [...]string{
		"To: <msnmsgr:", s.To, ">\r\nFrom: <msnmsgr:", s.From,
		">\r\nVia: MSNSLP/1.0/TLP ;branch=", s.Branch,
		"\r\nCSeq: ", strconv.FormatUint(uint64(s.CSeq), 10), " \r\nCall-ID: ", s.CallID,
		"\r\nMax-Forwards: 0\r\nContent-Type: ", s.Type, "\r\nContent-Length: ", strconv.Itoa(size), "\r\n\r\n",
	} {
		dst = append(dst, part...)
	}
	for _, f := range s.Body {
		dst = append(append(dst, f.Name...), ": "...)
		dst = append(append(dst, f.Value...), "\r\n"...)
	}
	return append(dst, slpEnd...)
}

// ParseSLP reads a text. What is not known in it is passed over; a body without a zero
// at its end is read, too, and a length that is not that of the body does not count.
func ParseSLP(text []byte) (SLP, error) {
	head, body, found := strings.Cut(string(text), "\r\n\r\n")
	if !found {
		return SLP{}, ErrSLP
	}
	first, rest, _ := strings.Cut(head, "\r\n")
	s, ok := parseFirst(first)
	if !ok {
		return SLP{}, ErrSLP
	}
	for line := range strings.SplitSeq(rest, "\r\n") {
		if name, value, found := strings.Cut(line, ":"); found {
			s.header(strings.ToLower(name), strings.TrimSpace(value))
		}
	}
	if s.CallID == "" {
		return SLP{}, ErrSLP
	}
	for line := range strings.SplitSeq(strings.TrimRight(body, "\x00"), "\r\n") {
		if name, value, found := strings.Cut(line, ":"); found {
			s.Body = append(s.Body, Field{name, strings.TrimSpace(value)})
		}
		if len(s.Body) > maxFields {
			return SLP{}, ErrSLP
		}
	}
	return s, nil
}

// maxFields bounds the fields of a body. The longest has some twenty.
const maxFields = 100

// parseFirst reads the line that tells what the text is.
func parseFirst(line string) (SLP, bool) {
	words := strings.Fields(line)
	switch {
	case len(words) >= 2 && words[0] == "MSNSLP/1.0":
		status, err := strconv.Atoi(words[1])
		return SLP{Status: status}, err == nil && status >= 100 && status <= 999
	case len(words) == 3 && words[2] == "MSNSLP/1.0":
		return SLP{Method: words[0], To: handleOf(words[1])}, words[0] != ""
	}
	return SLP{}, false
}

// header reads one of the headers.
func (s *SLP) header(name, value string) {
	switch name {
	case "to":
		s.To = handleOf(value)
	case "from":
		s.From = handleOf(value)
	case "via":
		_, branch, _ := strings.Cut(value, "branch=")
		s.Branch = word(branch)
	case "cseq":
		n, _ := strconv.ParseUint(value, 10, 32)
		s.CSeq = uint32(n)
	case "call-id":
		s.CallID = word(value)
	case "content-type":
		s.Type = strings.ToLower(value)
	}
}

// handleOf gives the handle in <msnmsgr:bob@example.test>, in lower case, without an
// endpoint.
func handleOf(text string) string {
	text = strings.ToLower(strings.Trim(text, "<>"))
	text = strings.TrimPrefix(text, "msnmsgr:")
	handle, _, _ := strings.Cut(text, ";")
	return word(handle)
}

// word gives a text that is one word, as handles and GUIDs are, or else "".
func word(text string) string {
	if len(text) > msnp.MaxHandle || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return ""
	}
	return text
}

// NewGUID makes a GUID in braces, for Branch and CallID.
func NewGUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	digits := strings.ToUpper(hex.EncodeToString(b[:]))
	return "{" + digits[:8] + "-" + digits[8:12] + "-" + digits[12:16] + "-" + digits[16:20] + "-" + digits[20:] + "}"
}
