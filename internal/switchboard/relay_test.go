package switchboard

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/msnp"
)

func TestAcknowledgements(t *testing.T) {
	s := newStage(t)
	p := s.people(msnp.MSNP7, msnp.MSNP7, msnp.MSNP7)
	alone := s.open(p[0])
	m := s.conversation(p...)
	for _, tt := range []struct {
		ack     string
		alone   string // what the sender is told in an empty session
		spoken  string // and what if others hear it
		payload string
	}{
		{ack: "U", payload: text},
		{ack: "N", alone: "NAK 9", payload: text},
		{ack: "A", alone: "NAK 9", spoken: "ACK 9", payload: text},
		{ack: "D", alone: "NAK 9", spoken: "ACK 9", payload: text},
		{ack: "S", spoken: "ACK 9", payload: text},
		{ack: "A", alone: "NAK 9", spoken: "ACK 9"},
	} {
		t.Run(tt.ack, func(t *testing.T) {
			alone.write(message(9, tt.ack, tt.payload))
			if tt.alone != "" {
				alone.expect(tt.alone)
			}
			alone.in()
			m[0].write(message(9, tt.ack, tt.payload))
			if tt.spoken != "" {
				m[0].expect(tt.spoken)
			}
			m[0].in()
			m[1].hear(p[0], tt.payload)
			m[2].hear(p[0], tt.payload)
		})
	}
}

// Data is found behind the empty line after its headers. Data without one is
// the only payload that is looked at.
func TestMalformedData(t *testing.T) {
	s := newStage(t)
	p := s.people(msnp.MSNP7, msnp.MSNP7)
	m := s.conversation(p...)
	m[0].write(message(8, "D", "") + message(9, "D", "Content-Type: application/x-msnmsgrp2p\r\n") + message(10, "A", "x"))
	m[0].expect("282 8", "282 9", "ACK 10")
	m[1].hear(p[0], "x")
}

// Payloads that a careless relay would change or stumble over.
func TestPayloadsAreNotTouched(t *testing.T) {
	s := newStage(t)
	p := s.people(msnp.MSNP7, msnp.Beta2)
	m := s.conversation(p...)
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for name, payload := range map[string]string{
		"every octet":       string(every),
		"empty":             "",
		"ends in CR":        "abc\r",
		"a command":         "\r\nMSG 9 U 5\r\nhello",
		"no UTF-8":          "\xff\xfe caf\xe9",
		"nothing but lines": strings.Repeat("\r\n", 20),
		"as long as can be": strings.Repeat("x", msnp.MaxMessage),
	} {
		t.Run(name, func(t *testing.T) {
			m[0].say("A", payload)
			m[0].expect("ACK " + itoa(m[0].trid))
			m[1].hear(p[0], payload)
		})
	}
	t.Run("longer", func(t *testing.T) {
		m[0].say("A", strings.Repeat("x", msnp.MaxMessage+1))
		m[0].closed()
		m[1].expect("BYE ana@example.test")
	})
}

// It is refused for its length alone, before any of it has come.
func TestTooLongIsRefusedUnread(t *testing.T) {
	s := newStage(t)
	p := s.people(msnp.MSNP7)
	for _, length := range []string{"1665", "2147483647", "4294967295", "4294967296"} {
		c := s.open(p[0])
		c.send("MSG 2 A " + length)
		c.closed()
	}
}

func TestPayloadSplitAtEveryOctet(t *testing.T) {
	s := newStage(t)
	p := s.people(msnp.MSNP7, msnp.MSNP7)
	m := s.conversation(p...)
	whole := message(9, "A", text) + "CAL 10 x\r\n"
	for i := 1; i < len(whole); i++ {
		m[0].write(whole[:i])
		if i > len(whole)-len("CAL 10 x\r\n") {
			m[0].expect("ACK 9") // one that was all there
			m[0].write(whole[i:])
			m[0].expect("208 10")
		} else {
			m[0].write(whole[i:])
			m[0].expect("ACK 9", "208 10")
		}
		m[1].hear(p[0], text)
	}
	for _, b := range []byte(whole) {
		m[0].write(string(b))
	}
	m[0].expect("ACK 9", "208 10")
	m[1].hear(p[0], text)
}

// numbered is data with a number in it.
func numbered(i int) string {
	return fmt.Sprintf("Content-Type: application/x-msnmsgrp2p\r\n\r\n%06d", i)
}

func TestThousandMessagesInOneWrite(t *testing.T) {
	const n = 1000
	s := newStage(t)
	p := s.people(msnp.MSNP7, msnp.MSNP7, msnp.MSNP7)
	m := s.conversation(p...)
	var all bytes.Buffer
	for i := range n {
		all.WriteString(message(i, "D", numbered(i)))
	}
	m[0].write(all.String())
	for i := range n {
		m[0].expect("ACK " + itoa(i))
		m[1].hear(p[0], numbered(i))
		m[2].hear(p[0], numbered(i))
	}
}

