package netio

import (
	"strings"
	"testing"
)

func TestFrameSizes(t *testing.T) {
	for n := 0; n <= 1<<maxClass+1; n = 2*n + 1 {
		for _, size := range []int{n - 1, n, n + 1} {
			f := NewFrame(max(size, 0))
			if len(f.Bytes) != 0 || cap(f.Bytes) < size {
				t.Errorf("NewFrame(%d) has %d of %d bytes", size, len(f.Bytes), cap(f.Bytes))
			}
			f.Release()
		}
	}
}

// A frame that append has moved goes back under its new size.
func TestFrameGrown(t *testing.T) {
	for range 100 {
		f := NewFrame(1)
		f.Bytes = append(f.Bytes, strings.Repeat("x", 3000)...)
		f.Release()
		for size := 1; size < 1<<13; size *= 2 {
			g := NewFrame(size)
			if cap(g.Bytes) < size {
				t.Fatalf("NewFrame(%d) has room for %d", size, cap(g.Bytes))
			}
			defer g.Release()
		}
	}
}

func TestFrameMisuse(t *testing.T) {
	refused := func(what string, f func()) {
		defer func() {
			if recover() == nil {
				t.Errorf("%s was not refused", what)
			}
		}()
		f()
	}
	// This size is too small for a pool, so that the frame stays ours.
	f := &Frame{Bytes: make([]byte, 0, 8)}
	f.holders.Store(1)
	f.Retain()
	f.Release()
	f.Release()
	refused("a release too many", f.Release)
	refused("a retain too late", f.Retain)
}
