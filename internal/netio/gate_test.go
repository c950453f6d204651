package netio

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
)

// A connection whose right to speak has ended says nothing more, however much
// was queued while it had it.
func TestGate(t *testing.T) {
	kinds(t, func(t *testing.T, wrap func(net.Conn) net.Conn) {
		var open atomic.Bool
		open.Store(true)
		h := &hooks{}
		client, c := start(t, wrap, Options{}, h)
		c.SetGate(open.Load)
		if err := c.Write([]byte("before")); err != nil {
			t.Fatal(err)
		}
		expect(t, client, "before")
		if err := c.QueueBytes([]byte("queued")); err != nil || c.Gated() {
			t.Fatalf("%v, gated: %v", err, c.Gated())
		}
		open.Store(false)
		if !c.Gated() {
			t.Error("not gated")
		}
		if err := c.Write([]byte("after")); err != nil {
			t.Fatal(err)
		}
		if err := within(t, h.closed); !errors.Is(err, ErrGate) {
			t.Errorf("closed with %v", err)
		}
		if rest, err := io.ReadAll(client); len(rest) > 0 || err != nil {
			t.Errorf("the peer got %q, %v", rest, err)
		}
	})
}

// The gate is asked when the peer at last takes what was queued, not only when
// it was queued.
func TestGateShutWhileWaiting(t *testing.T) {
	var shut atomic.Bool
	h := &hooks{}
	client, c := start(t, raw, Options{MaxQueue: 64 << 20}, h)
	c.SetGate(func() bool { return !shut.Load() })
	full(t, c, 1<<20)
	if queued(c) < 1<<20 {
		t.Fatal("the system took everything")
	}
	shut.Store(true)
	sent, err := io.Copy(io.Discard, client)
	if err != nil {
		t.Fatal(err)
	}
	if err := within(t, h.closed); !errors.Is(err, ErrGate) {
		t.Errorf("closed with %v", err)
	}
	if sent >= 17<<20 {
		t.Errorf("the peer got %d octets, which is more than the system can have had", sent)
	}
}

func TestNoGate(t *testing.T) {
	_, c := start(t, raw, Options{}, &hooks{})
	if c.Gated() {
		t.Error("gated without a gate")
	}
}
