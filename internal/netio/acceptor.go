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

// AcceptorOptions are the bounds of an Acceptor and what it reports. All of it is
// optional.
type AcceptorOptions struct {
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

// An Acceptor accepts connections, each with a goroutine of its own, and knows
// those that are open.
type Acceptor struct {
	o AcceptorOptions

	mu        sync.Mutex
	stopped   bool
	listeners map[net.Listener]struct{}
	conns     map[net.Conn]struct{}
	wg        sync.WaitGroup
}

// NewAcceptor makes an acceptor that listens nowhere yet.
func NewAcceptor(o AcceptorOptions) (*Acceptor, error) {
	if o.MaxConns < 0 {
		return nil, fmt.Errorf("netio: MaxConns is %d", o.MaxConns)
	}
	return &Acceptor{
		o:         o,
		listeners: make(map[net.Listener]struct{}),
		conns:     make(map[net.Conn]struct{}),
	}, nil
}

// Serve accepts connections from ln and runs handle for each of them, usually
// up to Conn.Run; when handle returns, the connection is closed. Serve itself
// returns nil when ctx ends or after Stop, and an error if ln was closed by
// anybody else. In every case ln is closed then; the connections live on.
func (a *Acceptor) Serve(ctx context.Context, ln net.Listener, handle func(net.Conn)) error {
	if !a.listen(ln) {
		return ln.Close()
	}
	defer a.unlisten(ln)
	defer context.AfterFunc(ctx, func() { a.unlisten(ln) })()
	var pause time.Duration
	for {
		nc, err := ln.Accept()
		if err == nil {
			pause = 0
			a.start(nc, handle)
			continue
		}
		if ctx.Err() != nil || a.isStopped() {
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("accept on %s: %w", ln.Addr(), err)
		}
		pause = min(max(2*pause, minBackoff), maxBackoff)
		if a.o.OnAcceptError != nil {
			a.o.OnAcceptError(err, pause)
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

func (a *Acceptor) listen(ln net.Listener) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.stopped {
		a.listeners[ln] = struct{}{}
	}
	return !a.stopped
}

func (a *Acceptor) unlisten(ln net.Listener) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, ok := a.listeners[ln]; ok {
		delete(a.listeners, ln)
		_ = ln.Close() // nothing can be done about it
	}
}

func (a *Acceptor) isStopped() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.stopped
}

// start serves nc on a goroutine of its own, or closes it if it is one too many.
func (a *Acceptor) start(nc net.Conn, handle func(net.Conn)) {
	if !a.enter(nc) {
		_ = nc.Close() // it was never used
		if a.o.OnRefused != nil {
			a.o.OnRefused()
		}
		return
	}
	if t, ok := nc.(*net.TCPConn); ok {
		_ = t.SetKeepAliveConfig(keepAlive) // it works without
	}
	go a.serve(nc, handle)
}

func (a *Acceptor) enter(nc net.Conn) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stopped || a.o.MaxConns > 0 && len(a.conns) >= a.o.MaxConns {
		return false
	}
	a.conns[nc] = struct{}{}
	a.wg.Add(1)
	return true
}

func (a *Acceptor) serve(nc net.Conn, handle func(net.Conn)) {
	defer a.leave(nc)
	defer func() {
		if v := recover(); v != nil && a.o.OnPanic != nil {
			a.o.OnPanic(v, debug.Stack())
		}
	}()
	handle(nc)
}

func (a *Acceptor) leave(nc net.Conn) {
	_ = nc.Close() // mostly it is closed already
	a.mu.Lock()
	delete(a.conns, nc)
	a.mu.Unlock()
	a.wg.Done()
}

// Active counts the open connections.
func (a *Acceptor) Active() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.conns)
}

// Stop closes the listeners. The connections live on. It can be called more
// than once.
func (a *Acceptor) Stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stopped = true
	for ln := range a.listeners {
		_ = ln.Close() // nothing can be done about it
	}
	clear(a.listeners)
}

// Wait waits until all connections have ended. When ctx ends before that it
// closes those that are left, waits for their goroutines and returns the error
// of ctx. It is meant to be called after Stop.
func (a *Acceptor) Wait(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		a.wg.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		a.closeAll()
		<-done
		return fmt.Errorf("connections closed: %w", ctx.Err())
	}
}

func (a *Acceptor) closeAll() {
	a.mu.Lock()
	conns := make([]net.Conn, 0, len(a.conns))
	for nc := range a.conns {
		conns = append(conns, nc)
	}
	a.mu.Unlock()
	for _, nc := range conns {
		_ = nc.Close() // nothing can be done about it
	}
}

// Shutdown is Stop and Wait.
func (a *Acceptor) Shutdown(ctx context.Context) error {
	a.Stop()
	return a.Wait(ctx)
}
