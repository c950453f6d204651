package cluster

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Times of streams.
const (
	streamLook = time.Second
	// probeEvery is how often an end on which nothing happens says what it has
	// sent, so that the other notices what it misses, and that it is there.
	probeEvery = 20 * time.Second
	// maxSilence is how long an end may say nothing at all.
	maxSilence = 3*probeEvery + 10*time.Second
	// meetWithin is how long a node may have streams that has not been heard of as
	// a member, because it has only just become one.
	meetWithin = 15 * time.Second
)

// maxBacklog bounds the streams that wait to be accepted.
const maxBacklog = 1024

var (
	errBacklog    = errors.New("too many streams wait to be accepted")
	errNoListener = errors.New("this node accepts no streams for that any more")
)

// streams are those that have an end on this node.
type streams struct {
	node  *Node
	begun sync.Once
	err   error // of that
	tasks sync.WaitGroup

	mu   sync.Mutex
	open map[uint64]*Stream
	shut bool
}

// StreamOptions are what the other end of a stream is told.
type StreamOptions struct {
	Remote netip.AddrPort // the client; the port may be 0
	Local  netip.AddrPort // by which it has come in
	Window int            // of what may be on its way here; 0 means DefaultWindow
}

// Dial opens a stream to a role of a node, which may be this one.
func (n *Node) Dial(ctx context.Context, node string, role Role, o StreamOptions) (*Stream, error) {
	if err := n.streams.begin(); err != nil {
		return nil, err
	}
	if o.Window <= 0 {
		o.Window = DefaultWindow
	}
	s := n.newStream(newStreamKey(), node)
	s.local, s.remote = net.TCPAddrFromAddrPort(o.Local), net.TCPAddrFromAddrPort(o.Remote)
	s.window = uint64(o.Window)
	if !n.streams.add(s) {
		return nil, ErrClosed
	}
	offer := streamOffer{
		key: s.key ^ 1, node: n.id, incarnation: n.me().Incarnation,
		remote: o.Remote.String(), local: o.Local.String(), window: s.window,
	}
	var taken streamTaken
	if err := ask(ctx, n, node, openVerb(role), &offer, &taken); err != nil {
		_ = s.Close() // it may be open at the other end
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// What the other end has told already counts beside its window.
	s.met = n.sees(node, taken.incarnation)
	s.incarnation, s.room = taken.incarnation, taken.window
	s.allowed = max(s.allowed+s.room, s.room)
	return s, nil
}

// sees reports whether a node is a member as far as this one knows.
func (n *Node) sees(node, incarnation string) bool {
	return len(n.members(func(m Member) bool { return m.Node == node && m.Incarnation == incarnation })) > 0
}

// newStream makes an end. The key says which: the dialled ends are odd.
func (n *Node) newStream(key uint64, peer string) *Stream {
	now := time.Now()
	return &Stream{node: n, key: key, peer: peer, born: now, heard: now, spoke: now}
}

// newStreamKey is at random, so that nobody takes the frames of a stream that was
// for those of another, even after a restart.
func newStreamKey() uint64 {
	var p [8]byte
	_, _ = rand.Read(p[:]) // never fails
	return binary.BigEndian.Uint64(p[:]) &^ 1
}

// ListenStreams accepts the streams that are opened to a role of this node. The
// port is the one that the role has on this machine. A role can be listened for
// once.
func (n *Node) ListenStreams(role Role, port uint16) (net.Listener, error) {
	if err := n.streams.begin(); err != nil {
		return nil, err
	}
	l := &streamListener{node: n, role: role, port: port, waiting: make(chan *Stream, maxBacklog), closed: make(chan struct{})}
	return l, serve(n, openVerb(role), l.offer)
}

// streamListener is a [net.Listener] of streams.
type streamListener struct {
	node *Node
	role Role
	port uint16

	mu      sync.Mutex
	shut    bool
	waiting chan *Stream
	closed  chan struct{}
}

// offer takes a stream that another node opens.
func (l *streamListener) offer(_ context.Context, o streamOffer) (*streamTaken, error) {
	remote, err := netip.ParseAddrPort(o.remote)
	if err != nil {
		return nil, fmt.Errorf("address of the client: %w", err)
	}
	s := l.node.newStream(o.key, o.node)
	s.remote, s.local = net.TCPAddrFromAddrPort(remote), net.TCPAddrFromAddrPort(l.local(&o))
	s.met = l.node.sees(o.node, o.incarnation)
	s.incarnation, s.window = o.incarnation, DefaultWindow
	s.room, s.allowed = o.window, o.window
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.shut {
		return nil, errNoListener
	}
	if !l.node.streams.add(s) {
		return nil, ErrClosed
	}
	select {
	case l.waiting <- s:
		return &streamTaken{incarnation: l.node.me().Incarnation, window: s.window}, nil
	default:
		l.node.streams.forget(s)
		return nil, errBacklog
	}
}

// local is the address of this end: the one by which the client has come in, if
// that was to this node, or else the one that this node advertises.
func (l *streamListener) local(o *streamOffer) netip.AddrPort {
	came, _ := netip.ParseAddrPort(o.local) // the zero one will do
	addr := came.Addr()
	if own, err := netip.ParseAddrPort(l.node.Address(l.role)); err == nil && o.node != l.node.id {
		addr = own.Addr()
	}
	return netip.AddrPortFrom(addr, l.port)
}

// Accept waits for the next stream.
func (l *streamListener) Accept() (net.Conn, error) {
	select {
	case s := <-l.waiting:
		return s, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close accepts no more, and ends those that nobody has accepted.
func (l *streamListener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.shut {
		return net.ErrClosed
	}
	l.shut = true
	close(l.closed)
	for len(l.waiting) > 0 {
		_ = (<-l.waiting).Close() // nobody has it
	}
	return nil
}

// Addr is a name for the log.
func (l *streamListener) Addr() net.Addr { return streamAddr(l.role) }

type streamAddr Role

func (streamAddr) Network() string  { return "cluster" }
func (a streamAddr) String() string { return "cluster:" + string(a) }

// begin has this node hear the frames of streams, from the first that is wanted
// on.
func (t *streams) begin() error {
	t.begun.Do(func() {
		t.mu.Lock()
		shut := t.shut
		if !shut {
			t.tasks.Go(t.tend)
		}
		t.mu.Unlock()
		if shut {
			t.err = ErrClosed
			return
		}
		t.err = t.node.hearAll(verbStream, t.deliver)
	})
	return t.err
}

// deliver hands a frame to its stream. Who still speaks to one that is no more is
// told so.
func (t *streams) deliver(_ context.Context, data []byte) {
	var f frame
	if decode(data, &f) != nil {
		return // its stream finds the gap
	}
	t.mu.Lock()
	s := t.open[f.to]
	t.mu.Unlock()
	switch {
	case s != nil:
		if err := s.take(&f); err != nil {
			s.fail(err)
			s.tell(frameGone, 0)
		}
	case f.kind != frameGone:
		gone := frame{to: f.to ^ 1, node: t.node.id, kind: frameGone}
		_ = t.node.Publish(f.node, verbStream, encode(&gone)) // it will ask again
	}
}

func (t *streams) add(s *Stream) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.shut || t.open[s.key] != nil {
		return false
	}
	if t.open == nil {
		t.open = make(map[uint64]*Stream)
	}
	t.open[s.key] = s
	return true
}

func (t *streams) forget(s *Stream) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.open, s.key)
}

