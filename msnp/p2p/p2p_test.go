package p2p

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/papilio-im/papilio/msnp"
)

// testData is 2560 octets, 00 to FF ten times.
func testData() []byte {
	var data []byte
	for i := range 2560 {
		data = append(data, byte(i))
	}
	return data
}

// testInvitation asks bob for his picture.
func testInvitation() SLP {
	return SLP{
		Method: Invite, To: "bob@example.test", From: "ana@example.test",
		Branch: "{11111111-2222-3333-4444-555555555555}", CallID: "{66666666-7777-8888-9999-AAAAAAAAAAAA}",
		Type: TypeSession, Body: []Field{
			{"EUF-GUID", EUFObject}, {"SessionID", "305419896"}, {"AppID", "1"},
			{"Context", ObjectContext(msnp.NewObject("bob@example.test", msnp.ObjectPicture, "TFR1.dat", testData()))},
		},
	}
}

// The invitation, as the official clients write it.
func TestInvitation(t *testing.T) {
	s := testInvitation()
	text := s.Append(nil)
	want := strings.ReplaceAll(`INVITE MSNMSGR:bob@example.test MSNSLP/1.0
To: <msnmsgr:bob@example.test>
From: <msnmsgr:ana@example.test>
Via: MSNSLP/1.0/TLP ;branch={11111111-2222-3333-4444-555555555555}
CSeq: 0_
Call-ID: {66666666-7777-8888-9999-AAAAAAAAAAAA}
Max-Forwards: 0
Content-Type: application/x-msnmsgr-sessionreqbody
Content-Length: 320

EUF-GUID: {A4268EEC-FEC5-49E5-95C3-F126696BDBF6}
SessionID: 305419896
AppID: 1
Context: `, "\n", "\r\n")
	want = strings.Replace(want, "_", " ", 1)
	if got := string(text); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "\r\n\r\n\x00") || len(got) != 649 {
		t.Errorf("%d octets:\n%q", len(got), got)
	}
	back, err := ParseSLP(text)
	if diff := cmp.Diff(s, back); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	o, err := ParseObjectContext(back.Get("context"))
	if err != nil || o.Checksum != "iDQ/0hb7FLu3Y9qf9D6g01ooiWU=" || o.DataHash != "9IqVeZ0UTVrSVDVfGElTMSDb7BI=" {
		t.Errorf("%+v, %v", o, err)
	}
}

// The invitation in a message, and its acknowledgement, octet for octet.
func TestMessage(t *testing.T) {
	s := testInvitation()
	pieces := Split(Header{ID: 1000, AckID: 77}, FooterNone, s.Append(nil))
	if len(pieces) != 1 {
		t.Fatalf("%d pieces", len(pieces))
	}
	payload := AppendPayload(nil, "bob@example.test", pieces[0])
	if len(payload) != 790 || bytes.Index(payload, []byte("\r\n\r\n")) != 85 {
		t.Errorf("%d octets: %q", len(payload), payload)
	}
	if got := hex.EncodeToString(payload[89 : 89+HeaderSize]); got != "00000000e803000000000000000000008902000000000000"+
		"89020000000000004d000000000000000000000000000000" {
		t.Errorf("header %s", got)
	}
	to, m, err := ParsePayload(payload)
	if err != nil || to != "bob@example.test" || !m.Last() {
		t.Fatalf("%q, %v", to, err)
	}
	ack := AppendPayload(nil, "ana@example.test", m.Ack(9000))
	if got := hex.EncodeToString(ack[89:]); len(ack) != 141 || got != "00000000282300000000000000000000"+
		"89020000000000000000000002000000e80300004d0000008902000000000000"+"00000000" {
		t.Errorf("%d octets: %s", len(ack), got)
	}
}

