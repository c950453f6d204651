package cluster

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	// DefaultHandlers is how many requests of one verb are handled at once
	// unless Options say otherwise. Handlers wait for SQL at most.
	DefaultHandlers = 128
	// maxWaiting bounds what waits for a handler, for each verb. It is some
	// seconds of work; what comes on top of it is refused.
	maxWaiting = 8192
	// maxWaitingSize bounds the octets of that: there are messages of a megabyte.
	maxWaitingSize = 64 << 20
)

// Handler answers a request. The data and the answer belong to the handler and
// the caller in turn: neither is used by the bus afterwards. The context ends
// when the sender stops waiting or the node is closed.
type Handler func(ctx context.Context, data []byte) ([]byte, error)

// Listener takes what was broadcast, or published to a node.
type Listener func(ctx context.Context, data []byte)

// Serve has the requests of a verb that are sent to this node answered by h,
// several at once and in no order. The bound on them is one for each verb, so a
// handler may make requests of other verbs; verbs must not wait for each other
// in a circle. A verb can be served once.
func (n *Node) Serve(verb string, h Handler) error {
	s := &service{verb: verb, node: n, limit: n.handlers}
	s.run = func(m *nats.Msg) { s.answer(m, h) }
	s.refuse = func(m *nats.Msg, why status) { s.respond(m, why, nil) }
	return n.add(s, n.id)
}

// Listen has what is broadcast with a verb handed to l, one after another in
// the order of their arrival. If l is too slow for too long, what comes in
// meanwhile is lost and a warning logged. A verb can be listened to once.
func (n *Node) Listen(verb string, l Listener) error {
	return n.hear(verb, l, everybody)
}

// ServeOrdered has what is published to this node with a verb handed to l, one
// after another in the order of their arrival, and otherwise as Listen does. A
// verb can be served in one way only.
func (n *Node) ServeOrdered(verb string, l Listener) error {
	return n.hear(verb, l, n.id)
}

func (n *Node) hear(verb string, l Listener, node string) error {
	return n.add(n.listening(verb, l), node)
}

// hearAll is ServeOrdered for a listener that does not wait, and whose senders see
// to it that what is on its way has a bound. Of that nothing is refused.
func (n *Node) hearAll(verb string, l Listener) error {
	s := n.listening(verb, l)
	s.all = true
	return n.add(s, n.id)
}

func (n *Node) listening(verb string, l Listener) *service {
	s := &service{verb: verb, node: n, limit: 1}
	s.run = func(m *nats.Msg) {
		if _, data, err := open(m.Data); err == nil {
			l(n.life, data)
		}
	}
	s.refuse = func(*nats.Msg, status) {}
	return s
}

// add subscribes a service to the subject of its verb.
func (n *Node) add(s *service, node string) error {
	if err := checkVerb(s.verb); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return ErrClosed
	}
	s.subject = subject(node, s.verb)
	for _, other := range n.services {
		if other.subject == s.subject {
			return fmt.Errorf("cluster: %s is served already", s.subject)
		}
	}
	deliver := s.deliver
	if s.all {
		deliver = s.guarded
	}
	sub, err := n.bus.Subscribe(s.subject, deliver)
	if err == nil && s.all {
		err = sub.SetPendingLimits(-1, -1)
	}
	if err != nil {
		return fmt.Errorf("cluster: serve %s: %w", s.subject, err)
	}
	s.sub, s.ended = sub, make(chan struct{})
	sub.SetClosedHandler(func(string) { close(s.ended) })
	n.services = append(n.services, s)
	// Whoever asks after this returns must be heard: the subscription has to
	// be known to the server first.
	if err := n.bus.FlushTimeout(startWithin); err != nil {
		return fmt.Errorf("cluster: serve %s: %w", s.subject, err)
	}
	return nil
}

// service is one verb that this node serves. NATS delivers the messages of a
// subscription on one goroutine, which must not wait; so they queue up here
// for goroutines that live while there is something to do.
type service struct {
	node    *Node
	verb    string
	subject string
	sub     *nats.Subscription
	ended   chan struct{} // closed when nothing more is delivered
	limit   int
	all     bool // everything is handled at once, on that goroutine
	run     func(*nats.Msg)
	refuse  func(*nats.Msg, status)

	mu       sync.Mutex
	waiting  []*nats.Msg
	size     int // octets that wait
	running  int
	stopped  bool
	refusing bool // the last one was refused, so that a burst is logged once
	workers  sync.WaitGroup
}

