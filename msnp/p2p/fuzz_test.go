package p2p

import (
	"bytes"
	"testing"
)

// FuzzPayload reads anything as a message, and writes it again.
func FuzzPayload(f *testing.F) {
	s := testInvitation()
	for _, m := range Split(Header{ID: 1000, AckID: 77}, FooterNone, s.Append(nil)) {
		f.Add(AppendPayload(nil, "bob@example.test", m))
		f.Add(AppendPayload(nil, "ana@example.test", m.Ack(9000)))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		_, m, err := ParsePayload(payload)
		if err != nil {
			return
		}
		back, err := Parse(m.Append(nil))
		if err != nil || back.Header != m.Header || !bytes.Equal(back.Chunk, m.Chunk) || back.Footer != m.Footer {
			t.Fatalf("%+v became %+v, %v", m, back, err)
		}
		join, err := NewJoin(&m, 1000)
		if err == nil && (len(join.Data()) > 1000 || join.Whole() != m.Last()) {
			t.Fatalf("%d octets of %+v", len(join.Data()), m.Header)
		}
	})
}

// FuzzJoin takes pieces in any order, of any size.
func FuzzJoin(f *testing.F) {
	f.Add([]byte{0, 10, 10, 10, 20, 5}, uint16(25))
	f.Fuzz(func(t *testing.T, steps []byte, total uint16) {
		var join *Join
		for len(steps) >= 2 {
			chunk := make([]byte, steps[1])
			m := Message{Header: Header{Offset: uint64(steps[0]), Total: uint64(total), Size: uint32(len(chunk))}, Chunk: chunk}
			steps = steps[2:]
			if join == nil {
				join, _ = NewJoin(&m, 1000)
			} else {
				_ = join.Add(&m)
			}
			if join != nil && (len(join.Data()) > int(total) || len(join.Data()) > 1000) {
				t.Fatalf("%d octets of %d", len(join.Data()), total)
			}
		}
	})
}

// FuzzSLP reads anything as an SLP, and what it has read once more.
func FuzzSLP(f *testing.F) {
	s := testInvitation()
	f.Add(s.Append(nil))
	a := s.Answer(StatusDecline)
	f.Add(a.Append(nil))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := ParseSLP(text)
		if err != nil {
			return
		}
		back, err := ParseSLP(s.Append(nil))
		if err != nil || back.Method != s.Method || back.Status != s.Status || back.CallID != s.CallID {
			t.Fatalf("%+v became %+v, %v", s, back, err)
		}
	})
}

// FuzzContext reads anything as either context.
func FuzzContext(f *testing.F) {
	s := testInvitation()
	f.Add(s.Get("Context"))
	f.Add(FileContext{Name: "notes.txt", Size: 2560, Preview: []byte("png")}.Encode())
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := ParseFileContext(text); err == nil && len(c.Preview) > len(text) {
			t.Fatalf("a preview of %d octets out of %d", len(c.Preview), len(text))
		}
		_, _ = ParseObjectContext(text)
	})
}
