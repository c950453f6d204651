package p2p

import (
	"bytes"
	"strconv"
	"strings"
)

// DatacastType is the type of the messages of a conversation that carry a [Datacast].
const DatacastType = "text/x-msnmsgr-datacast"

// The numbers of a [Datacast].
const (
	Nudge      = 1 // shakes the window; since MSNP11
	Wink       = 2 // Data describes the object
	VoiceClip  = 3 // Data describes the object
	ActionText = 4 // Data is a text
)

// Datacast is something that a client does rather than shows: a nudge, for one.
type Datacast struct {
	ID   int
	Data string // "" if there is none
}

// Append appends the payload of a message in a conversation.
func (d Datacast) Append(dst []byte) []byte {
	dst = append(dst, "MIME-Version: 1.0\r\nContent-Type: "+DatacastType+"\r\n\r\nID: "...)
	dst = append(strconv.AppendInt(dst, int64(d.ID), 10), "\r\n"...)
	if d.Data != "" {
		dst = append(append(append(dst, "Data: "...), d.Data...), "\r\n"...)
	}
	return append(dst, "\r\n"...)
}

// ParseDatacast reads the body of a payload, which is what follows its headers.
func ParseDatacast(body []byte) (Datacast, bool) {
	var d Datacast
	for line := range bytes.SplitSeq(body, []byte("\n")) {
		name, value, found := strings.Cut(strings.TrimRight(string(line), "\r"), ":")
		value = strings.TrimSpace(value)
		switch {
		case !found:
		case strings.EqualFold(name, "ID"):
			if id, err := strconv.Atoi(value); err == nil {
				d.ID = id
			}
		case strings.EqualFold(name, "Data"):
			d.Data = value
		}
	}
	return d, d.ID > 0
}
