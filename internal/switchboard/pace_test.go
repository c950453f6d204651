package switchboard

import (
	"io"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/msnp"
)

// A file comes faster than the other reads: all of it arrives.
func TestTransferToASlowReader(t *testing.T) {
	const messages = 4000 // 6.6 MB, far beyond any queue
	s := newStage(t)
	p := s.people(msnp.MSNP7, msnp.MSNP7)
	m := s.conversation(p...)
	// Small, but not so small that the window opens only when it is probed.
	if err := m[1].SetReadBuffer(256 << 10); err != nil {
		t.Fatal(err)
	}
	payload := strings.Repeat("x", msnp.MaxMessage)
	sent := make(chan error, 1)
	go func() {
		_, err := io.WriteString(m[0], strings.Repeat(message(3, "U", payload), messages))
		sent <- err
	}()
	for range messages {
		m[1].hear(p[0], payload)
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	m[0].in()
}

// One that takes nothing is waited for once, and then cut off.
func TestTransferToNobody(t *testing.T) {
	s := newStage(t)
	p := s.people(msnp.MSNP7, msnp.MSNP7)
	m := s.conversation(p...)
	if err := m[1].SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	go func() {
		said := message(3, "U", strings.Repeat("x", msnp.MaxMessage))
		_, _ = io.WriteString(m[0], strings.Repeat(said, 10000))
	}()
	m[0].expect("BYE " + p[1].handle)
	m[0].in()
}
