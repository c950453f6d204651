package p2p

import (
	"bytes"
	"strings"
)

// ContentType is the type of the messages of a conversation that carry a [Message].
const ContentType = "application/x-msnmsgrp2p"

const payloadBegin = "MIME-Version: 1.0\r\nContent-Type: " + ContentType + "\r\nP2P-Dest: "

// AppendPayload appends the payload of a message in a conversation: everybody there
// gets it, and it is for the one with the given handle.
func AppendPayload(dst []byte, to string, m Message) []byte {
	dst = append(append(dst, payloadBegin...), to...)
	return m.Append(append(dst, "\r\n\r\n"...))
}

// ParsePayload reads a payload and gives the handle of whom it is for, without the
// endpoint that clients from MSNP16 on put behind it, and in lower case. The chunk is
// part of the payload.
func ParsePayload(payload []byte) (to string, m Message, err error) {
	head, body, found := bytes.Cut(payload, []byte("\r\n\r\n"))
	if !found {
		return "", Message{}, ErrMessage
	}
	for line := range strings.SplitSeq(string(head), "\r\n") {
		if key, value, _ := strings.Cut(line, ":"); strings.EqualFold(key, "P2P-Dest") {
			to, _, _ = strings.Cut(strings.TrimSpace(value), ";")
		}
	}
	m, err = Parse(body)
	return strings.ToLower(to), m, err
}
