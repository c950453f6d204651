package notification

import (
	"context"
	"sync"
	"testing"

	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/msnp"
)

// When so many wait for the database already that one more would wait for nothing,
// a sign-in is put off before anything is done for it, in every version. Those who
// are signed in notice nothing, and everybody gets in when the line is gone.
func TestSignInIsPutOff(t *testing.T) {
	w := newWorld(t, []string{"a"})
	w.people("ada", "bea")
	n := w.nodes["a"]
	bea := n.signIn(t, "bea", msnp.MSNP7)
	release := holdUp(t, w)
	for _, v := range versions {
		p := begin(t, n.addr, "ada", v)
		p.who("ada")
		p.expect("910 2")
		p.closed()
	}
	bea.send("PNG")
	bea.expect("QNG")
	release()
	for _, v := range versions {
		n.signIn(t, "ada", v)
	}
}

// holdUp makes the database busy until it is released.
func holdUp(t *testing.T, w *world) (release func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var waiting sync.WaitGroup
	held := make(chan struct{})
	for range 10_000 {
		waiting.Go(func() {
			// The error is that nobody waits any more.
			_ = w.db.Write(ctx, func(context.Context, *store.Tx) error {
				<-held
				return nil
			})
		})
		if w.db.Busy() {
			break
		}
	}
	eventually(t, "the database is busy", w.db.Busy)
	return sync.OnceFunc(func() {
		cancel()
		close(held)
		waiting.Wait()
	})
}