func TestSplitAndJoin(t *testing.T) {
	data := testData()
	pieces := Split(Header{Session: 305419896, ID: 5, Flags: FlagData, AckID: 6}, FooterObject, data)
	var sizes []uint32
	var join *Join
	for i := range pieces {
		payload := AppendPayload(nil, "ana@example.test", pieces[i])
		if i == 0 && len(payload) != 1343 {
			t.Errorf("%d octets", len(payload))
		}
		_, m, err := ParsePayload(payload)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, m.Size)
		if join == nil {
			join, err = NewJoin(&m, len(data))
		} else {
			err = join.Add(&m)
		}
		if err != nil || join.Whole() != m.Last() || join.Whole() != (i == len(pieces)-1) {
			t.Errorf("piece %d: %v", i, err)
		}
	}
	if !cmp.Equal(sizes, []uint32{1202, 1202, 156}) || !bytes.Equal(join.Data(), data) {
		t.Errorf("sizes %v", sizes)
	}
}

// Nothing is taken, or made, on the word of a header.
func TestHostilePieces(t *testing.T) {
	chunk := make([]byte, 100)
	piece := func(offset, total uint64) Message {
		return Message{Header: Header{Session: 1, ID: 2, Offset: offset, Total: total, Size: 100}, Chunk: chunk}
	}
	for name, h := range map[string]Message{
		"behind the end":    piece(1000, 500),
		"over the end":      piece(401, 500),
		"offset of 2^64-1":  piece(math.MaxUint64, math.MaxUint64),
		"larger than whole": piece(0, 99),
	} {
		if _, err := Parse(h.Append(nil)); !errors.Is(err, ErrMessage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := piece(0, 500)
	body := good.Append(nil)
	for name, b := range map[string][]byte{"short": body[:len(body)-1], "long": append(body, 0), "nothing": nil, "head": body[:51]} {
		if _, err := Parse(b); !errors.Is(err, ErrMessage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, size := range []uint64{501, 1 << 63, math.MaxUint64} {
		m := piece(0, size)
		if _, err := NewJoin(&m, 500); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%d octets: %v", size, err)
		}
	}
	later := piece(100, 500)
	if _, err := NewJoin(&later, 500); !errors.Is(err, ErrOrder) {
		t.Errorf("begins in the middle: %v", err)
	}
	join, err := NewJoin(&good, 500)
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]Message{
		"overlaps": piece(50, 500), "leaves out": piece(200, 500), "another size": piece(100, 501), "2^64-1": piece(math.MaxUint64, 500),
		"another whole": {Header: Header{Session: 1, ID: 3, Offset: 100, Total: 500, Size: 100}, Chunk: chunk},
		"empty":         {Header: Header{Session: 1, ID: 2, Offset: 100, Total: 500}},
	} {
		if err := join.Add(&m); !errors.Is(err, ErrOrder) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := join.Add(&good); err != nil || len(join.Data()) != 100 {
		t.Errorf("again: %v, and %d octets are kept", err, len(join.Data()))
	}
}

func TestAnswer(t *testing.T) {
	s := testInvitation()
	a := s.Answer(StatusOK)
	text := string(a.Append(nil))
	want := strings.ReplaceAll("MSNSLP/1.0 200 OK\nTo: <msnmsgr:ana@example.test>\nFrom: <msnmsgr:bob@example.test>\n"+
		"Via: MSNSLP/1.0/TLP ;branch={11111111-2222-3333-4444-555555555555}\nCSeq: 1 \n"+
		"Call-ID: {66666666-7777-8888-9999-AAAAAAAAAAAA}\nMax-Forwards: 0\n"+
		"Content-Type: application/x-msnmsgr-sessionreqbody\nContent-Length: 25\n\nSessionID: 305419896\n\n\x00", "\n", "\r\n")
	if diff := cmp.Diff(want, text); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.Body[1].Value = strings.Repeat("7", 1000)
	if a := s.Answer(StatusInternal); len(a.Body) > 0 {
		t.Errorf("answered with %+v", a.Body)
	}
	bye := SLP{Method: Bye, To: "bob@example.test", From: "ana@example.test", CallID: s.CallID, Branch: s.Branch, Type: TypeClose}
	if text := string(bye.Append(nil)); !strings.HasSuffix(text, "Content-Length: 3\r\n\r\n\r\n\x00") {
		t.Errorf("%q", text)
	}
}

func TestParseSLP(t *testing.T) {
	for text, ok := range map[string]bool{
		"MSNSLP/1.0 603 Decline\r\nCall-ID: {X}\r\n\r\n":             true,
		"BYE MSNMSGR:a@b;{guid} MSNSLP/1.0\r\ncall-id:x\r\n\r\n\x00": true,
		"MSNSLP/1.0 200 OK\r\n\r\n":                                  false,
		"MSNSLP/1.0 x OK\r\nCall-ID: {X}\r\n\r\n":                    false,
		"MSNSLP/1.0 2000 OK\r\nCall-ID: {X}\r\n\r\n":                 false,
		"INVITE a MSNSLP/2.0\r\nCall-ID: {X}\r\n\r\n":                false,
		"INVITE MSNMSGR:a@b MSNSLP/1.0\r\nCall-ID: {X}\r\n":          false,
		"": false,
		"MSNSLP/1.0 200 OK\r\nCall-ID: {X}\r\n\r\n" + strings.Repeat("a:b\r\n", 200): false,
	} {
		s, err := ParseSLP([]byte(text))
		if (err == nil) != ok || ok && s.CallID == "" {
			t.Errorf("%q: %+v, %v", text, s, err)
		}
	}
}

func TestFileContext(t *testing.T) {
	c := FileContext{Name: "notes.txt", Size: 2560}
	text := c.Encode()
	if len(text) != 768 || !strings.HasPrefix(text, "PgIAAAIAAAAACgAAAAAAAAEAAABuAG8AdABlAHMALgB0AHgAdAAA") {
		t.Errorf("%d octets: %s", len(text), text)
	}
	for _, c := range []FileContext{c, {Name: "ünï😀.png", Size: 1 << 63, Preview: []byte{0x89, 'P', 'N', 'G'}}, {}} {
		if back, err := ParseFileContext(c.Encode()); err != nil || !cmp.Equal(c, back) {
			t.Errorf("%+v, %v", back, err)
		}
	}
	long := FileContext{Name: strings.Repeat("x", 1000) + ".txt"}
	if back, err := ParseFileContext(long.Encode()); err != nil || len(back.Name) != MaxFileName || !strings.HasSuffix(back.Name, "x.txt") {
		t.Errorf("%+v, %v", back, err)
	}
	for _, text := range []string{"", "!", "AAAA", strings.Repeat("A", 700)} {
		if c, err := ParseFileContext(text); !errors.Is(err, ErrContext) {
			t.Errorf("%q: %+v, %v", text, c, err)
		}
	}
	if _, err := ParseObjectContext("AAAA"); !errors.Is(err, ErrContext) {
		t.Errorf("no object: %v", err)
	}
}

func TestDatacast(t *testing.T) {
	text := Datacast{ID: Nudge}.Append(nil)
	if want := "MIME-Version: 1.0\r\nContent-Type: text/x-msnmsgr-datacast\r\n\r\nID: 1\r\n\r\n"; string(text) != want || len(text) != 69 {
		t.Errorf("%q", text)
	}
	for body, want := range map[string]Datacast{
		"ID: 1\r\n\r\n": {ID: 1}, "id:2\r\nData: <msnobj/>\r\n": {ID: 2, Data: "<msnobj/>"}, "ID: 4\nData: waves": {ID: 4, Data: "waves"},
		"": {}, "ID: x": {}, "ID: -1": {}, "ID: 99999999999999999999": {},
	} {
		if d, ok := ParseDatacast([]byte(body)); ok != (want.ID > 0) || ok && d != want {
			t.Errorf("%q: %+v, %v", body, d, ok)
		}
	}
}

func TestNewGUID(t *testing.T) {
	a, b := NewGUID(), NewGUID()
	if _, ok := msnp.ParseGUID(a[1 : len(a)-1]); !ok || a == b {
		t.Errorf("%q, %q", a, b)
	}
}
