package demo

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/papilio-im/papilio/msnp/p2p"
)

// isText reports whether a payload is something that somebody typed.
func isText(payload []byte) bool { return contentType(payload) == "text/plain" }

func contentType(payload []byte) string {
	head, _, _ := strings.Cut(string(payload), "\r\n\r\n")
	for line := range strings.SplitSeq(head, "\r\n") {
		if value, ok := strings.CutPrefix(line, "Content-Type: "); ok {
			kind, _, _ := strings.Cut(value, ";")
			return kind
		}
	}
	return ""
}

// payloadText is what of a payload is for people to read.
func payloadText(payload []byte) string {
	_, body, ok := bytes.Cut(payload, []byte("\r\n\r\n"))
	switch {
	case !ok:
		return string(payload) // XML
	case contentType(payload) != p2p.ContentType:
		return strings.TrimRight(string(body), "\r\n")
	}
	_, piece, err := p2p.ParsePayload(payload)
	first, _, _ := strings.Cut(string(piece.Chunk), "\r\n")
	switch {
	case err != nil:
		return err.Error()
	case len(piece.Chunk) == 0:
		return "(thanks)"
	case piece.Session == 0:
		return first // of a request or an answer
	case piece.Flags&p2p.FlagData == 0:
		return "(now it begins)"
	}
	return fmt.Sprintf("(%d octets of %d of a picture)", len(piece.Chunk), piece.Total)
}
