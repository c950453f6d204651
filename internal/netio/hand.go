package netio

import (
	"iter"
	"sync"
)

// A handler may need much stack once, to sign somebody in, and a stack that has
// grown stays grown for as long as its goroutine is about, which for an idle
// connection is hours: 2 KB became 4 to 8 KB. So the goroutine of a connection
// only waits and reads, and borrows a hand for the calls of its handler. The
// two take turns as coroutines do, which costs about a tenth of a microsecond.
// There are as many hands as handlers that are busy at once, and no goroutine
// of them is left when the last connection has ended.

// A hand is a coroutine that carries out one turn of a connection at a time.
type hand struct {
	next func() (struct{}, bool) // does the turn
	stop func()

	c    *Conn
	h    Handler
	what task
	err  error // what the task is given and what it returns
}

func newHand() *hand {
	w := new(hand)
	w.next, w.stop = iter.Pull(func(yield func(struct{}) bool) {
		for done := true; done; done = yield(struct{}{}) {
			w.err = w.c.turn(w.h, w.what, w.err)
		}
	})
	return w
}

// maxIdleHands is how many hands are kept for the next that needs one.
const maxIdleHands = 64

// crew are the hands of all connections of the process that are sockets. Like
// the pools of frames it only saves work.
var crew struct {
	mu    sync.Mutex
	idle  []*hand
	conns int // that are running; without any there are no idle hands
}

// join is called for each connection before it borrows hands, and leave when it
// needs no more.
func join() {
	crew.mu.Lock()
	defer crew.mu.Unlock()
	crew.conns++
}

func leave() {
	crew.mu.Lock()
	var off []*hand
	if crew.conns--; crew.conns == 0 {
		off, crew.idle = crew.idle, nil
	}
	crew.mu.Unlock()
	for _, w := range off {
		w.stop()
	}
}

// borrow gives a hand that nobody else has.
func borrow() *hand {
	crew.mu.Lock()
	defer crew.mu.Unlock()
	n := len(crew.idle)
	if n == 0 {
		return newHand()
	}
	w := crew.idle[n-1]
	crew.idle[n-1] = nil
	crew.idle = crew.idle[:n-1]
	return w
}

// giveBack ends a borrow.
func (w *hand) giveBack() {
	w.c, w.h, w.err = nil, nil, nil
	crew.mu.Lock()
	keep := len(crew.idle) < maxIdleHands
	if keep {
		crew.idle = append(crew.idle, w)
	}
	crew.mu.Unlock()
	if !keep {
		w.stop()
	}
}
