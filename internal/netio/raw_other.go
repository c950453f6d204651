//go:build !unix

package netio

import (
	"net"
	"syscall"
)

// vector is needed only where there is a vectored write.
type vector struct{}

// rawConn says that sockets are to be used the portable way.
func rawConn(net.Conn) syscall.RawConn { return nil }

// The following are never called without a raw connection.

func (c *Conn) readReady(uintptr) bool { return false }
func (c *Conn) readArrived(uintptr)    {}
func (t *train) tryWrite(int)          {}