// deliver is called by NATS.
func (s *service) deliver(m *nats.Msg) {
	s.mu.Lock()
	if s.stopped {
		s.mu.Unlock()
		s.refuse(m, statusClosing)
		return
	}
	if len(s.waiting) >= maxWaiting || s.size+len(m.Data) > maxWaitingSize {
		first := !s.refusing
		s.refusing = true
		s.mu.Unlock()
		if first {
			s.node.log.Warn("too much waits to be handled: refusing", "subject", s.subject)
		}
		s.refuse(m, statusBusy)
		return
	}
	s.refusing = false
	s.waiting = append(s.waiting, m)
	s.size += len(m.Data)
	if s.running < s.limit {
		s.running++
		s.workers.Go(s.work)
	}
	s.mu.Unlock()
}

// work handles what waits until nothing does.
func (s *service) work() {
	for {
		s.mu.Lock()
		if len(s.waiting) == 0 || s.stopped {
			s.running--
			if len(s.waiting) == 0 {
				s.waiting = nil // its front has been eaten away
			}
			s.mu.Unlock()
			return
		}
		m := s.waiting[0]
		s.waiting[0] = nil
		s.waiting = s.waiting[1:]
		s.size -= len(m.Data)
		s.mu.Unlock()
		s.guarded(m)
	}
}

// guarded runs the handler. A message that it cannot stand must not take the
// node and everybody on it down.
func (s *service) guarded(m *nats.Msg) {
	defer func() {
		if p := recover(); p != nil {
			s.node.log.Error("a handler panicked", "subject", s.subject, "panic", p, "stack", string(debug.Stack()))
			s.respond(m, statusFailed, []byte("internal error"))
		}
	}()
	s.run(m)
}

// answer handles a request.
func (s *service) answer(m *nats.Msg, h Handler) {
	wait, data, err := open(m.Data)
	if err != nil {
		s.respond(m, statusMalformed, nil)
		return
	}
	ctx, cancel := context.WithTimeout(s.node.life, wait)
	defer cancel()
	if s.node.life.Err() != nil {
		s.respond(m, statusClosing, nil)
		return
	}
	if ctx.Err() != nil { // it waited here for longer than its sender did
		return
	}
	answer, err := h(ctx, data)
	switch {
	case err == nil:
		s.respond(m, statusOK, answer)
	case s.node.life.Err() != nil:
		s.respond(m, statusClosing, nil)
	case ctx.Err() != nil: // its sender waits no longer
	case errors.Is(err, ErrMalformed):
		s.respond(m, statusMalformed, nil)
	default:
		s.respond(m, statusFailed, []byte(err.Error()))
	}
}

// respond answers whoever wants an answer.
func (s *service) respond(m *nats.Msg, st status, data []byte) {
	if m.Reply == "" {
		return
	}
	err := s.node.bus.Publish(m.Reply, sealAnswer(st, data))
	gone := errors.Is(err, nats.ErrConnectionClosed) || errors.Is(err, nats.ErrReconnectBufExceeded)
	if err != nil && !gone {
		s.node.log.Warn("could not answer", "subject", s.subject, "err", err)
	}
}

// stop takes no more, tells those who wait, and waits for what is running.
func (s *service) stop() {
	s.mu.Lock()
	s.stopped = true
	waiting := s.waiting
	s.waiting = nil
	s.mu.Unlock()
	s.drain()
	for _, m := range waiting {
		s.refuse(m, statusClosing)
	}
	s.workers.Wait()
}

// drain ends the subscription and waits until what was on its way here has
// come, and been refused, so that no caller waits for an answer in vain.
func (s *service) drain() {
	if !s.node.bus.IsConnected() || s.sub.Drain() != nil {
		_ = s.sub.Unsubscribe() // fails only if the connection is closed already
		return
	}
	select {
	case <-s.ended:
	case <-time.After(closeWithin):
	}
}
