package netio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// small makes the system's own buffers of a connection small, so that the queue
// behind them fills. (The smallest of all would make the system itself slow.)
func small(t testing.TB, conns ...*net.TCPConn) {
	t.Helper()
	for _, c := range conns {
		if err := errors.Join(c.SetReadBuffer(16<<10), c.SetWriteBuffer(16<<10)); err != nil {
			t.Fatal(err)
		}
	}
}

// Many senders, many receivers, of which some are slow, some leave in the
// middle and some senders do not flush: each receiver gets what each sender
// sent, whole and in its order, and in the end nobody holds a frame.
func TestFrameIntegrity(t *testing.T) {
	kinds(t, func(t *testing.T, wrap func(net.Conn) net.Conn) {
		const senders, receivers, rounds = 6, 9, 200
		var conns [receivers]*Conn
		var readers, writers sync.WaitGroup
		for i := range conns {
			client, server := dial(t)
			conns[i] = NewConn(wrap(server), &Options{MaxQueue: 64 << 20})
			run(t, conns[i], &hooks{})
			if i%3 != 0 {
				small(t, client, server)
			}
			readers.Go(func() {
				if i%3 == 2 {
					_, _ = io.CopyN(io.Discard, client, 20_000)
					client.Close()
					return
				}
				checkStream(t, client, senders, rounds, i%3 == 1)
			})
		}
		var mine [senders][]*Frame
		for s := range senders {
			writers.Go(func() { mine[s] = sendAll(conns[:], s, rounds) })
		}
		writers.Wait()
		for _, c := range conns {
			c.Flush()
		}
		readers.Wait()
		for _, c := range conns {
			c.CloseSoon()
		}
		for i := range mine {
			for _, f := range mine[i] {
				awaitReleased(t, f)
			}
		}
	})
}

// record is how the test's stream is divided: sender, number, length of what
// follows. What follows is made of the number.
func record(dst []byte, sender, n int) []byte {
	length := 10 + n*37%900
	if n%2 == 0 {
		length = n % 80
	}
	dst = append(dst, byte(sender))
	dst = binary.BigEndian.AppendUint16(dst, uint16(n))
	dst = binary.BigEndian.AppendUint16(dst, uint16(length))
	for i := range length {
		dst = append(dst, byte(sender+n+i))
	}
	return dst
}

// sendAll sends in every way there is. It returns frames of a size that is not
// pooled, so that their holders can be counted afterwards.
func sendAll(conns []*Conn, sender, rounds int) (unpooled []*Frame) {
	var batch Batch
	for n := range rounds {
		var f *Frame
		if n%2 == 0 {
			f = &Frame{Bytes: record(make([]byte, 0, 100), sender, n)}
			f.holders.Store(1)
			unpooled = append(unpooled, f)
		} else {
			f = NewFrame(0)
			f.Bytes = record(f.Bytes, sender, n)
		}
		for i, c := range conns {
			// Connections whose client has left give an error; that is theirs.
			switch (n + i) % 4 {
			case 0:
				_ = c.Write(f.Bytes)
			case 1:
				_ = c.QueueBytes(f.Bytes)
			default:
				_ = c.Queue(f)
				batch.Add(c)
			}
		}
		f.Release()
		if n%5 == 0 {
			batch.Flush()
		}
	}
	batch.Flush()
	return unpooled
}

func checkStream(t *testing.T, r io.Reader, senders, rounds int, slow bool) {
	next := make([]int, senders)
	head := make([]byte, 5)
	want := make([]byte, 0, 1000)
	for range senders * rounds {
		if _, err := io.ReadFull(r, head); err != nil {
			t.Error(err)
			return
		}
		sender := int(head[0])
		if sender >= senders || int(binary.BigEndian.Uint16(head[1:])) != next[sender] {
			t.Errorf("out of order: % x", head)
			return
		}
		want = record(want[:0], sender, next[sender])
		next[sender]++
		got := make([]byte, len(want))
		copy(got, head)
		rest := r
		if slow && next[sender]%10 == 0 {
			rest = oneByte{r}
		}
		if _, err := io.ReadFull(rest, got[len(head):]); err != nil {
			t.Error(err)
			return
		}
		if string(got) != string(want) {
			t.Errorf("record %d of sender %d is damaged", next[sender]-1, sender)
			return
		}
	}
}

