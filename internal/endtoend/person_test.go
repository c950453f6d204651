package endtoend

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

const password = "butterfly"

// person is somebody with a client, and what that client was told and nobody has
// waited for yet.
type person struct {
	*client.Client
	t      *testing.T
	handle string

	mu     sync.Mutex
	events []client.Event
	grown  chan struct{} // closed when there is one more
}

// comes makes a person sign in by way of the dispatch server.
func (s *service) comes(t *testing.T, handle string, v msnp.Version, change func(*client.Options)) *person {
	t.Helper()
	p := &person{t: t, handle: handle, grown: make(chan struct{})}
	o := client.Options{
		Dispatch: s.addresses["dispatch"], Handle: handle, Password: password, Version: v,
		Status:  msnp.StatusOnline,
		HTTP:    s.web,
		OnEvent: func(_ *client.Client, e client.Event) { p.note(e) },
	}
	o.Passport.Nexus = "https://" + s.addresses["https"] + "/rdr/pprdr.asp"
	if v >= msnp.MSNP12 {
		o.Passport.RST = "https://" + s.addresses["https"] + "/RST.srf"
	}
	if change != nil {
		change(&o)
	}
	ctx, cancel := within(t)
	defer cancel()
	var err error
	if p.Client, err = client.SignIn(ctx, o); err != nil {
		t.Fatalf("%s with %s: %v", handle, v, err)
	}
	t.Cleanup(p.leaves)
	if p.Version() != v {
		t.Fatalf("%s speaks %s, not %s", handle, p.Version(), v)
	}
	return p
}

func (p *person) leaves() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_ = p.SignOut(ctx)
	<-p.Done()
}

func within(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(t.Context(), patience)
}

func (p *person) note(e client.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events = append(p.events, e)
	close(p.grown)
	p.grown = make(chan struct{})
}

// wait takes out the first event of a kind that fits, which may have come already.
func wait[E client.Event](p *person, what string, fits func(E) bool) E {
	p.t.Helper()
	deadline := time.After(patience)
	for {
		e, grown := take(p, fits)
		if grown == nil {
			return e
		}
		select {
		case <-grown:
		case <-p.Done():
			p.t.Fatalf("%s waits for %s and is signed out: %v", p.handle, what, p.Err())
		case <-deadline:
			p.t.Fatalf("%s waits for %s in vain", p.handle, what)
		}
	}
}

func take[E client.Event](p *person, fits func(E) bool) (E, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, e := range p.events {
		if e, ok := e.(E); ok && fits(e) {
			p.events = append(p.events[:i:i], p.events[i+1:]...)
			return e, nil
		}
	}
	var none E
	return none, p.grown
}

// befriend puts each on the other's lists, as two people do who want to talk.
func befriend(t *testing.T, a, b *person) {
	t.Helper()
	ctx, cancel := within(t)
	defer cancel()
	for _, pair := range [][2]*person{{a, b}, {b, a}} {
		me, other := pair[0], pair[1]
		for _, list := range []msnp.List{msnp.ForwardList, msnp.AllowList} {
			if err := me.Add(ctx, list, other.handle, other.handle, msnp.NoGroup); err != nil {
				t.Fatalf("%s puts %s on %s: %v", me.handle, other.handle, list, err)
			}
		}
		wait(other, "the reverse list", func(e client.ListChanged) bool {
			return e.List == msnp.ReverseList && e.Handle == me.handle && !e.Removed
		})
		wait(me, "the other's status", func(e client.Presence) bool {
			return e.Handle == other.handle && e.Status == msnp.StatusOnline
		})
	}
}

// asks lets a call take as long as everything here may.
func asks(t *testing.T, what string, call func(context.Context) error) {
	t.Helper()
	ctx, cancel := within(t)
	defer cancel()
	if err := call(ctx); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}
