package netio

import (
	"math/bits"
	"sync"
	"sync/atomic"
)

// Frames come in sizes of powers of two from 128 bytes, about what a short
// line needs, to 128 KiB, more than the longest payload of the protocol. A
// longer frame is possible, but is left to the garbage collector.
const (
	minClass = 7
	maxClass = 17
)

// pools caches frames that nobody holds, by size.
var pools [maxClass - minClass + 1]sync.Pool

// A Frame is a piece of output that any number of connections can have in
// their queues at once without copying it. It counts its holders: NewFrame
// makes its caller one, Retain adds one, Release takes one away, and with the
// last the memory goes back to a pool. Conn.Queue retains for itself, so who
// made a frame releases it once after having queued it wherever it goes.
type Frame struct {
	// Bytes is what is sent. It may be changed, also by append, until the
	// frame is queued for the first time, and must be left alone from then on.
	Bytes []byte

	holders atomic.Int32
}

// NewFrame gives an empty frame with room for n bytes. If more are appended to
// Bytes than that, append allocates as it always does.
func NewFrame(n int) *Frame {
	class := max(bits.Len(uint(max(n, 1)-1)), minClass)
	if class > maxClass {
		f := &Frame{Bytes: make([]byte, 0, n)}
		f.holders.Store(1)
		return f
	}
	f, _ := pools[class-minClass].Get().(*Frame)
	if f == nil {
		f = &Frame{Bytes: make([]byte, 0, 1<<class)}
	}
	f.holders.Store(1)
	return f
}

// Retain makes the caller one more holder. Only a holder may call it.
func (f *Frame) Retain() {
	if f.holders.Add(1) <= 1 {
		panic("netio: frame retained after its release")
	}
}

// Release ends the hold of the caller, who must not touch the frame again.
func (f *Frame) Release() {
	switch n := f.holders.Add(-1); {
	case n < 0:
		panic("netio: frame released too often")
	case n == 0:
		f.recycle()
	}
}

// recycle goes by the capacity, since append may have moved Bytes.
func (f *Frame) recycle() {
	class := bits.Len(uint(cap(f.Bytes))) - 1
	if class < minClass || class > maxClass {
		return
	}
	f.Bytes = f.Bytes[:0]
	pools[class-minClass].Put(f)
}

// room is how much can be appended to Bytes in place.
func (f *Frame) room() int { return cap(f.Bytes) - len(f.Bytes) }
