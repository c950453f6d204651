package cluster

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

// While a shard is handed over, both nodes know where it is and where it goes.
func TestHandOverIsKnown(t *testing.T) {
	t.Parallel()
	team := newCrew(t)
	srv := newBusServer(t)
	a, b := team.sign(srv.url(), "a"), team.sign(srv.url(), "b")
	var looked atomic.Int64
	a.move = func(_ context.Context, shard int, to Member) error {
		want := Owner{Node: "a", Address: "a.example.test:1864", Next: "b", NextAddress: "b.example.test:1864"}
		if got, ok := b.ShardOwner(shard); !ok || got != want || to.Node != "b" {
			t.Errorf("b sees shard %d at %+v %v, it goes to %s", shard, got, ok, to.Node)
		}
		want.Self = true
		if got, ok := a.ShardOwner(shard); !ok || got != want {
			t.Errorf("a sees shard %d at %+v %v", shard, got, ok)
		}
		if s := a.Shards()[shard]; s.Owner != "a" || s.Next != "b" || s.Target != "b" {
			t.Errorf("a tells %+v", s)
		}
		if a.Drained() || a.Stats().Moving == 0 {
			t.Error("a says that it is moving nothing")
		}
		looked.Add(1)
		return nil
	}
	activate(t, a)
	inPlace(t, []*hand{a})
	activate(t, b)
	inPlace(t, []*hand{a, b})
	if int(looked.Load()) != b.count() {
		t.Errorf("%d hand-overs of %d", looked.Load(), b.count())
	}
}

// A hand-over that fails is taken back, and tried again.
func TestHandOverFails(t *testing.T) {
	t.Parallel()
	team := newCrew(t)
	srv := newBusServer(t)
	a, b := team.sign(srv.url(), "a"), team.sign(srv.url(), "b")
	vigil(t, a, b)
	var tries atomic.Int64
	a.move = func(context.Context, int, Member) error {
		if tries.Add(1) <= handOversAtOnce {
			return errors.New("the moves are not going well")
		}
		return nil
	}
	activate(t, a)
	inPlace(t, []*hand{a})
	activate(t, b)
	inPlace(t, []*hand{a, b})
	if got := look(a.keptHolder, func() int { return len(a.kept) }); got != handOversAtOnce || a.Stats().Kept != handOversAtOnce {
		t.Errorf("%d shards were kept", got)
	}
	// What b was going to own it had to let go again.
	if got := look(b.keptHolder, func() int { return len(b.lost) }); got != handOversAtOnce {
		t.Errorf("b lost %d", got)
	}
}

// The node that is to take shards dies meanwhile: they stay where they are.
func TestReceiverDies(t *testing.T) {
	t.Parallel()
	team := newCrew(t)
	srv := newBusServer(t)
	w := newWire(t, srv)
	a, b := team.sign(srv.url(), "a"), team.sign(w.url(), "b")
	vigil(t, a, b)
	var begun atomic.Int64
	a.move = func(ctx context.Context, _ int, _ Member) error {
		begun.Add(1)
		<-ctx.Done()
		return ctx.Err()
	}
	activate(t, a)
	inPlace(t, []*hand{a})
	activate(t, b)
	eventually(t, "hand-overs begin", func() bool { return begun.Load() == handOversAtOnce })
	w.sever()
	inPlace(t, []*hand{a})
	if got := look(a.keptHolder, func() int { return len(a.kept) }); got != handOversAtOnce {
		t.Errorf("%d shards were kept", got)
	}
	if b.Stats().Took != 0 {
		t.Error("b took shards")
	}
	unharmed(t, a)
}

// The node that hands shards over dies meanwhile: who was to have them takes
// them, and not the node that should have them by now.
func TestOwnerDiesHandingOver(t *testing.T) {
	t.Parallel()
	team := newCrew(t)
	srv := newBusServer(t)
	w := newWire(t, srv)
	a, b := team.sign(w.url(), "a"), team.sign(srv.url(), "b")
	vigil(t, a, b)
	begun := make(chan int, Shards)
	a.move = func(ctx context.Context, shard int, _ Member) error {
		begun <- shard
		<-ctx.Done()
		return ctx.Err()
	}
	activate(t, a)
	inPlace(t, []*hand{a})
	activate(t, b)
	var shards []int
	for range handOversAtOnce {
		shards = append(shards, receive(t, begun))
	}
	if err := b.Drain(0); err != nil { // it takes nothing new, but those
		t.Fatal(err)
	}
	w.sever()
	for _, shard := range shards {
		eventually(t, "b has what was on the way to it", func() bool {
			return look(b.keptHolder, func() How { return b.has[shard] }) == HowLost
		})
	}
	if n := b.count(); n != handOversAtOnce {
		t.Errorf("b has %d", n)
	}
}

// Somebody who asks for the owner of a shard waits until there is one.
// Who waits for an owner that was only not heard of goes on when it is again.
func TestAwaitOwnerThatIsBack(t *testing.T) {
	t.Parallel()
	team := newCrew(t)
	srv := newBusServer(t)
	w := newWire(t, srv)
	a := team.sign(srv.url(), "a")
	front := start(t, Options{Node: "front", NATSURL: w.url(), clock: team.clock, Roles: []Role{RoleDispatch}})
	activate(t, a)
	if owner, ok := front.AwaitOwner(t.Context(), "ana@example.test"); !ok || owner.Node != "a" {
		t.Errorf("the owner is %+v", owner)
	}
	w.sever()
	eventually(t, "a is not heard of", func() bool {
		_, ok := front.Owner("ana@example.test")
		return !ok
	})
	found := make(chan Owner, 1)
	go func() {
		owner, _ := front.AwaitOwner(t.Context(), "ana@example.test")
		found <- owner
	}()
	w.mend()
	if owner := receive(t, found); owner.Node != "a" {
		t.Errorf("the owner is %+v", owner)
	}
}

func TestAwaitOwner(t *testing.T) {
	t.Parallel()
	team := newCrew(t)
	srv := newBusServer(t)
	a := team.sign(srv.url(), "a")
	front := start(t, Options{Node: "front", NATSURL: srv.url(), clock: team.clock, Roles: []Role{RoleDispatch}})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if owner, ok := front.AwaitOwner(ctx, "ana@example.test"); ok {
		t.Errorf("the owner is %+v", owner)
	}
	found := make(chan Owner, 1)
	go func() {
		owner, _ := front.AwaitOwner(t.Context(), "ana@example.test")
		found <- owner
	}()
	activate(t, a)
	if owner := receive(t, found); owner.Node != "a" {
		t.Errorf("the owner is %+v", owner)
	}
	other := start(t, Options{Node: "other", NATSURL: srv.url(), Roles: []Role{RoleDispatch}, Ownership: ownNothing{}})
	if owner, ok := other.AwaitOwner(t.Context(), "ana@example.test"); ok {
		t.Errorf("the owner is %+v", owner)
	}
}
