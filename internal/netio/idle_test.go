//go:build unix

package netio

import (
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A stack that a handler has needed does not stay with an idle connection.
func TestIdleStack(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector needs stack of its own")
	}
	const conns = 500
	ln, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a test's own
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	before := takeMemory(t)
	peers, end := idlePeers(t, ln, conns)
	after := takeMemory(t)
	if each := (after.stack - before.stack) / conns; each > 3<<10 {
		t.Errorf("an idle connection has %d bytes of stack", each)
	}
	for _, p := range peers {
		p.close()
	}
	end()
}

// BenchmarkIdle tells what an idle connection costs the process, once its
// handler has answered something and needed much stack for it. The other ends
// are sockets of the same process that Go knows nothing of.
func BenchmarkIdle(b *testing.B) {
	const conns = 4000
	ln, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a benchmark's own
	if err != nil {
		b.Fatal(err)
	}
	defer ln.Close()
	for b.Loop() {
		before := takeMemory(b)
		peers, end := idlePeers(b, ln, conns)
		after := takeMemory(b)
		b.ReportMetric(float64(after.heap-before.heap)/conns, "heap-B/conn")
		b.ReportMetric(float64(after.stack-before.stack)/conns, "stack-B/conn")
		b.ReportMetric(float64(after.resident-before.resident)/conns, "rss-B/conn")
		for _, p := range peers {
			p.close()
		}
		end()
	}
}

// idlePeers opens connections that are served by Conns, each of which answers
// one line and is idle from then on.
func idlePeers(t testing.TB, ln net.Listener, n int) (peers []bareSocket, end func()) {
	t.Helper()
	var o Options
	done := make(chan struct{})
	for range n {
		peers = append(peers, openBare(t, ln.Addr().(*net.TCPAddr)))
		nc, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		c := NewConn(nc, &o)
		c.SetDeadline(time.Now().Add(time.Hour))
		h := &hooks{closed: make(chan error, 1)}
		answer := lines(&c)
		h.data = func(buf []byte) (int, error) {
			deep(20)
			return answer(buf)
		}
		go func() {
			c.Run(h)
			done <- struct{}{}
		}()
	}
	for _, p := range peers {
		p.ask(t, message)
	}
	return peers, func() {
		for range n {
			<-done
		}
	}
}

// deep needs about 300 bytes of stack for each n, as much as a query of a
// database does in the end.
//
//go:noinline
func deep(n int) byte {
	var frame [256]byte
	if n > 0 {
		frame[n] = deep(n - 1)
	}
	return frame[n]
}

type memory struct{ heap, stack, resident int64 }

func takeMemory(t testing.TB) memory {
	t.Helper()
	for range 4 { // each shrinks the stacks by half at most
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return memory{heap: int64(m.HeapAlloc), stack: int64(m.StackInuse), resident: resident(t)}
}

// resident reads the memory of the process in bytes, 0 where it is not told.
func resident(t testing.TB) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, err := strconv.ParseInt(strings.Fields(string(status))[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}
