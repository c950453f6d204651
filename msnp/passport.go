package msnp

import (
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// The words of a challenge by TWN that are always the same. Clients hand all of
// them to the login server, which needs none; but there are clients that look for
// each, and fail where one is missing.
const (
	passportBegin  = "lc=1033,id=507,tw=40,fs=1,ru=http%3A%2F%2Fmessenger%2Emsn%2Ecom,ct=" //nolint:gosec // no secret
	passportMiddle = ",kpp=1,kv=5,ver=2.1.0173.1,tpf="                                     //nolint:gosec // no secret
)

// PassportParams gives the Salt of a [Challenge] by TWN: when it was issued, and
// 32 hexadecimal digits of the server's choice.
func PassportParams(issued time.Time, digits string) string {
	return passportBegin + strconv.FormatInt(issued.Unix(), 10) + passportMiddle + digits
}

// SplitTicket takes a ticket of TWN apart: t=, and p= where there is one. Auth is
// also what the profile message has as MSPAuth. It reports false for what is no
// ticket.
func SplitTicket(ticket string) (auth, profile string, ok bool) {
	rest, found := strings.CutPrefix(ticket, "t=")
	auth, rest, _ = strings.Cut(rest, "&")
	rest = strings.TrimPrefix(rest, "amp;") // a client that has not read its XML to the end
	profile, _ = strings.CutPrefix(rest, "p=")
	return auth, profile, found && auth != ""
}

// ClientPort gives the number that the profile message has as ClientPort for a
// client that has come from a port: its octets are swapped. It is 0 for one that has
// come through the HTTP gateway.
func ClientPort(port uint16) uint16 { return bits.ReverseBytes16(port) }
