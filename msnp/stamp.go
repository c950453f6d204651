package msnp

import "time"

// Stamp is a timestamp of SYN (MSNP10 to MSNP12), when lists or settings were
// changed last. It is opaque: clients store the text and send it back, so stamps
// are compared as they stand, and never by their time. The zero Stamp is none: it
// is written, and read, as the digit 0.
//
//	2005-04-23T18:57:44.8130000-07:00
type Stamp string

// MaxStamp bounds a stamp that a client sends, in octets. Its own are 33.
const MaxStamp = 64

// stampLayout has seven digits of a second: 100 ns are the unit.
const stampLayout = "2006-01-02T15:04:05.0000000-07:00"

// pacific is the zone in which the original service wrote its stamps, all the
// year round.
var pacific = time.FixedZone("", -7*60*60)

// NewStamp gives the stamp of a time, to 100 ns.
func NewStamp(t time.Time) Stamp { return Stamp(t.In(pacific).Format(stampLayout)) }

// Time is the time of a stamp that [NewStamp] gave. It reports false for any other
// text, be it another way of writing a time: stamps are equal only as texts.
func (s Stamp) Time() (time.Time, bool) {
	t, err := time.Parse(stampLayout, string(s))
	return t, err == nil && NewStamp(t) == s
}

func appendStamp(dst []byte, s Stamp) []byte {
	if s == "" {
		return append(dst, " 0"...)
	}
	return appendWord(dst, s)
}

var errStamp = &ParseError{Reason: "timestamp too long"}

// stamp reads what appendStamp wrote.
func (f *fields) stamp() Stamp {
	w := f.word()
	switch {
	case len(w) > MaxStamp:
		f.fail(errStamp)
		return ""
	case string(w) == "0":
		return ""
	}
	return Stamp(w)
}
