package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/p2p"
)

// Errors of transfers between clients.
var (
	// ErrDeclined says that the other does not want the file.
	ErrDeclined = errors.New("client: declined")
	// ErrAbsent says that somebody is not in the conversation, or has left.
	ErrAbsent = errors.New("client: not in the conversation")
	// ErrNoPicture says that somebody is not online, or shows no display picture.
	ErrNoPicture = errors.New("client: no display picture")
)

// TransferError says that a picture or a file could not be exchanged.
type TransferError struct {
	Status int    // that the other has answered with, such as p2p.StatusNotFound; or 0
	Reason string // in words
	Err    error  // what is wrong with what has come, such as p2p.ErrOrder; or nil
}

// Error implements error.
func (e *TransferError) Error() string {
	switch {
	case e.Err != nil:
		return fmt.Sprintf("client: transfer: %s: %v", e.Reason, e.Err)
	case e.Status != 0:
		return fmt.Sprintf("client: transfer: %s (%d)", e.Reason, e.Status)
	}
	return "client: transfer: " + e.Reason
}

// Unwrap gives what is wrong.
func (e *TransferError) Unwrap() error { return e.Err }

var errBrokenOff = &TransferError{Reason: "broken off by the other"}

const (
	// window is how many pieces may be under way to the others.
	window = 16
	// stepPatience is how long somebody who is served may take for each step.
	stepPatience = 60 * time.Second
	// preparation is the size of what is sent before an object, in octets.
	preparation = 4
)

// session is a transfer with one member.
type session struct {
	// Fixed when it is made.
	x       *exchange
	key     whole // the member, and the number of the session
	call    string
	branch  string
	invited bool // by the member
	object  bool // what is sent is an object, and prepared

	// Guarded by the lock of x.
	want  int  // octets that are to come; 0 for nothing
	taken bool // a file that was offered has been answered
	err   error

	status chan int    // the answer to the invitation
	data   chan []byte // what has come
	over   chan struct{}
}

// begin makes a session. The error is that of the exchange, that there are too many, or
// that the number is in use.
func (x *exchange) begin(s *session) (*session, error) {
	s.x, s.status, s.data, s.over = x, make(chan int, 1), make(chan []byte, 1), make(chan struct{})
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.err != nil:
		return nil, x.err
	case x.crowded(s):
		return nil, &TransferError{Reason: "too many at a time"}
	case x.sessions[s.key] != nil:
		return nil, &TransferError{Reason: "number in use"}
	}
	x.sessions[s.key] = s
	return s, nil
}

// crowded reports whether there are too many sessions for another. What others begin
// does not keep the user from it. It is called with the lock held.
func (x *exchange) crowded(s *session) bool {
	same := 0
	for key, other := range x.sessions {
		if other.invited == s.invited && (!s.invited || key.peer == s.key.peer) {
			same++
		}
	}
	return same >= maxSessions || s.invited && len(x.sessions) >= maxAllSessions
}

// end ends a session. It is called with the lock held.
func (x *exchange) end(s *session, err error) {
	if x.sessions[s.key] != s {
		return
	}
	delete(x.sessions, s.key)
	for key, j := range x.joins {
		if key.peer == s.key.peer && j.session == s.key.id {
			delete(x.joins, key)
		}
	}
	s.err = err
	close(s.over)
}

// finish ends a session, and tells the other.
func (s *session) finish(err error) {
	s.x.mu.Lock()
	open := s.x.sessions[s.key] == s
	s.x.end(s, err)
	s.x.mu.Unlock()
	if open {
		s.x.bye(byUser, s)
	}
}

// bye tells the other that a session is over.
func (x *exchange) bye(by cause, s *session) {
	x.postSLP(by, s.key.peer, &p2p.SLP{
		Method: p2p.Bye, To: s.key.peer, From: x.v.c.o.Handle, Branch: s.branch, CallID: s.call, Type: p2p.TypeClose,
	})
}

// prepares reports whether a piece is the preparation of an object.
func (s *session) prepares(m *p2p.Message) bool {
	return s.object && m.Flags&p2p.FlagData == 0 && m.Total == preparation
}

// answer keeps the first answer to the invitation.
func (s *session) answer(status int) {
	select {
	case s.status <- status:
	default:
	}
}

