package netio

// How much is read at once from a connection of which nothing is buffered: first
// what holds a sign-in or a busy moment of a conversation, and after a read that
// fills that, as those of a file transfer do, as much as a pipe or a socket hands
// over in one go. System calls are what relaying costs.
const (
	readSize = 4 << 10
	bulkSize = 32 << 10
)

// input is what has been read and not yet consumed. Its buffer is a pooled
// frame, held only while it has something in it or is being read into, and
// grows only when it is full of what has really arrived.
type input struct {
	buf  *Frame
	n    int  // bytes that are there
	bulk bool // the last read left no room
}

// bytes is all that is there.
func (in *input) bytes() []byte {
	if in.buf == nil {
		return nil
	}
	return in.buf.Bytes[:in.n]
}

// space is where more can be read to; it is never empty.
func (in *input) space() []byte {
	size := readSize
	if in.bulk {
		size = bulkSize
	}
	switch {
	case in.buf == nil:
		in.buf = NewFrame(size)
	case in.n == cap(in.buf.Bytes):
		in.grow(2 * in.n)
	case cap(in.buf.Bytes) < size:
		in.grow(size)
	}
	return in.buf.Bytes[in.n:cap(in.buf.Bytes)]
}

// grow moves what is there to a larger buffer.
func (in *input) grow(size int) {
	grown := NewFrame(size)
	copy(grown.Bytes[:in.n], in.bytes())
	in.buf.Release()
	in.buf = grown
}

// read notes that n bytes have been read into space.
func (in *input) read(n int) {
	in.n += n
	in.bulk = in.n == cap(in.buf.Bytes) || in.bulk && n >= readSize
}

// consume drops the first n bytes and moves the rest to the front: the rest is
// a piece of one message.
func (in *input) consume(n int) {
	b := in.bytes()
	in.n = copy(b, b[n:])
}

// rest gives the buffer back if there is nothing in it.
func (in *input) rest() {
	if in.n == 0 && in.buf != nil {
		in.buf.Release()
		in.buf = nil
	}
}

// drop forgets everything and gives the buffer back.
func (in *input) drop() {
	in.n = 0
	in.rest()
}
