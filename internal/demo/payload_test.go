package demo

import (
	"testing"

	"github.com/papilio-im/papilio/msnp/client"
	"github.com/papilio-im/papilio/msnp/p2p"
)

func TestPayloadText(t *testing.T) {
	piece := func(m p2p.Message) []byte { return p2p.AppendPayload(nil, "eve@example.com", m) }
	for name, test := range map[string]struct {
		payload []byte
		want    string
	}{
		"nothing":     {nil, ""},
		"text":        {client.TextPayload("Hello"), "Hello"},
		"nudge":       {p2p.Datacast{ID: p2p.Nudge}.Append(nil), "ID: 1"},
		"personal":    {[]byte("<Data/>"), "<Data/>"},
		"request":     {piece(p2p.Message{Header: p2p.Header{Total: 18}, Chunk: []byte("INVITE x\r\nTo: y\r\n\x00")}), "INVITE x"},
		"answer":      {piece(p2p.Message{}), "(thanks)"},
		"preparation": {piece(p2p.Message{Header: p2p.Header{Session: 1, Total: 4}, Chunk: make([]byte, 4)}), "(now it begins)"},
		"data": {
			piece(p2p.Message{Header: p2p.Header{Session: 1, Flags: p2p.FlagData, Total: 9}, Chunk: []byte("\x00\x01\x02")}),
			"(3 octets of 9 of a picture)",
		},
		"broken": {[]byte("Content-Type: " + p2p.ContentType + "\r\n\r\nx"), "p2p: malformed message"},
	} {
		if got := payloadText(test.payload); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestCut(t *testing.T) {
	long := string(make([]rune, 200))
	if got := cut(long); len([]rune(got)) != width || cut("short") != "short" {
		t.Errorf("%d runes", len([]rune(got)))
	}
}
