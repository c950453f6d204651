package netio

import "slices"

// A Batch collects the connections that one reader has queued something on, so
// that each is flushed once when the reader is done with its buffer. It belongs
// to one goroutine; the zero Batch is empty.
type Batch struct{ conns []*Conn }

// maxSearch is how far back Add looks for a connection. Having one twice does
// no harm.
const maxSearch = 64

// Add notes that c has to be flushed.
func (b *Batch) Add(c *Conn) {
	recent := b.conns[max(0, len(b.conns)-maxSearch):]
	if !slices.Contains(recent, c) {
		b.conns = append(b.conns, c)
	}
}

// Flush flushes them all and empties the batch.
func (b *Batch) Flush() {
	for i, c := range b.conns {
		c.Flush()
		b.conns[i] = nil
	}
	b.conns = b.conns[:0]
}
