package netio

import "sync"

// An outbox is the outgoing queue of a connection: frames that nobody writes
// yet, and the right to write, which one goroutine has at a time. Its lock is
// never held during a system call.
type outbox struct {
	mu      sync.Mutex
	next    *train        // queued since the writer took its train
	size    int           // bytes in next and in the writer's train
	writing bool          // some goroutine is the writer
	shut    bool          // takes no more
	dead    bool          // what it holds is not sent any more
	cause   error         // why it is dead
	idle    chan struct{} // made by who waits for the writer, closed by the writer
	room    chan struct{} // made by who waits for room, closed when there is some
	low     int           // how little has to be queued for that
	gate    func() bool   // see SetGate; nil if there is none
}

// A train is a row of frames that are written together. Trains are pooled, so
// a connection with nothing to send has none.
type train struct {
	frames []*Frame
	head   int         // the first that is not wholly written
	off    int         // how much of that one is
	sent   int         // bytes written since the outbox was told
	open   bool        // the last one is nobody else's and can take more
	vec    vector      // scratch memory of a write
	err    error       // what the last write failed with
	gate   func() bool // asked before each write, nil if there is none

	now  func(fd uintptr)      // t.writeNow, made once
	wait func(fd uintptr) bool // t.writeReady, made once
}

// keepFrames is the longest row that a train in the pool keeps its memory for.
const keepFrames = 512

var trains sync.Pool

func newTrain() *train {
	t, _ := trains.Get().(*train)
	if t == nil {
		t = new(train)
		t.now, t.wait = t.writeNow, t.writeReady
	}
	return t
}

// free releases what was not written and gives the train back.
func (t *train) free() {
	for _, f := range t.frames[t.head:] {
		f.Release()
	}
	if cap(t.frames) > keepFrames {
		return
	}
	clear(t.frames)
	t.frames, t.head, t.off, t.sent, t.open, t.err, t.gate = t.frames[:0], 0, 0, 0, false, nil, nil
	trains.Put(t)
}

func (t *train) empty() bool { return t.head == len(t.frames) }

// advance notes that n more bytes are written.
func (t *train) advance(n int) {
	t.sent += n
	n += t.off
	for t.head < len(t.frames) && n >= len(t.frames[t.head].Bytes) {
		n -= len(t.frames[t.head].Bytes)
		t.frames[t.head].Release()
		t.frames[t.head] = nil
		t.head++
	}
	t.off = n
}

// minShare is the least size of a frame that is worth being shared. To the
// system, many small pieces cost more than one large one does to be copied
// together.
const minShare = 1 << 10

// share adds a frame that others may have, too.
func (t *train) share(f *Frame) {
	if len(f.Bytes) < minShare {
		t.copy(f.Bytes)
		return
	}
	f.Retain()
	t.frames = append(t.frames, f)
	t.open = false
}

// The sizes of the frames that small writes are collected in: the first holds
// an answer or two, and the more there is, the larger is the next.
const (
	minCopy = 512
	maxCopy = 32 << 10
)

// copy adds the bytes of p, behind earlier ones if they fit there.
func (t *train) copy(p []byte) {
	if t.open {
		if f := t.frames[len(t.frames)-1]; f.room() >= len(p) {
			f.Bytes = append(f.Bytes, p...)
			return
		}
	}
	size := minCopy
	if n := len(t.frames); n > 0 && t.open {
		size = min(8*cap(t.frames[n-1].Bytes), maxCopy)
	}
	f := NewFrame(max(len(p), size))
	f.Bytes = append(f.Bytes, p...)
	t.frames = append(t.frames, f)
	t.open = true
}

// put queues a frame, or if there is none a copy of p.
func (o *outbox) put(f *Frame, p []byte, limit int) error {
	if f != nil {
		p = f.Bytes
	}
	if len(p) == 0 {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.shut {
		return ErrClosed
	}
	if o.size+len(p) > limit {
		o.shut = true
		return ErrOverflow
	}
	o.size += len(p)
	if o.next == nil {
		o.next = newTrain()
	}
	if f != nil {
		o.next.share(f)
	} else {
		o.next.copy(p)
	}
	return nil
}

// begin makes the caller the writer and gives it what to write. It gives nil
// if there is nothing, or a writer already: that one will see to it.
func (o *outbox) begin() *train {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.writing || o.next == nil || o.dead {
		return nil
	}
	o.writing = true
	return o.take()
}

func (o *outbox) take() *train {
	t := o.next
	o.next = nil
	if t != nil {
		t.gate = o.gate
	}
	return t
}

// wrote is what the writer says after a write. It is given the train to go on
// with; nil means that it is the writer no more.
func (o *outbox) wrote(t *train) *train {
	n, done := t.sent, t.empty()
	t.sent = 0
	if done {
		t.free()
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.size -= n
	if o.size <= o.low {
		o.makeRoom()
	}
	switch {
	case o.dead:
		if !done {
			t.free()
		}
	case !done:
		return t
	case o.next != nil:
		return o.take()
	}
	o.leave()
	return nil
}

// leave ends the caller's being the writer. The lock is held.
func (o *outbox) leave() {
	o.writing = false
	if o.idle != nil {
		close(o.idle)
		o.idle = nil
	}
}

// fail is what the writer says instead of wrote when it cannot go on. The
// outbox must be dead already.
func (o *outbox) fail(t *train) {
	t.free()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.leave()
}

// kill drops what is queued. The writer notices when it is done with its write.
// The first cause is the one that counts.
func (o *outbox) kill(cause error) {
	o.mu.Lock()
	if !o.dead {
		o.dead, o.shut, o.cause = true, true, cause
	}
	o.makeRoom()
	t := o.take()
	o.mu.Unlock()
	if t != nil {
		t.free()
	}
}

// makeRoom lets those go on who wait for room. The lock is held.
func (o *outbox) makeRoom() {
	if o.room != nil {
		close(o.room)
		o.room = nil
	}
}

// crowded gives a channel that is closed when there is room again, and how much
// is queued, or nil if that is no more than high.
func (o *outbox) crowded(high int) (room <-chan struct{}, size int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.dead || o.size <= high {
		return nil, o.size
	}
	if o.room == nil {
		o.room, o.low = make(chan struct{}), high/2
	}
	return o.room, o.size
}

// queued is how many bytes are on their way.
func (o *outbox) queued() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.size
}

// reason is the cause that kill was given.
func (o *outbox) reason() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.cause
}

// finished gives a channel that is closed when there is no writer any more, or
// nil if there is none now.
func (o *outbox) finished() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.writing {
		return nil
	}
	if o.idle == nil {
		o.idle = make(chan struct{})
	}
	return o.idle
}
