//go:build unix

package netio

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// rawConn gives access to the descriptor of a socket, nil if nc has none.
func rawConn(nc net.Conn) syscall.RawConn {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// readReady reads once, into a buffer that it borrows for as long as there is
// something in it. It returns false if it has to be called again when the
// socket is readable.
func (c *Conn) readReady(fd uintptr) bool {
	if c.tryRead(int(fd)) {
		return true
	}
	c.in.rest()
	return false
}

// readArrived is readReady for those who do not want to wait.
func (c *Conn) readArrived(fd uintptr) {
	if !c.tryRead(int(fd)) {
		c.in.rest()
	}
}

// tryRead reports whether there was anything to read, be it an error.
func (c *Conn) tryRead(fd int) bool {
	for {
		n, err := syscall.Read(fd, c.in.space())
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			return false
		case err != nil:
			c.readErr = os.NewSyscallError("read", err)
		case n == 0:
			c.readErr = io.EOF
		default:
			c.in.read(n)
		}
		return true
	}
}

// tryWrite writes until all is written, the socket takes no more or fails.
func (t *train) tryWrite(fd int) {
	for !t.empty() && !t.stopped() {
		n, err := t.writeSome(fd)
		if n > 0 {
			t.advance(n)
		}
		switch {
		case err == nil, errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			return
		default:
			t.err = os.NewSyscallError("write", err)
			return
		}
	}
}