// take keeps what has come, once.
func (s *session) take(data []byte) {
	select {
	case s.data <- data:
	default:
	}
}

// inviteTo begins a session with a member, and waits until they agree.
func (v *Conversation) inviteTo(ctx context.Context, s *session, body ...p2p.Field) (*session, error) {
	x := v.transfers()
	switch {
	case x == nil:
		return nil, &msnp.UnsupportedError{Version: v.version, Form: "transfers between clients"}
	case !v.isMember(s.key.peer):
		return nil, ErrAbsent
	}
	s.key.id = rand.Uint32()>>1 + 1 //nolint:gosec // not to be unguessable
	s.call, s.branch = p2p.NewGUID(), p2p.NewGUID()
	if _, err := x.begin(s); err != nil {
		return nil, err
	}
	fields := append([]p2p.Field{body[0], {Name: "SessionID", Value: fmt.Sprint(s.key.id)}}, body[1:]...)
	x.postSLP(byUser, s.key.peer, &p2p.SLP{
		Method: p2p.Invite, To: s.key.peer, From: v.c.o.Handle, Branch: s.branch, CallID: s.call,
		Type: p2p.TypeSession, Body: fields,
	})
	if err := s.agreed(ctx); err != nil {
		s.finish(err)
		return nil, err
	}
	return s, nil
}

// isMember reports whether somebody is in the conversation.
func (v *Conversation) isMember(handle string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.index(handle) >= 0
}

// agreed waits for the answer to the invitation.
func (s *session) agreed(ctx context.Context) error {
	var status int
	select {
	case status = <-s.status:
	case <-s.over:
		select {
		case status = <-s.status: // it came before the end
		default:
			return s.err
		}
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	switch status {
	case p2p.StatusOK:
		return nil
	case p2p.StatusDecline:
		return ErrDeclined
	}
	return &TransferError{Status: status, Reason: "refused by the other"}
}

// acked waits until the other has what was sent.
func (s *session) acked(ctx context.Context, ack <-chan struct{}) error {
	select {
	case <-ack:
		return nil
	case <-s.over:
		select {
		case <-ack: // it came before the end
			return nil
		default:
			return s.err
		}
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// received waits for what is to come.
func (s *session) received(ctx context.Context) ([]byte, error) {
	select {
	case data := <-s.data:
		return data, nil
	case <-s.over:
		select {
		case data := <-s.data: // it came before the end
			return data, nil
		default:
			return nil, s.err
		}
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// send sends data in pieces, of which some are under way at a time, and waits until
// the other has all of it.
func (s *session) send(ctx context.Context, flags p2p.Flags, footer uint32, r io.Reader, size int64) error {
	h := p2p.Header{Session: s.key.id, ID: s.x.next(), Total: uint64(size), Flags: flags, AckID: rand.Uint32()} //nolint:gosec // not to be unguessable
	ack := s.x.expect(s.key.peer, h.ID)
	defer s.x.forget(s.key.peer, h.ID)
	var chunk [p2p.MaxChunk]byte
	var under []*call
	for left := size; left > 0; {
		piece := chunk[:min(left, int64(len(chunk)))]
		if _, err := io.ReadFull(r, piece); err != nil {
			return fmt.Errorf("client: read what is to be sent: %w", err)
		}
		if err := s.closed(); err != nil {
			return err
		}
		h.Size = uint32(len(piece))
		p, err := s.x.v.sendPiece(ctx, s.key.peer, p2p.Message{Header: h, Chunk: piece, Footer: footer})
		if err != nil {
			return err
		}
		h.Offset += uint64(len(piece))
		left -= int64(len(piece))
		if under = append(under, p); len(under) == window {
			if err := s.passed(ctx, under[0]); err != nil {
				return err
			}
			under = under[1:]
		}
	}
	for _, p := range under {
		if err := s.passed(ctx, p); err != nil {
			return err
		}
	}
	return s.acked(ctx, ack)
}

// passed waits until the switchboard has passed a piece on.
func (s *session) passed(ctx context.Context, p *call) error {
	return s.x.v.calls.wait(ctx, &s.x.v.mu, p)
}

// closed tells why the session is over, nil if it is not.
func (s *session) closed() error {
	select {
	case <-s.over:
		return s.err
	default:
		return nil
	}
}