// A thousand pieces of a file, as long as they get, in one write between members with
// clients of three ages: each gets every octet.
func TestPiecesBetweenVersions(t *testing.T) {
	const n = 1000
	s := newStage(t)
	p := s.people(msnp.MSNP12, msnp.MSNP9, msnp.MSNP2)
	m := s.conversation(p...)
	random := rand.NewChaCha8([32]byte{})
	var said, heard, acks []byte
	for i := range n {
		piece := []byte("MIME-Version: 1.0\r\nContent-Type: application/x-msnmsgrp2p\r\nP2P-Dest: bob@example.test\r\n\r\n")
		body := make([]byte, 48+1202+4)
		_, _ = random.Read(body) // never fails
		piece = append(piece, body...)
		said = append(said, message(i, "D", string(piece))...)
		heard = append(msnp.AppendMessageHeader(heard, p[0].handle, p[0].name, len(piece)), piece...)
		acks = msnp.Delivered{TrID: msnp.TrID(i), OK: true}.Append(acks, msnp.MSNP12)
	}
	results := make(chan error)
	for i, want := range [][]byte{acks, heard, heard} {
		go func() {
			got := make([]byte, len(want))
			_, err := io.ReadFull(m[i].r, got)
			if err == nil && !bytes.Equal(got, want) {
				err = fmt.Errorf("%s did not get what was said", m[i].who.handle)
			}
			results <- err
		}()
	}
	m[0].write(string(said))
	for range m {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

// What many say at once comes in the order in which each has said it.
func TestEachSendersOrderIsKept(t *testing.T) {
	const n = 300
	s := newStage(t)
	p := s.people(msnp.MSNP7, msnp.MSNP7, msnp.MSNP7)
	m := s.conversation(p...)
	for _, c := range m[:2] {
		go func() {
			for i := range n {
				if _, err := c.Write([]byte(message(i, "U", numbered(i)))); err != nil {
					t.Error(err)
					return
				}
			}
		}()
	}
	next := map[string]int{}
	for range 2 * n {
		line, err := m[2].r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		from := strings.Fields(line)[1]
		m[2].payload(numbered(next[from]))
		next[from]++
	}
}

// Everything that a client can send before it has an answer.
func TestPipelined(t *testing.T) {
	s := newStage(t)
	p := s.people(msnp.MSNP7, msnp.MSNP7)
	a := s.dial()
	cookie := s.transfer(p[0].handle, p[0].version)
	session, _, _ := cutWord(cookie)
	a.write("USR 1 ana@example.test " + cookie + "\r\n\r\nCAL 2 bob@example.test\n" + message(3, "N", text) + "\r\n" + message(4, "A", text) + "OUT\r\n")
	a.expect("USR 1 OK ana@example.test ana%20T", "CAL 2 RINGING "+session, "NAK 3", "NAK 4")
	a.closed()
	b := s.answer(p[1], p[1].rung(t))
	b.in()
}

// A member that never reads is cut off, and the others do not notice but for
// its leaving.
func TestSlowMember(t *testing.T) {
	const batch, batches = 40, 400
	s := newStage(t)
	p := s.people(msnp.MSNP7, msnp.MSNP7, msnp.MSNP7)
	m := s.conversation(p...)
	if err := m[2].SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	payload := strings.Repeat("x", msnp.MaxMessage)
	said := strings.Repeat(message(3, "U", payload), batch-1) + message(4, "A", payload)
	gone := false
	for range batches {
		m[0].write(said)
		for range batch {
			line, err := m[1].r.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if line == "BYE cleo@example.test\r\n" {
				if line, err = m[1].r.ReadString('\n'); err != nil {
					t.Fatal(err)
				}
			}
			if !strings.HasPrefix(line, "MSG ana@example.test ") {
				t.Fatalf("bob heard %q", line)
			}
			m[1].payload(payload)
		}
		line, err := m[0].r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if line == "BYE cleo@example.test\r\n" {
			gone = true
			if line, err = m[0].r.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
		if line != "ACK 4\r\n" && (gone || line != "NAK 4\r\n") {
			t.Fatalf("ana got %q", line)
		}
		if gone {
			break
		}
	}
	if !gone {
		t.Fatal("the member that does not read is still there")
	}
	if n := s.counted("papilio_queue_overflows_total", "role", "switchboard"); n != 1 {
		t.Errorf("%v overflows were counted instead of one", n)
	}
	m[0].in()
}

// The wire log shows what is passed on, without what was said.
func TestWireLog(t *testing.T) {
	s := newStage(t, wire)
	p := s.people(msnp.MSNP7, msnp.MSNP7)
	m := s.conversation(p...)
	m[0].say("A", "a secret")
	m[0].expect("ACK " + itoa(m[0].trid))
	m[1].hear(p[0], "a secret")
	log := s.log.String()
	for _, want := range []string{`line="MSG ana@example.test ana%20T 8"`, `line="USR 1 ana@example.test ***"`, `JOI bob@example.test bob%20T`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log does not have %s", want)
		}
	}
	if strings.Contains(log, "a secret") {
		t.Error("the log has what was said")
	}
}

func TestMessagesAreCounted(t *testing.T) {
	s := newStage(t)
	p := s.people(msnp.MSNP7, msnp.MSNP7, msnp.MSNP7)
	m := s.conversation(p...)
	for range 3 {
		m[0].say("A", text)
		m[0].expect("ACK " + itoa(m[0].trid))
	}
	if n := s.counted("papilio_messages_relayed_total", "role", "switchboard"); n != 3 {
		t.Errorf("%v messages were counted instead of 3", n)
	}
}

// What cannot be a client costs nobody but itself.
func TestGarbage(t *testing.T) {
	const connections, letters = 200, " \r\nUSRANSMG0123456789@."
	s := newStage(t)
	p := s.people(msnp.MSNP7, msnp.MSNP7)
	m := s.conversation(p...)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range connections {
		garbage := make([]byte, 1+random.IntN(8<<10))
		for j := range garbage {
			garbage[j] = byte(random.Uint32())
			if i%2 == 0 { // looks more like lines
				garbage[j] = letters[random.IntN(len(letters))]
			}
		}
		c := s.dial()
		_, _ = c.Write(garbage) // the server may hang up in the middle
		c.hangUp()
		m[i%2].say("A", text)
		m[i%2].expect("ACK " + itoa(m[i%2].trid))
		m[1-i%2].hear(p[i%2], text)
	}
	s.eventually("they are gone", func() bool { return s.node.Members()[0].Load == 2 })
}
