package cluster

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// streamPiece bounds the octets of one frame. Shorter ones let streams take
	// turns on the bus, longer ones cost less.
	streamPiece = 32 << 10
	// DefaultWindow is how much may be on its way in a stream, and not read.
	DefaultWindow = 64 << 10
)

// Why a stream has ended before its time.
var (
	// ErrGap: something that was sent has not arrived.
	ErrGap = errors.New("a piece of the stream was lost on its way")
	// ErrPeerDead: the node at the other end has died, or left.
	ErrPeerDead = errors.New("the node at the other end is dead")
	// ErrPeerGone: the other end takes no more.
	ErrPeerGone = errors.New("the other end is closed")
	errWindow   = errors.New("the other end has sent more than it may")
)

// Stream is a connection between two roles: octets in both directions, in order,
// over the bus. It is a [net.Conn] that can be waited for without a buffer. What
// is lost on the bus ends it, as the death of either node does; it never goes on
// with a gap. No more than a window is on its way in either direction: who reads
// slowly stops the other's writing and costs a bounded piece of memory. One that
// nothing happens on has no goroutine and no buffer.
type Stream struct {
	node          *Node
	key           uint64 // of this end; that of the other differs in the last bit
	peer          string // the node at the other end
	incarnation   string // of that
	born          time.Time
	local, remote *net.TCPAddr
	window        uint64 // how much may be on its way to this end
	room          uint64 // how much may be on its way to the other

	sending sync.Mutex    // held by who sends numbered frames, also while waiting for room
	number  atomic.Uint64 // of the next

	mu       sync.Mutex
	in       []byte // that has come and was not read
	expected uint64 // the number of the next frame
	received uint64 // octets, all in all
	told     uint64 // of them, that the other end knows to be read
	taken    uint64 // of them, that are read
	sent     uint64 // octets, all in all
	allowed  uint64 // of them, at most
	ended    bool   // the other end sends no more
	err      error  // why nothing goes on
	closed   bool   // this end is closed
	met      bool   // the other node has been seen as a member
	heard    time.Time
	spoke    time.Time

	reading, writing direction
}

// direction is what one direction is waited for with. The stream's lock guards it.
type direction struct {
	by    time.Time // the deadline, zero for none
	timer *time.Timer
	ready chan struct{} // made by who waits
}

// always is a channel for who need not wait.
var always = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// wake has those look again who wait.
func (w *direction) wake() {
	if w.ready != nil {
		close(w.ready)
		w.ready = nil
	}
}

func (w *direction) channel() <-chan struct{} {
	if w.ready == nil {
		w.ready = make(chan struct{})
	}
	return w.ready
}

func (w *direction) late() bool { return !w.by.IsZero() && !time.Now().Before(w.by) }

// LocalAddr is the address by which the client has come in, or one of this node,
// with the port of the role.
func (s *Stream) LocalAddr() net.Addr { return s.local }

// RemoteAddr is the address of the client.
func (s *Stream) RemoteAddr() net.Addr { return s.remote }

// Peer is the node at the other end.
func (s *Stream) Peer() string { return s.peer }

// Read reads what has come, and waits for something if nothing has.
func (s *Stream) Read(p []byte) (int, error) {
	for {
		if n, err := s.TryRead(p); n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
		if err := s.AwaitRead(); err != nil {
			return 0, err
		}
	}
}

// TryRead reads what has come, and gives nothing if nothing has. At the end the
// error is [io.EOF], or why the stream has ended.
func (s *Stream) TryRead(p []byte) (int, error) {
	s.mu.Lock()
	n := copy(p, s.in)
	if s.in = s.in[n:]; len(s.in) == 0 {
		s.in = nil
	}
	s.taken += uint64(n)
	credit := uint64(0)
	if s.taken-s.told >= min(s.window/2, streamPiece) && !s.over() {
		s.told, credit = s.taken, s.taken
	}
	var err error
	if n == 0 {
		err = s.end()
	}
	s.mu.Unlock()
	if credit > 0 {
		s.tell(frameCredit, credit) // if it is lost, the next one makes up for it
	}
	return n, err
}

// end is why nothing comes any more, nil if something may. The lock is held.
func (s *Stream) end() error {
	switch {
	case s.closed:
		return net.ErrClosed
	case len(s.in) > 0:
		return nil
	case s.ended:
		return io.EOF
	}
	return s.err
}

// over reports whether nothing can come any more but what is there. The lock is
// held.
func (s *Stream) over() bool { return s.closed || s.ended || s.err != nil }

// AwaitRead waits until Read would not wait. It needs no buffer for that.
func (s *Stream) AwaitRead() error {
	for {
		s.mu.Lock()
		if len(s.in) > 0 || s.over() {
			s.mu.Unlock()
			return nil
		}
		if s.reading.late() {
			s.mu.Unlock()
			return os.ErrDeadlineExceeded
		}
		ready := s.reading.channel()
		s.mu.Unlock()
		<-ready
	}
}

// Buffered is how much has come and was not read.
func (s *Stream) Buffered() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.in)
}

// Ready gives a channel that is closed when there may be something to read, or
// nothing will be.
func (s *Stream) Ready() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.in) > 0 || s.over() {
		return always
	}
	return s.reading.channel()
}

