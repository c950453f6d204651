package cluster

import "sync"

// teller tells a Holder what happened, in order and on a goroutine of its own,
// so that a slow one does not keep the node from renewing its lease.
type teller struct {
	mu    sync.Mutex
	queue []func(Holder)
	wake  chan struct{} // holds one: there is something to tell
}

func newTeller() *teller { return &teller{wake: make(chan struct{}, 1)} }

// tell queues something to tell. The holder that f gets may be nil.
func (t *teller) tell(f func(Holder)) {
	t.mu.Lock()
	t.queue = append(t.queue, f)
	t.mu.Unlock()
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// run tells until done.
func (t *teller) run(holder func() Holder, done <-chan struct{}) {
	for {
		select {
		case <-t.wake:
		case <-done:
			return
		}
		for {
			t.mu.Lock()
			queue := t.queue
			t.queue = nil
			t.mu.Unlock()
			if len(queue) == 0 {
				break
			}
			for _, f := range queue {
				f(holder())
			}
		}
	}
}
