package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// Kind is a way of being cut off.
type Kind int

const (
	// Sever closes what is open, and whatever is opened anew: a cable that is
	// pulled at the switch, with a firewall that says no.
	Sever Kind = iota
	// Hold lets nothing pass and closes nothing: a network that loses everything.
	// What was sent meanwhile arrives when it heals.
	Hold
)

// String names the kind.
func (k Kind) String() string {
	if k == Hold {
		return "held"
	}
	return "severed"
}

// dialTimeout bounds how long a server may take to accept.
const dialTimeout = 5 * time.Second

// Proxy is the way of one process to some servers. Its methods can be called from
// any goroutine.
type Proxy struct {
	listeners []net.Listener
	wg        sync.WaitGroup

	mu      sync.Mutex
	severed bool
	healed  chan struct{} // not nil while it holds; closed when that is over
	closed  bool
	conns   map[net.Conn]struct{}
}

// Open listens on the loopback address, once for each of the servers.
func Open(ctx context.Context, servers ...string) (*Proxy, error) {
	p := &Proxy{conns: make(map[net.Conn]struct{})}
	for _, server := range servers {
		ln, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, errors.Join(fmt.Errorf("proxy: %w", err), p.Close())
		}
		p.listeners = append(p.listeners, ln)
		p.wg.Go(func() { p.accept(context.WithoutCancel(ctx), ln, server) })
	}
	return p, nil
}

// Addresses are where to connect instead, in the order of the servers.
func (p *Proxy) Addresses() []string {
	all := make([]string, len(p.listeners))
	for i, ln := range p.listeners {
		all[i] = ln.Addr().String()
	}
	return all
}

// Cut cuts the process off, until Heal.
func (p *Proxy) Cut(k Kind) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k == Sever {
		p.severed = true
		p.reset()
		return
	}
	if p.healed == nil {
		p.healed = make(chan struct{})
	}
}

// Heal lets everything pass again.
func (p *Proxy) Heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heal()
}

func (p *Proxy) heal() {
	p.severed = false
	if p.healed != nil {
		close(p.healed)
		p.healed = nil
	}
}

// reset ends all connections. It is called with the lock held.
func (p *Proxy) reset() {
	for nc := range p.conns {
		if tcp, ok := nc.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = nc.Close() // those who copy find out
	}
}

// Close ends everything.
func (p *Proxy) Close() error {
	p.mu.Lock()
	p.closed = true
	p.reset()
	p.heal()
	p.mu.Unlock()
	var errs []error
	for _, ln := range p.listeners {
		errs = append(errs, ln.Close())
	}
	p.wg.Wait()
	return errors.Join(errs...)
}

func (p *Proxy) accept(ctx context.Context, ln net.Listener, server string) {
	for {
		nc, err := ln.Accept()
		if err != nil {
			return // it was closed
		}
		p.wg.Go(func() { p.join(ctx, nc, server) })
	}
}

// join connects somebody with a server, until either has enough.
func (p *Proxy) join(ctx context.Context, client net.Conn, server string) {
	if !p.keep(client) {
		_ = client.Close()
		return
	}
	defer p.drop(client)
	p.wait() // nobody hears of a connection that is made while nothing passes
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	nc, err := new(net.Dialer).DialContext(ctx, "tcp", server)
	if err != nil {
		return
	}
	if !p.keep(nc) {
		_ = nc.Close()
		return
	}
	defer p.drop(nc)
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.copy(nc, client)
	}()
	p.copy(client, nc)
	<-done
}

// copy passes on what is said in one direction, and closes both sides at its end.
func (p *Proxy) copy(to io.WriteCloser, from io.ReadCloser) {
	defer func() {
		_ = to.Close()
		_ = from.Close()
	}()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		p.wait()
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// wait returns when things may pass.
func (p *Proxy) wait() {
	for {
		p.mu.Lock()
		healed := p.healed
		p.mu.Unlock()
		if healed == nil {
			return
		}
		<-healed
	}
}

// keep notes a connection, unless there is to be none.
func (p *Proxy) keep(nc net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.severed || p.closed {
		return false
	}
	p.conns[nc] = struct{}{}
	return true
}

func (p *Proxy) drop(nc net.Conn) {
	_ = nc.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, nc)
}
