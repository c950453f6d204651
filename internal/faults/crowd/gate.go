package crowd

import (
	"context"
	"sync"
)

// gate lets people do things while it is open. Closing it waits for what has begun.
type gate struct {
	mu     sync.Mutex
	inside int
	opened chan struct{} // not nil while closed; closed when it opens
	empty  chan struct{} // not nil while somebody waits for that; closed when it is so
}

// enter waits until the gate is open. It reports false if done, or the end of the
// context, came first.
func (g *gate) enter(ctx context.Context, done <-chan struct{}) bool {
	for {
		g.mu.Lock()
		opened := g.opened
		if opened == nil {
			g.inside++
			g.mu.Unlock()
			return true
		}
		g.mu.Unlock()
		select {
		case <-opened:
		case <-done:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside--; g.inside == 0 && g.empty != nil {
		close(g.empty)
		g.empty = nil
	}
}

// shut closes the gate and waits until nobody is inside.
func (g *gate) shut(ctx context.Context) error {
	g.mu.Lock()
	if g.opened == nil {
		g.opened = make(chan struct{})
	}
	if g.inside == 0 {
		g.mu.Unlock()
		return nil
	}
	if g.empty == nil {
		g.empty = make(chan struct{})
	}
	empty := g.empty
	g.mu.Unlock()
	select {
	case <-empty:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.opened != nil {
		close(g.opened)
		g.opened = nil
	}
}
