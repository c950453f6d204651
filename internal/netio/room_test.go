package netio

import (
	"io"
	"testing"
	"time"
)

// full queues far more than the system takes for a peer that does not read, so
// that more than high is left.
func full(t *testing.T, c *Conn, high int) {
	t.Helper()
	const system = 16 << 20 // the most that the buffers of both ends grow to, and more
	chunk := make([]byte, 64<<10)
	for sent := 0; sent < system+2*high; sent += len(chunk) {
		if err := c.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAwaitRoom(t *testing.T) {
	const high = 64 << 10
	t.Run("nothing queued", func(t *testing.T) {
		_, c := start(t, raw, Options{}, &hooks{})
		if !c.AwaitRoom(high, time.Hour) {
			t.Error("an empty queue has no room")
		}
	})
	t.Run("the peer reads", func(t *testing.T) {
		client, c := start(t, raw, Options{MaxQueue: 64 << 20}, &hooks{})
		full(t, c, high)
		go func() { _, _ = io.Copy(io.Discard, client) }()
		if !c.AwaitRoom(high, patience) {
			t.Fatal("gave up")
		}
		if n := queued(c); n > high/2 {
			t.Errorf("%d bytes are left", n)
		}
	})
	t.Run("the peer takes nothing", func(t *testing.T) {
		_, c := start(t, raw, Options{MaxQueue: 64 << 20}, &hooks{})
		full(t, c, high)
		if c.AwaitRoom(high, 20*time.Millisecond) {
			t.Error("there is room, but nobody has read")
		}
	})
	t.Run("the connection ends", func(t *testing.T) {
		_, c := start(t, raw, Options{MaxQueue: 64 << 20}, &hooks{})
		full(t, c, high)
		time.AfterFunc(10*time.Millisecond, c.Close)
		if !c.AwaitRoom(high, patience) {
			t.Error("waited for a connection that is closed")
		}
	})
	t.Run("the connection is to end", func(t *testing.T) {
		client, c := start(t, raw, Options{MaxQueue: 64 << 20}, &hooks{})
		full(t, c, high)
		go trickle(client)
		c.CloseSoon()
		if c.AwaitRoom(high, 50*time.Millisecond) {
			t.Error("there is room, but next to nothing was read")
		}
	})
}

// trickle reads a little again and again, until the connection ends.
func trickle(r io.Reader) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for b := make([]byte, 1<<10); ; <-tick.C {
		if _, err := r.Read(b); err != nil {
			return
		}
	}
}
