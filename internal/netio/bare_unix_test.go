//go:build unix

package netio

import (
	"net"
	"syscall"
	"testing"
)

// A bareSocket is the client's end of a connection, blocking and unknown to the
// Go runtime, so that it costs the process no memory.
type bareSocket int

func openBare(t testing.TB, to *net.TCPAddr) bareSocket {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Connect(fd, &syscall.SockaddrInet4{Port: to.Port, Addr: [4]byte(to.IP.To4())}); err != nil {
		t.Fatal(err)
	}
	return bareSocket(fd)
}

// ask sends p and waits for as much.
func (s bareSocket) ask(t testing.TB, p []byte) {
	t.Helper()
	if _, err := syscall.Write(int(s), p); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, len(p))
	for got := 0; got < len(p); {
		n, err := syscall.Read(int(s), buf)
		if err != nil || n == 0 {
			t.Fatal(n, err)
		}
		got += n
	}
}

func (s bareSocket) close() { _ = syscall.Close(int(s)) }
