package client

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/msnp"
)

// A long text goes in parts, which the other's client puts together.
func TestLongText(t *testing.T) {
	p := talking(t, msnp.MSNP9, msnp.MSNP12)
	for _, text := range []string{"short", strings.Repeat("x", 1600), strings.Repeat("ö€😀", 1000), strings.Repeat("line\r\n", 5000)} {
		check(t, p.fromAna.Send(soon(t), text))
		if got, ok := next[Message](p.events[p.bob]).Text(); !ok || got != text {
			t.Errorf("%d octets: got %d", len(text), len(got))
		}
	}
	if err := p.fromAna.Send(soon(t), strings.Repeat("x", 50_000)); !errors.Is(err, ErrTooLong) {
		t.Errorf("got %v", err)
	}
	old := talking(t, msnp.MSNP8, msnp.MSNP8)
	if err := old.fromAna.Send(soon(t), strings.Repeat("x", 2000)); !errors.Is(err, ErrTooLong) {
		t.Errorf("got %v", err)
	}
}

// Parts that make no whole are messages, and those that are never completed are
// forgotten.
func TestOddParts(t *testing.T) {
	var v Conversation
	part := func(head string) string {
		return string(v.chunk("bob@example.test", []byte("Message-ID: {1}\r\n"+head+"\r\n\r\nx")))
	}
	for _, step := range []struct {
		head  string
		whole bool
	}{
		{"Chunk: 1", true}, {"Chunks: 3", false}, {"Chunk: 2", true}, {"Chunk: 1", true},
		{"Chunks: 3", false}, {"Chunk: 1", false}, {"Chunk: 2", true}, {"Chunk: 2", true},
		{"Chunks: 1", true}, {"Chunks: 99999999", true}, {"Chunks: -1", true}, {"Chunks: x", true}, {"", true},
	} {
		if got := part(step.head); (got != "") != step.whole {
			t.Errorf("%s: got %q", step.head, got)
		}
	}
	for i := range 100 {
		v.chunk("bob@example.test", fmt.Appendf(nil, "Message-ID: {%d}\r\nChunks: 2\r\n\r\nx", i))
	}
	if len(v.begun) > maxBegun {
		t.Errorf("%d are kept", len(v.begun))
	}
	v.chunk("carl@example.test", []byte("Message-ID: {1}\r\nChunks: 2\r\n\r\nx"))
	for i := range 100 {
		v.chunk("bob@example.test", fmt.Appendf(nil, "Message-ID: {%d}\r\nChunks: 2\r\n\r\nx", i))
	}
	if got := v.chunk("carl@example.test", []byte("Message-ID: {1}\r\nChunk: 1\r\n\r\ny")); !strings.HasSuffix(string(got), "xy") {
		t.Errorf("carl says %q", got)
	}
	for i := range 1000 {
		v.chunk(fmt.Sprint(i), []byte("Message-ID: {1}\r\nChunks: 2\r\n\r\nx"))
	}
	if len(v.begun) > maxAllBegun {
		t.Errorf("%d are kept", len(v.begun))
	}
}
