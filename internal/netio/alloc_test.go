package netio

import (
	"io"
	"net"
	"testing"
	"time"
)

// Nothing is allocated for what is queued, flushed and read, once the pools
// have what they need.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("not under the race detector")
	}
	client, c := start(t, raw, Options{}, &hooks{})
	peer, server := dial(t)
	echoing := NewConn(server, nil)
	run(t, echoing, &hooks{data: func(buf []byte) (int, error) { return len(buf), echoing.QueueBytes(buf) }})

	line := []byte("MSG alice@example.org Alice 5\r\nhello")
	buf := make([]byte, 64<<10)
	read := func(r net.Conn, n int) {
		if _, err := io.ReadFull(r, buf[:n]); err != nil {
			t.Fatal(err)
		}
	}
	fail := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	var batch Batch
	cases := map[string]func(){
		"Frame": func() {
			f := NewFrame(1000)
			f.Retain()
			f.Release()
			f.Release()
		},
		"Write": func() {
			fail(c.Write(line))
			read(client, len(line))
		},
		"Queue and Flush": func() {
			f := NewFrame(len(line))
			f.Bytes = append(f.Bytes, line...)
			fail(c.Queue(f))
			c.Flush()
			f.Release()
			read(client, len(line))
		},
		"forty frames in a batch": func() {
			for range 40 {
				f := NewFrame(len(line))
				f.Bytes = append(f.Bytes, line...)
				fail(c.Queue(f))
				batch.Add(c)
				f.Release()
			}
			batch.Flush()
			read(client, 40*len(line))
		},
		"read and answer": func() {
			if _, err := peer.Write(line); err != nil {
				t.Fatal(err)
			}
			read(peer, len(line))
		},
		"deadline moved": func() { c.SetDeadline(time.Time{}) },
	}
	for name, f := range cases {
		if n := testing.AllocsPerRun(500, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
