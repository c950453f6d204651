package client

import (
	"bytes"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/p2p"
)

// invitation is an SLP of ana's to bob.
func invitation(fields ...p2p.Field) p2p.SLP {
	return p2p.SLP{
		Method: p2p.Invite, To: "bob@example.test", From: "ana@example.test",
		Branch: p2p.NewGUID(), CallID: p2p.NewGUID(), Type: p2p.TypeSession, Body: fields,
	}
}

// offering offers a file.
func offering(session int, size uint64) p2p.SLP {
	return invitation(
		p2p.Field{Name: "EUF-GUID", Value: p2p.EUFFile}, p2p.Field{Name: "SessionID", Value: strconv.Itoa(session)},
		p2p.Field{Name: "Context", Value: p2p.FileContext{Name: "x", Size: size}.Encode()},
	)
}

// sendSLP sends one of ana's.
func (p *pair) sendSLP(t *testing.T, s *p2p.SLP) {
	t.Helper()
	for _, m := range p2p.Split(p2p.Header{ID: p.fromAna.transfers().next()}, p2p.FooterNone, s.Append(nil)) {
		_, err := p.fromAna.SendRaw(soon(t), msnp.AckData, p2p.AppendPayload(nil, "bob@example.test", m))
		check(t, err)
	}
}

// until waits for something that nothing tells of.
func until(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not happen")
		}
	}
}

// What a member is told, on and on, while it does not read does not take the place of
// what the user does.
func TestFloodOfQuestions(t *testing.T) {
	p := talking(t, msnp.MSNP12, msnp.MSNP12)
	gate := make(chan struct{})
	open := sync.OnceFunc(func() { close(gate) })
	defer open()
	p.relay.pass = func(from string, payload []byte) [][]byte {
		if from == "bob@example.test" {
			<-gate
		}
		return [][]byte{payload}
	}
	for range 100 {
		s := invitation(p2p.Field{Name: "SessionID", Value: "5"})
		p.sendSLP(t, &s)
	}
	data := octets(5000)
	sent := make(chan error, 1)
	go func() { sent <- p.fromAna.SendFile(soon(t), "bob@example.test", "x", bytes.NewReader(data), 5000) }()
	offer := next[FileOffered](p.events[p.bob]).Offer
	accepted := make(chan error, 1)
	go func() {
		got, err := offer.Accept(soon(t))
		if err == nil && !bytes.Equal(got, data) {
			err = errors.New("other octets")
		}
		accepted <- err
	}()
	until(t, func() bool {
		x := p.fromBob.transfers()
		x.mu.Lock()
		defer x.mu.Unlock()
		return offer.session.taken
	})
	open()
	check(t, <-accepted)
	check(t, <-sent)
}

// A switchboard that never tells what has become of the answers does not make the
// client keep more and more of them.
func TestNoAcknowledgements(t *testing.T) {
	p := talking(t, msnp.MSNP12, msnp.MSNP12)
	p.relay.mu.Lock()
	p.relay.silent = "bob@example.test"
	p.relay.mu.Unlock()
	for range 200 {
		s := invitation(p2p.Field{Name: "SessionID", Value: "5"})
		p.sendSLP(t, &s)
	}
	p.settle(t)
	p.fromBob.mu.Lock()
	waiting := len(p.fromBob.calls)
	p.fromBob.mu.Unlock()
	x := p.fromBob.transfers()
	x.mu.Lock()
	defer x.mu.Unlock()
	if waiting > window || len(x.out) > maxOutgoing {
		t.Errorf("%d wait to be delivered, %d to be sent", waiting, len(x.out))
	}
}

// Who begins sessions with the user without end does not keep the user from their own.
func TestOwnSessions(t *testing.T) {
	p := talking(t, msnp.MSNP12, msnp.MSNP12)
	for id := range 20 {
		s := offering(id+1, 5)
		p.sendSLP(t, &s)
	}
	if offers := p.settle(t); len(offers) != maxSessions {
		t.Errorf("%d files were offered", len(offers))
	}
	check(t, p.ana.SetPicture(soon(t), octets(100)))
	o, _ := msnp.ParseObject(p.ana.Object())
	if _, err := p.fromBob.FetchObject(soon(t), "ana@example.test", o); err != nil {
		t.Errorf("got %v", err)
	}
}

// A client whose connection to its gateway breaks says things twice.
func TestSaidTwice(t *testing.T) {
	p := talking(t, msnp.MSNP12, msnp.MSNP12)
	p.relay.pass = func(_ string, payload []byte) [][]byte { return [][]byte{payload, payload} }
	data := octets(5000)
	check(t, p.bob.SetPicture(soon(t), data))
	got, err := p.fromAna.FetchObject(soon(t), "bob@example.test", picture(data))
	check(t, err)
	if !bytes.Equal(got, data) {
		t.Error("other octets")
	}
	sent := make(chan error, 1)
	go func() { sent <- p.fromAna.SendFile(soon(t), "bob@example.test", "x", bytes.NewReader(data), 5000) }()
	got, err = next[FileOffered](p.events[p.bob]).Offer.Accept(soon(t))
	check(t, err)
	check(t, <-sent)
	if !bytes.Equal(got, data) {
		t.Error("other octets")
	}
}

// Sixteen files of one person at a time, and all that is said beside them.
func TestManyFiles(t *testing.T) {
	p := talking(t, msnp.MSNP12, msnp.MSNP12)
	data := octets(20_000)
	results := make(chan error, 2*maxSessions)
	for range maxSessions {
		go func() {
			results <- p.fromAna.SendFile(soon(t), "bob@example.test", "x", bytes.NewReader(data), int64(len(data)))
		}()
	}
	for range maxSessions {
		offer := next[FileOffered](p.events[p.bob]).Offer
		go func() {
			_, err := offer.Accept(soon(t))
			results <- err
		}()
	}
	for range 2 * maxSessions {
		check(t, <-results)
	}
}

// The pieces of one thing at a time are kept in a session, and nothing of an empty file.
func TestOneAtATime(t *testing.T) {
	p := talking(t, msnp.MSNP12, msnp.MSNP12)
	s := offering(7, 100)
	p.sendSLP(t, &s)
	offer := next[FileOffered](p.events[p.bob]).Offer
	accepted := make(chan error, 1)
	go func() {
		_, err := offer.Accept(soon(t))
		accepted <- err
	}()
	x := p.fromBob.transfers()
	until(t, func() bool {
		x.mu.Lock()
		defer x.mu.Unlock()
		return offer.session.taken
	})
	for id := range uint32(10) {
		m := p2p.Message{Header: p2p.Header{Session: 7, ID: 50 + id, Total: 100}, Chunk: make([]byte, 10)}
		_, err := p.fromAna.SendRaw(soon(t), msnp.AckData, p2p.AppendPayload(nil, "bob@example.test", m))
		check(t, err)
	}
	p.settle(t)
	x.mu.Lock()
	if len(x.joins) != 1 {
		t.Errorf("%d are kept", len(x.joins))
	}
	x.mu.Unlock()
	bye := p2p.SLP{Method: p2p.Bye, To: s.To, From: s.From, Branch: s.Branch, CallID: s.CallID, Type: p2p.TypeClose}
	p.sendSLP(t, &bye)
	if err := <-accepted; err == nil {
		t.Error("accepted")
	}
	s = offering(8, 0)
	p.sendSLP(t, &s)
	if _, err := next[FileOffered](p.events[p.bob]).Offer.Accept(soon(t)); err != nil {
		t.Error(err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.sessions) > 0 {
		t.Errorf("%d sessions are kept", len(x.sessions))
	}
}
