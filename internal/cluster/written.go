package cluster

import (
	"context"
	"sync"
)

// written keeps track of whether the others can know of the last change to what
// this node says of itself.
type written struct {
	mu      sync.Mutex
	changes uint64 // so many were made
	known   uint64 // so many are in the record
	bell    bell
}

// change notes one.
func (w *written) change() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changes++
}

// next is what will be known when a record that is made now has been written.
func (w *written) next() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.changes
}

// done notes that such a record has been written.
func (w *written) done(upTo uint64) {
	w.mu.Lock()
	w.known = max(w.known, upTo)
	w.mu.Unlock()
	w.bell.ring()
}

// wait returns when all changes made until now are known.
func (w *written) wait(ctx context.Context, closed <-chan struct{}) error {
	upTo := w.next()
	for {
		changed := w.bell.next()
		w.mu.Lock()
		known := w.known
		w.mu.Unlock()
		if known >= upTo {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-closed:
			return ErrClosed
		}
	}
}