// oneByte reads slowly.
type oneByte struct{ r io.Reader }

func (o oneByte) Read(p []byte) (int, error) { return o.r.Read(p[:min(len(p), 1)]) }

// awaitReleased waits until the connections have let go of a frame.
func awaitReleased(t *testing.T, f *Frame) {
	t.Helper()
	for end := time.Now().Add(patience); f.holders.Load() != 0; {
		if time.Now().After(end) {
			t.Fatalf("a frame still has %d holders", f.holders.Load())
		}
	}
}

// A peer that does not read is cut off at its bound, once, and nobody else
// notices: not the other receivers, not the senders.
func TestOverflow(t *testing.T) {
	kinds(t, func(t *testing.T, wrap func(net.Conn) net.Conn) {
		const limit = 100 << 10
		var overflows atomic.Int32
		o := Options{MaxQueue: limit, OnOverflow: func() { overflows.Add(1) }}
		deafHooks := &hooks{}
		deafClient, deafServer := dial(t)
		small(t, deafClient, deafServer)
		deaf := NewConn(wrap(deafServer), &o)
		run(t, deaf, deafHooks)

		goodClient, good := start(t, wrap, Options{MaxQueue: 64 << 20}, &hooks{})
		msg := strings.Repeat("x", 999) + "\n"
		var refused, overflowed atomic.Int32
		var sent atomic.Int64
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 500 {
					f := NewFrame(len(msg))
					f.Bytes = append(f.Bytes, msg...)
					switch err := deaf.Queue(f); {
					case err == nil:
					case errors.Is(err, ErrOverflow):
						overflowed.Add(1)
					case errors.Is(err, ErrClosed):
						refused.Add(1)
					default:
						t.Error(err)
					}
					deaf.Flush()
					if err := good.Queue(f); err != nil {
						t.Error(err)
					}
					good.Flush()
					f.Release()
					sent.Add(int64(len(msg)))
				}
			})
		}
		wg.Wait()
		if n, err := io.CopyN(io.Discard, goodClient, sent.Load()); err != nil {
			t.Errorf("the good peer got %d bytes: %v", n, err)
		}
		if err := within(t, deafHooks.closed); !errors.Is(err, ErrOverflow) {
			t.Errorf("closed with %v", err)
		}
		if overflowed.Load() != 1 || overflows.Load() != 1 || refused.Load() == 0 {
			t.Errorf("%d senders and %d callbacks were told of the overflow, %d were refused",
				overflowed.Load(), overflows.Load(), refused.Load())
		}
	})
}