// Write sends p, and waits while the other end has no room for it.
func (s *Stream) Write(p []byte) (int, error) {
	s.sending.Lock()
	defer s.sending.Unlock()
	written := 0
	for written < len(p) {
		n, err := s.reserve(len(p) - written)
		if err == nil {
			err = s.send(frameData, p[written:written+n])
		}
		if err != nil {
			return written, err
		}
		written += n
	}
	return written, nil
}

// reserve waits until something may be sent, and tells how much.
func (s *Stream) reserve(most int) (int, error) {
	for {
		s.mu.Lock()
		err := s.unsendable()
		n := int(min(s.allowed-s.sent, uint64(min(most, streamPiece))))
		if err == nil && n > 0 {
			s.sent += uint64(n)
			s.mu.Unlock()
			return n, nil
		}
		if err == nil && s.writing.late() {
			err = os.ErrDeadlineExceeded
		}
		if err != nil {
			s.mu.Unlock()
			return 0, err
		}
		ready := s.writing.channel()
		s.mu.Unlock()
		<-ready
	}
}

// unsendable is why nothing can be sent, nil if something can. The lock is held.
func (s *Stream) unsendable() error {
	if s.closed {
		return net.ErrClosed
	}
	return s.err
}

// send sends a numbered frame. While this node has no connection to NATS it
// waits: the other nodes do not take it for dead so soon. The lock sending is held.
func (s *Stream) send(kind frameKind, data []byte) error {
	f := frame{to: s.key ^ 1, node: s.node.id, kind: kind, number: s.number.Load(), data: data}
	for {
		err := s.node.publish(s.peer, verbStream, encode(&f))
		if err == nil {
			s.number.Add(1)
			s.noteSpoken()
			return nil
		}
		if !errors.Is(err, ErrOffline) {
			s.fail(err)
			return err
		}
		if err := s.pause(); err != nil {
			return err
		}
	}
}

// pause waits a moment for NATS, unless there is no sense in that.
func (s *Stream) pause() error {
	<-time.After(busLook)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.unsendable(); err != nil {
		return err
	}
	if s.writing.late() {
		return os.ErrDeadlineExceeded
	}
	return nil
}

// tell sends a frame without a number of its own. What is told is told again, or
// can be found out.
func (s *Stream) tell(kind frameKind, number uint64) {
	f := frame{to: s.key ^ 1, node: s.node.id, kind: kind, number: number}
	if s.node.publish(s.peer, verbStream, encode(&f)) == nil {
		s.noteSpoken()
	}
}

func (s *Stream) noteSpoken() {
	s.mu.Lock()
	s.spoke = time.Now()
	s.mu.Unlock()
}

// CloseWrite tells the other end that nothing follows.
func (s *Stream) CloseWrite() error {
	s.sending.Lock()
	defer s.sending.Unlock()
	s.mu.Lock()
	err := s.unsendable()
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return s.send(frameEnd, nil)
}

// Close ends the stream. What was sent before is still read at the other end.
func (s *Stream) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return net.ErrClosed
	}
	s.closed, s.in = true, nil
	for _, w := range []*direction{&s.reading, &s.writing} {
		w.wake()
		if w.timer != nil {
			w.timer.Stop()
		}
	}
	s.mu.Unlock()
	s.node.streams.forget(s)
	s.tell(frameGone, s.number.Load())
	return nil
}

// fail ends the stream for a reason. What had come by then can still be read.
func (s *Stream) fail(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = why
	}
	s.reading.wake()
	s.writing.wake()
}

// SetDeadline sets both deadlines.
func (s *Stream) SetDeadline(t time.Time) error {
	return errors.Join(s.SetReadDeadline(t), s.SetWriteDeadline(t))
}

// SetReadDeadline sets when those give up who wait for something to read.
func (s *Stream) SetReadDeadline(t time.Time) error { return s.setDeadline(&s.reading, t) }

// SetWriteDeadline sets when those give up who wait for room.
func (s *Stream) SetWriteDeadline(t time.Time) error { return s.setDeadline(&s.writing, t) }

func (s *Stream) setDeadline(w *direction, t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	w.by = t
	w.wake()
	switch left := time.Until(t); {
	case t.IsZero() || left <= 0:
		if w.timer != nil {
			w.timer.Stop()
		}
	case w.timer == nil:
		w.timer = time.AfterFunc(left, func() { s.expired(w) })
	default:
		w.timer.Reset(left)
	}
	return nil
}

func (s *Stream) expired(w *direction) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.wake()
}

// take takes note of a frame that has come. It gives what is wrong with it.
func (s *Stream) take(f *frame) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard = time.Now()
	switch f.kind {
	case frameData, frameEnd:
		if f.number != s.expected {
			return ErrGap
		}
		s.expected++
		return s.receive(f)
	case frameProbe:
		if f.number != s.expected {
			return ErrGap
		}
	case frameCredit:
		if limit := f.number + s.room; limit > s.allowed {
			s.allowed = limit
			s.writing.wake()
		}
	case frameGone:
		s.ended = s.ended || f.number == s.expected // all that was sent has come
		if s.err == nil {
			s.err = ErrPeerGone
		}
		s.reading.wake()
		s.writing.wake()
	}
	return nil
}

// receive takes a numbered frame. The lock is held.
func (s *Stream) receive(f *frame) error {
	if f.kind == frameEnd {
		s.ended = true
	} else if s.received += uint64(len(f.data)); s.received-s.told > s.window {
		return errWindow
	}
	if !s.closed {
		s.in = append(s.in, f.data...)
	}
	s.reading.wake()
	return nil
}
