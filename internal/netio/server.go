package netio

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"sync"
	"time"
)

// keepAlive finds peers that went away without a word, such as a laptop that
// was shut.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 60 * time.Second, Interval: 60 * time.Second, Count: 5}

// Accept errors are mostly a lack of descriptors or memory: trying again at
// once would only make it worse.
const (
	minBackoff = 5 * time.Millisecond
	maxBackoff = time.Second
)

// ServerOptions are the bounds of a Server and what it reports. All of it is
// optional.
type ServerOptions struct {
	// MaxConns is how many connections may be open at once; further ones are
	// closed as soon as they are accepted. Zero means no bound.
	MaxConns int
	// OnRefused is called for each connection that MaxConns closes.
	OnRefused func()
	// OnAcceptError is called when accepting fails, with the time that will
	// pass before the next attempt.
	OnAcceptError func(err error, pause time.Duration)
	// OnPanic is told when the function given to Serve panics.
	OnPanic func(value any, stack []byte)
}

// A Server accepts connections, each with a goroutine of its own, and knows
// those that are open.
type Server struct {
	o ServerOptions

	mu        sync.Mutex
	stopped   bool
	listeners map[net.Listener]struct{}
	conns     map[net.Conn]struct{}
	wg        sync.WaitGroup
}

// NewServer makes a server that listens nowhere yet.
func NewServer(o ServerOptions) (*Server, error) {
	if o.MaxConns < 0 {
		return nil, fmt.Errorf("netio: MaxConns is %d", o.MaxConns)
	}
	return &Server{
		o:         o,
		listeners: make(map[net.Listener]struct{}),
		conns:     make(map[net.Conn]struct{}),
	}, nil
}

// Serve accepts connections from ln and runs handle for each of them, usually
// up to Conn.Run; when handle returns, the connection is closed. Serve itself
// returns nil when ctx ends or after Stop, and an error if ln was closed by
// anybody else. In every case ln is closed then; the connections live on.
func (s *Server) Serve(ctx context.Context, ln net.Listener, handle func(net.Conn)) error {
	if !s.listen(ln) {
		return ln.Close()
	}
	defer s.unlisten(ln)
	defer context.AfterFunc(ctx, func() { s.unlisten(ln) })()
	var pause time.Duration
	for {
		nc, err := ln.Accept()
		if err == nil {
			pause = 0
			s.start(nc, handle)
			continue
		}
		if ctx.Err() != nil || s.isStopped() {
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("accept on %s: %w", ln.Addr(), err)
		}
		pause = min(max(2*pause, minBackoff), maxBackoff)
		if s.o.OnAcceptError != nil {
			s.o.OnAcceptError(err, pause)
		}
		wait(ctx, pause)
	}
}

// wait waits for d or for the end of ctx.
func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func (s *Server) listen(ln net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopped {
		s.listeners[ln] = struct{}{}
	}
	return !s.stopped
}

func (s *Server) unlisten(ln net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.listeners[ln]; ok {
		delete(s.listeners, ln)
		_ = ln.Close() // nothing can be done about it
	}
}

func (s *Server) isStopped() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped
}

// start serves nc on a goroutine of its own, or closes it if it is one too many.
func (s *Server) start(nc net.Conn, handle func(net.Conn)) {
	if !s.enter(nc) {
		_ = nc.Close() // it was never used
		if s.o.OnRefused != nil {
			s.o.OnRefused()
		}
		return
	}
	if t, ok := nc.(*net.TCPConn); ok {
		_ = t.SetKeepAliveConfig(keepAlive) // it works without
	}
	go s.serve(nc, handle)
}

func (s *Server) enter(nc net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped || s.o.MaxConns > 0 && len(s.conns) >= s.o.MaxConns {
		return false
	}
	s.conns[nc] = struct{}{}
	s.wg.Add(1)
	return true
}

func (s *Server) serve(nc net.Conn, handle func(net.Conn)) {
	defer s.leave(nc)
	defer func() {
		if v := recover(); v != nil && s.o.OnPanic != nil {
			s.o.OnPanic(v, debug.Stack())
		}
	}()
	handle(nc)
}

func (s *Server) leave(nc net.Conn) {
	_ = nc.Close() // mostly it is closed already
	s.mu.Lock()
	delete(s.conns, nc)
	s.mu.Unlock()
	s.wg.Done()
}

// Active counts the open connections.
func (s *Server) Active() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Stop closes the listeners. The connections live on. It can be called more
// than once.
func (s *Server) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	for ln := range s.listeners {
		_ = ln.Close() // nothing can be done about it
	}
	clear(s.listeners)
}

// Wait waits until all connections have ended. When ctx ends before that it
// closes those that are left, waits for their goroutines and returns the error
// of ctx. It is meant to be called after Stop.
func (s *Server) Wait(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		s.wg.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		s.closeAll()
		<-done
		return fmt.Errorf("connections closed: %w", ctx.Err())
	}
}

func (s *Server) closeAll() {
	s.mu.Lock()
	conns := make([]net.Conn, 0, len(s.conns))
	for nc := range s.conns {
		conns = append(conns, nc)
	}
	s.mu.Unlock()
	for _, nc := range conns {
		_ = nc.Close() // nothing can be done about it
	}
}

// Shutdown is Stop and Wait.
func (s *Server) Shutdown(ctx context.Context) error {
	s.Stop()
	return s.Wait(ctx)
}
