package client

import (
	"sync"
	"time"
)

// maxQueued bounds what the events in a queue hold, in octets. One event that is
// larger is let in when it is alone.
const maxQueued = 256 << 10

// queue holds the events that the program has not taken yet. It is given to the
// program by a goroutine that exists only while there are any.
type queue struct {
	deliver func(Event) bool // false: the program wants no more
	limit   int
	// late is called once if a writer has waited for longer than patience.
	late     func()
	patience time.Duration

	mu      sync.Mutex
	waiting []Event       // not given yet
	held    int           // octets in waiting, and in the one being given
	busy    bool          // the goroutine exists
	room    chan struct{} // closed when there is room; nil unless somebody waits
	ended   bool
	open    chan struct{} // closed when ended
	giveUp  chan struct{} // closed when a channel is not waited for any longer
}

func newQueue(limit int, patience time.Duration, deliver func(Event) bool, late func()) *queue {
	return &queue{
		deliver: deliver, limit: limit, patience: patience, late: late,
		open: make(chan struct{}), giveUp: make(chan struct{}),
	}
}

// put adds an event. If there is no room it waits, and with it the connection
// that the event came from. It never loses the event.
func (q *queue) put(e Event) {
	if q == nil {
		return
	}
	q.mu.Lock()
	if q.full(e) && !q.ended {
		q.waitForRoom(e)
	}
	q.add(e)
	q.mu.Unlock()
}

// last adds the last events, which do not wait. There are as many as there were
// conversations, and one more.
func (q *queue) last(e Event) {
	if q == nil {
		return
	}
	q.mu.Lock()
	q.add(e)
	q.mu.Unlock()
}

// end lets those go on who wait for room: the session is ending.
func (q *queue) end() {
	if q == nil {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.ended {
		q.ended = true
		close(q.open)
	}
}

// giveUpLater follows the last event: a program that has stopped to receive is
// waited for once more, and then not any longer.
func (q *queue) giveUpLater() {
	if q == nil {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.busy {
		time.AfterFunc(q.patience, func() { close(q.giveUp) })
	}
}

func (q *queue) full(e Event) bool {
	return len(q.waiting) >= q.limit || q.held > 0 && q.held+e.size() > maxQueued
}

// waitForRoom is called, and returns, with the lock held.
func (q *queue) waitForRoom(e Event) {
	timer := time.NewTimer(q.patience)
	defer timer.Stop()
	for q.full(e) && !q.ended {
		if q.room == nil {
			q.room = make(chan struct{})
		}
		room := q.room
		q.mu.Unlock()
		select {
		case <-room:
		case <-q.open:
		case <-timer.C:
			q.late()
		}
		q.mu.Lock()
	}
}

// add is called with the lock held.
func (q *queue) add(e Event) {
	q.waiting = append(q.waiting, e)
	q.held += e.size()
	if !q.busy {
		q.busy = true
		go q.run()
	}
}

// run gives events to the program until there are none left.
func (q *queue) run() {
	for {
		e, ok := q.first()
		if !ok {
			return
		}
		wanted := q.deliver(e)
		q.mu.Lock()
		q.held -= e.size()
		if !wanted {
			q.waiting, q.held = nil, 0
		}
		if q.room != nil {
			close(q.room)
			q.room = nil
		}
		q.mu.Unlock()
	}
}

func (q *queue) first() (Event, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.busy, q.waiting = false, nil
		return nil, false
	}
	e := q.waiting[0]
	q.waiting[0] = nil
	q.waiting = q.waiting[1:]
	return e, true
}