func TestMessageBeyondQueue(t *testing.T) {
	h := &hooks{}
	_, c := start(t, raw, Options{MaxQueue: 100}, h)
	if err := c.Write(make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	if err := c.Write(make([]byte, 101)); !errors.Is(err, ErrOverflow) {
		t.Errorf("got %v", err)
	}
	if err := within(t, h.closed); !errors.Is(err, ErrOverflow) {
		t.Errorf("closed with %v", err)
	}
	if err := c.Write([]byte("x")); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
}

// What a peer has taken makes room for more: the bound is on what waits.
func TestQueueFrees(t *testing.T) {
	kinds(t, func(t *testing.T, wrap func(net.Conn) net.Conn) {
		client, c := start(t, wrap, Options{MaxQueue: 1000}, &hooks{})
		for i := range 100 {
			line := fmt.Sprintf("%-899d\n", i)
			for c.Write([]byte(line)) != nil {
				t.Fatal("no room")
			}
			expect(t, client, line)
			for end := time.Now().Add(patience); queued(c) > 0; {
				if time.Now().After(end) {
					t.Fatal("what was read still counts")
				}
			}
		}
	})
}

func queued(c *Conn) int {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	return c.out.size
}

// Small writes go out together.
func TestCoalesce(t *testing.T) {
	client, c := start(t, raw, Options{}, &hooks{})
	for range 100 {
		if err := c.QueueBytes([]byte("1234")); err != nil {
			t.Fatal(err)
		}
	}
	c.out.mu.Lock()
	n := len(c.out.next.frames)
	c.out.mu.Unlock()
	if n != 1 {
		t.Errorf("100 small writes make %d frames", n)
	}
	c.Flush()
	expect(t, client, strings.Repeat("1234", 100))
}

// What a handler queues on its own connection needs no flush.
func TestFlushBehindHandler(t *testing.T) {
	client, server := dial(t)
	c := NewConn(server, nil)
	h := &hooks{
		data:    func(buf []byte) (int, error) { return len(buf), c.QueueBytes([]byte("data\n")) },
		wake:    func() error { return c.QueueBytes([]byte("wake\n")) },
		timeout: func() error { return c.QueueBytes([]byte("timeout\n")) },
	}
	c.SetDeadline(time.Now())
	run(t, c, h)
	expect(t, client, "timeout\n")
	c.Wake()
	expect(t, client, "wake\n")
	write(t, client, "x")
	expect(t, client, "data\n")
}

// A peer that takes nothing for too long is given up.
func TestWriteTimeout(t *testing.T) {
	kinds(t, func(t *testing.T, wrap func(net.Conn) net.Conn) {
		client, server := dial(t)
		small(t, client, server)
		c := NewConn(wrap(server), &Options{WriteTimeout: 20 * time.Millisecond, MaxQueue: 16 << 20})
		h := &hooks{}
		run(t, c, h)
		if err := c.Write(make([]byte, 8<<20)); err != nil {
			t.Fatal(err)
		}
		if err := within(t, h.closed); !errors.Is(err, ErrWriteTimeout) {
			t.Errorf("closed with %v", err)
		}
	})
}

func TestBatch(t *testing.T) {
	var b Batch
	var clients []*net.TCPConn
	for range 3 {
		client, c := start(t, raw, Options{}, &hooks{})
		clients = append(clients, client)
		for range 2 {
			if err := c.QueueBytes([]byte("x")); err != nil {
				t.Fatal(err)
			}
			b.Add(c)
		}
	}
	if len(b.conns) != 3 {
		t.Errorf("3 connections make %d entries", len(b.conns))
	}
	b.Flush()
	for _, client := range clients {
		expect(t, client, "xx")
	}
	if len(b.conns) != 0 {
		t.Error("the batch was not emptied")
	}
}

// A queue that is dropped while a part of it is being written lets go of all
// its frames, those of the writer included.
func TestKilledWhileWriting(t *testing.T) {
	var o outbox
	var frames []*Frame
	put := func(n int) {
		for range n {
			f := &Frame{Bytes: make([]byte, 10, 100)}
			f.holders.Store(1)
			frames = append(frames, f)
			if err := o.put(f, nil, 1000); err != nil {
				t.Fatal(err)
			}
			f.Release()
		}
	}
	put(3)
	train := o.begin()
	put(2)
	train.advance(15)
	o.kill(ErrClosed)
	idle := o.finished()
	if o.wrote(train) != nil {
		t.Error("the writer was told to go on")
	}
	within(t, idle)
	for i, f := range frames {
		if n := f.holders.Load(); n != 0 {
			t.Errorf("frame %d has %d holders", i, n)
		}
	}
	if err := o.put(frames[0], nil, 1000); !errors.Is(err, ErrClosed) {
		t.Errorf("put gave %v", err)
	}
}