// all lists the streams that there are.
func (t *streams) all() []*Stream {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make([]*Stream, 0, len(t.open))
	for _, s := range t.open {
		all = append(all, s)
	}
	return all
}

// tend looks after the streams while this node lives.
func (t *streams) tend() {
	tick := time.NewTicker(streamLook)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			t.look()
		case <-t.node.life.Done():
			return
		}
	}
}

// look ends the streams whose other node is dead, and has the others say that
// they are there.
func (t *streams) look() {
	all := t.all()
	if len(all) == 0 {
		return
	}
	alive := make(map[string]string)
	for _, m := range t.node.Members() {
		alive[m.Node] = m.Incarnation
	}
	now := time.Now()
	for _, s := range all {
		incarnation, known := alive[s.peer]
		if s.dead(incarnation, known, now) {
			s.fail(ErrPeerDead)
			s.tell(frameGone, 0) // should it be alive after all
			continue
		}
		s.probe(now)
	}
}

// dead reports whether the node at the other end is, going by what the members
// are. One that this node has not heard of yet may be about to be.
func (s *Stream) dead(incarnation string, known bool, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.peer == s.node.id || s.err != nil {
		return false
	}
	same := known && incarnation == s.incarnation
	s.met = s.met || same
	return !same && (s.met || now.Sub(s.born) > meetWithin) || now.Sub(s.heard) > maxSilence
}

// probe says what was sent, if nothing was said for long. Who is just sending is
// not interrupted.
func (s *Stream) probe(now time.Time) {
	s.mu.Lock()
	idle := now.Sub(s.spoke) >= probeEvery && !s.closed && s.err == nil
	s.mu.Unlock()
	if idle && s.sending.TryLock() {
		s.tell(frameProbe, s.number.Load())
		s.sending.Unlock()
	}
}

// close ends all streams, and takes no more.
func (t *streams) close() {
	t.mu.Lock()
	t.shut = true
	t.mu.Unlock()
	for _, s := range t.all() {
		s.fail(ErrClosed)
	}
	t.tasks.Wait()
}
