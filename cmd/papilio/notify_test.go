package main

import (
	"net"
	"path/filepath"
	"testing"
	"time"
)

// supervisor is the socket of one, which the world's commands are told of.
func (w *world) supervisor() *net.UnixConn {
	w.t.Helper()
	address := &net.UnixAddr{Name: filepath.Join(w.data, "notify"), Net: "unixgram"}
	socket, err := net.ListenUnixgram("unixgram", address)
	if err != nil {
		w.t.Skipf("no such sockets here: %v", err)
	}
	w.t.Cleanup(func() { _ = socket.Close() })
	w.environ = append(w.environ, notifySocket+"="+address.Name)
	return socket
}

func hears(t *testing.T, socket *net.UnixConn, want string) {
	t.Helper()
	buf := make([]byte, 100)
	if err := socket.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	n, err := socket.Read(buf)
	if err != nil || string(buf[:n]) != want {
		t.Errorf("the supervisor hears %q, %v; want %q", buf[:n], err, want)
	}
}

func TestSupervisorIsTold(t *testing.T) {
	w := newWorld(t)
	socket := w.supervisor()
	b := w.serve()
	hears(t, socket, "READY=1")
	b.stop()
	hears(t, socket, "STOPPING=1")
}

// A supervisor that is gone is no reason not to serve.
func TestSupervisorIsGone(t *testing.T) {
	w := newWorld(t)
	w.environ = append(w.environ, notifySocket+"="+filepath.Join(w.data, "nobody"))
	b := w.serve()
	b.errs.await(t, "the supervisor is not told")
	if code := b.stop(); code != exitDone {
		t.Errorf("code %d", code)
	}
}
