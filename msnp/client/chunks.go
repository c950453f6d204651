package client

import (
	"context"
	"maps"
	"strconv"
	"unicode/utf8"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/p2p"
)

// Since MSNP9 clients cut what is too long for one message. The first part tells how
// many there are, and the others which they are:
//
//	Message-ID: {GUID}
//	Chunks: 3
//
//	Message-ID: {GUID}
//	Chunk: 1

const (
	// maxPart is how much of a text goes into one part, in octets, as in the
	// official clients.
	maxPart = 1300
	// maxParts bounds the parts of a text.
	maxParts = 32
	// maxBegun bounds the texts of one sender that are not complete.
	maxBegun = 4
	// maxAllBegun bounds those of a conversation.
	maxAllBegun = 64
)

// begun is a message of which some parts have come.
type begun struct {
	sender  string
	payload []byte // of the first, with what was in the others behind it
	parts   int    // that there are
	next    int
}

// chunk puts a part to those before it, and gives the payload of the whole message;
// nil if more is to come. What is no part is a whole message, and so is a part whose
// beginning has not come. It is called by the goroutine of the conversation alone.
func (v *Conversation) chunk(sender string, payload []byte) []byte {
	id := header(payload, "Message-ID")
	if id == "" {
		return clone(payload)
	}
	id = sender + " " + id
	if n := partNumber(payload, "Chunks"); n > 1 {
		v.roomFor(sender)
		v.begun[id] = &begun{sender: sender, payload: clone(payload), parts: n, next: 1}
		return nil
	}
	b := v.begun[id]
	if b == nil || partNumber(payload, "Chunk") != b.next {
		delete(v.begun, id)
		return clone(payload)
	}
	b.payload = append(b.payload, body(payload)...)
	if b.next++; b.next < b.parts {
		return nil
	}
	delete(v.begun, id)
	return b.payload
}

// roomFor makes room for another text: what is dropped is of somebody who begins more
// than they end, if there is one.
func (v *Conversation) roomFor(sender string) {
	if v.begun == nil {
		v.begun = make(map[string]*begun)
	}
	theirs := 0
	for _, b := range v.begun {
		if b.sender == sender {
			theirs++
		}
	}
	if theirs >= maxBegun || len(v.begun) >= maxAllBegun {
		maps.DeleteFunc(v.begun, func(_ string, b *begun) bool { return b.sender == sender || theirs < maxBegun })
	}
}

// partNumber reads a number of parts, 0 if there is none that makes sense.
func partNumber(payload []byte, name string) int {
	n, err := strconv.Atoi(header(payload, name))
	if err != nil || n < 0 || n > maxParts {
		return 0
	}
	return n
}

// cut gives the payloads of a text, more than one if the text is too long for one
// message and the version has parts.
func (v *Conversation) cut(text string) ([][]byte, error) {
	whole := TextPayload(text)
	if len(whole) <= msnp.MaxMessage {
		return [][]byte{whole}, nil
	}
	rest := string(body(whole))
	if !v.version.Has(msnp.FeatureObjects) || len(rest) > maxPart*(maxParts-1) {
		return nil, ErrTooLong
	}
	var pieces []string
	for len(rest) > 0 {
		n := min(len(rest), maxPart)
		for n < len(rest) && n > maxPart-utf8.UTFMax && !utf8.RuneStart(rest[n]) {
			n-- // for those who show the parts as they come
		}
		pieces, rest = append(pieces, rest[:n]), rest[n:]
	}
	id := p2p.NewGUID()
	payloads := make([][]byte, len(pieces))
	for i, piece := range pieces {
		head := "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\nMessage-ID: " + id + "\r\nChunks: " + strconv.Itoa(len(pieces))
		if i > 0 {
			head = "Message-ID: " + id + "\r\nChunk: " + strconv.Itoa(i)
		}
		payloads[i] = []byte(head + "\r\n\r\n" + piece)
	}
	return payloads, nil
}

// sendText sends the payloads of a text, one behind the other, and waits until all are
// delivered. The transaction id is that of the first, 0 if nothing was sent.
func (v *Conversation) sendText(ctx context.Context, text string) (msnp.TrID, error) {
	payloads, err := v.cut(text)
	if err != nil {
		return 0, err
	}
	sent := make([]*call, 0, len(payloads))
	for _, payload := range payloads {
		p := newCall("MSG", nil)
		err = v.send(ctx, p, func(id msnp.TrID) Request { return msnp.Send{TrID: id, Ack: msnp.AckAll, Payload: payload} })
		if err != nil {
			break
		}
		sent = append(sent, p)
	}
	if len(sent) == 0 {
		return 0, err
	}
	for _, p := range sent {
		if failed := v.calls.wait(ctx, &v.mu, p); err == nil {
			err = failed
		}
	}
	return sent[0].id, err
}
