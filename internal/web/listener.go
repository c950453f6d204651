package web

import (
	"bytes"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"sync"
)

// ListenerOptions are what a Listener needs beside the one that it is made of.
type ListenerOptions struct {
	// TLS is how connections speak TLS; they do not if it is nil.
	TLS *tls.Config
	// PerAddress bounds connections; it may be nil.
	PerAddress *PerAddress
	// OnHandshake is told of each connection on which TLS was not agreed on. It
	// may be nil.
	OnHandshake func(remote net.Addr, err error)
}

// Listener accepts connections for a server of this package. Each may begin with
// a request without a version, and an address may hold a bounded number.
type Listener struct {
	net.Listener
	opts ListenerOptions
}

// NewListener makes one of another.
func NewListener(ln net.Listener, o ListenerOptions) *Listener {
	if o.OnHandshake == nil {
		o.OnHandshake = func(net.Addr, error) {}
	}
	return &Listener{Listener: ln, opts: o}
}

// Accept waits for a connection. One whose address has too many already is closed.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		leave, ok := l.opts.PerAddress.enter(c.RemoteAddr())
		if !ok {
			_ = c.Close() // nothing was said
			continue
		}
		made := &conn{Conn: c, leave: leave}
		if l.opts.TLS != nil {
			made.tls = tls.Server(c, l.opts.TLS)
			made.Conn, made.failed = made.tls, l.opts.OnHandshake
		}
		return made, nil
	}
}

// conn is a connection whose first line is put right. A server reads from one
// goroutine at a time.
type conn struct {
	net.Conn
	leave func()
	once  sync.Once

	tls    *tls.Conn // nil if it is none
	failed func(net.Addr, error)
	shaken bool // hands have been shaken, or not been

	line []byte // what was read of the first line, and what came with it
	done bool   // the first line has been seen
}

// maxLine bounds the first line that is looked at. A longer one is left as it is,
// for the server to refuse.
const maxLine = 4 << 10

// Read reads what the client sends.
func (c *conn) Read(p []byte) (int, error) {
	if err := c.handshake(); err != nil {
		return 0, err
	}
	for !c.done {
		if err := c.firstLine(); err != nil && len(c.line) == 0 {
			return 0, err
		}
	}
	if len(c.line) > 0 {
		n := copy(p, c.line)
		if c.line = c.line[n:]; len(c.line) == 0 {
			c.line = nil
		}
		return n, nil
	}
	return c.Conn.Read(p)
}

// handshake agrees on TLS, within the time that the server gives the first
// request.
func (c *conn) handshake() error {
	if c.tls == nil || c.shaken {
		return nil
	}
	c.shaken = true
	err := c.tls.Handshake() //nolint:noctx // the deadlines of the connection bound it
	if err != nil {
		c.failed(c.RemoteAddr(), err)
	}
	return err
}

// firstLine reads more of the first line, and puts it right once it is whole. One
// client asks the nexus without naming a version of HTTP, which net/http refuses.
func (c *conn) firstLine() error {
	var b [512]byte
	n, err := c.Conn.Read(b[:])
	c.line = append(c.line, b[:n]...)
	end := bytes.IndexByte(c.line, '\n')
	switch {
	case end >= 0:
		c.line, c.done = withVersion(c.line, end), true
	case err != nil && !isTimeout(err), len(c.line) > maxLine:
		c.done = true
	case err != nil && len(c.line) > 0:
		c.done = true // the server will find out by itself that it is late
	}
	return err
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

// withVersion gives a request line that ends at end a version, if it has none:
// two words, of which the first is a method.
func withVersion(b []byte, end int) []byte {
	words := bytes.Fields(b[:end])
	if len(words) != 2 || words[1][0] != '/' || !isMethod(words[0]) {
		return b
	}
	line := bytes.TrimRight(b[:end], " \t\r")
	rest := b[end+1:]
	fixed := make([]byte, 0, len(b)+len(versionZero)+len(noHeader))
	fixed = append(fixed, line...)
	fixed = append(fixed, versionZero...)
	if len(rest) == 0 || rest[0] == '\r' || rest[0] == '\n' {
		fixed = append(fixed, noHeader...)
	}
	return append(fixed, rest...)
}

// versionZero asks for an answer after which the connection is closed. The blank
// line goes with it unless a header has come too: who names no version may send
// none, and not even the line that ends it.
const (
	versionZero = " HTTP/1.0\r\n"
	noHeader    = "\r\n"
)

func isMethod(word []byte) bool {
	for _, c := range word {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return len(word) > 0
}

// CloseWrite ends what is sent. A server that has not read everything calls it,
// so that its answer is not lost with the rest.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Close closes the connection.
func (c *conn) Close() error {
	c.once.Do(c.leave)
	return c.Conn.Close()
}

// PerAddress bounds the open connections of each address. A nil one has no bound.
type PerAddress struct {
	most    int
	key     func(netip.Addr) netip.Addr
	refused func()

	mu   sync.Mutex
	open map[netip.Addr]int
}

// NewPerAddress makes a bound, none if most is zero or less. The key is what an
// address is counted by, no address if it is not; refused is called for each connection that is one too
// many.
func NewPerAddress(most int, key func(netip.Addr) netip.Addr, refused func()) *PerAddress {
	if most <= 0 {
		return nil
	}
	return &PerAddress{most: most, key: key, refused: refused, open: make(map[netip.Addr]int)}
}

func (p *PerAddress) enter(remote net.Addr) (leave func(), ok bool) {
	a, isTCP := remote.(*net.TCPAddr)
	if p == nil || !isTCP {
		return func() {}, true
	}
	who := p.key(a.AddrPort().Addr().Unmap())
	if !who.IsValid() {
		return func() {}, true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[who] >= p.most {
		p.refused()
		return nil, false
	}
	p.open[who]++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.open[who]--; p.open[who] == 0 {
			delete(p.open, who)
		}
	}, true
}
