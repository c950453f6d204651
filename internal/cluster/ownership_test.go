package cluster

import (
	"maps"
	"slices"
	"testing"
)

// Three nodes that start share the shards, and a node without a notification
// server sees where each is.
func TestFirstStart(t *testing.T) {
	t.Parallel()
	team := newCrew(t)
	srv := newBlankServer(t)
	srv.start()
	bus := srv.url()
	front := start(t, Options{Node: "front", NATSURL: bus, clock: team.clock, Roles: []Role{RoleDispatch}})
	hands := []*hand{team.sign(bus, "a"), team.sign(bus, "b"), team.sign(bus, "c")}
	vigil(t, hands...)
	for _, h := range hands {
		if n := h.Stats().Owned; n != 0 || !h.Drained() {
			t.Errorf("%s owns %d shards before it is active", h.ID(), n)
		}
	}
	activate(t, hands...)
	if err := front.Activate(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	inPlace(t, hands, front)
	for _, h := range hands {
		look(h.keptHolder, func() any {
			for shard, how := range h.has {
				if how != HowFirst {
					t.Errorf("shard %d was taken as %s", shard, how)
				}
			}
			return nil
		})
	}
	for _, s := range front.Shards() {
		if s.Owner != s.Target || s.How != HowFirst || s.Since.IsZero() || s.Next != "" {
			t.Errorf("the front sees %+v", s)
		}
	}
	ids := func(members []Member) (ids []string) {
		for _, m := range members {
			if m.Self != (m.Node == "front") || m.State != StateActive || m.Incarnation == "" {
				t.Errorf("member %+v", m)
			}
			ids = append(ids, m.Node)
		}
		return ids
	}
	if got := ids(front.Members()); !slices.Equal(got, []string{"a", "b", "c", "front"}) {
		t.Errorf("members %v", got)
	}
	if got := front.Switchboards(); len(got) != 0 {
		t.Errorf("switchboards %v", got)
	}
}

// A node that comes takes its own shards and no others move; those that move
// are handed over.
func TestJoin(t *testing.T) {
	t.Parallel()
	team := newCrew(t)
	bus := newBusServer(t).url()
	a, b := team.sign(bus, "a"), team.sign(bus, "b")
	activate(t, a, b)
	inPlace(t, []*hand{a, b})
	before := a.Shards()

	c := team.sign(bus, "c")
	vigil(t, a, b, c)
	activate(t, c)
	inPlace(t, []*hand{a, b, c})
	targets := Targets([]string{"a", "b", "c"})
	moved := 0
	for shard, s := range a.Shards() {
		switch {
		case targets[shard] == 2:
			moved++
			if s.How != HowHanded {
				t.Errorf("shard %d came as %s", shard, s.How)
			}
		case s != before[shard]:
			t.Errorf("shard %d moved: %+v, before %+v", shard, s, before[shard])
		}
	}
	for _, h := range []*hand{a, b} {
		if n := h.Stats().Handed; n == 0 || n != uint64(len(h.handed)) || len(h.lost)+len(h.kept)+len(h.dead) != 0 {
			t.Errorf("%s: handed %d %v, lost %v, kept %v, dead %v", h.ID(), n, h.handed, h.lost, h.kept, h.dead)
		}
	}
	if n := c.Stats().Took; int(n) != moved || moved == 0 {
		t.Errorf("c took %d shards of %d", n, moved)
	}
}

func TestDrain(t *testing.T) {
	t.Parallel()
	team := newCrew(t)
	bus := newBusServer(t).url()
	a, b, c := team.sign(bus, "a"), team.sign(bus, "b"), team.sign(bus, "c")
	vigil(t, a, b, c)
	activate(t, a, b, c)
	inPlace(t, []*hand{a, b, c})
	before := a.Stats()

	if err := a.Drain(20); err != nil {
		t.Fatal(err)
	}
	if got := a.DrainRate().PerSecond(); got != 20 {
		t.Errorf("the pace is %v", got)
	}
	inPlace(t, []*hand{b, c})
	eventually(t, "a is drained", a.Drained)
	if n := a.Stats().Handed - before.Handed; int(n) != before.Owned {
		t.Errorf("handed %d of %d", n, before.Owned)
	}
	eventually(t, "b knows", func() bool { return b.Members()[0].Draining() })

	if err := a.Undrain(); err != nil {
		t.Fatal(err)
	}
	inPlace(t, []*hand{a, b, c})
	if got := a.DrainRate().PerSecond(); got != DefaultMoveRate {
		t.Errorf("the pace is %v", got)
	}
	for _, h := range []*hand{a, b, c} {
		look(h.keptHolder, func() any {
			if len(h.lost)+len(h.kept)+len(h.dead)+h.fences > 0 {
				t.Errorf("%s: lost %v, kept %v, dead %v, %d fences", h.ID(), h.lost, h.kept, h.dead, h.fences)
			}
			return nil
		})
	}
}

// The shards of a node that leaves are free at once, and so is its id.
func TestLeave(t *testing.T) {
	t.Parallel()
	team := newCrew(t)
	bus := newBusServer(t).url()
	a, b := team.sign(bus, "a"), team.sign(bus, "b")
	vigil(t, a, b)
	activate(t, a, b)
	inPlace(t, []*hand{a, b})
	for range 2 {
		if err := a.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if a.Serving() || !a.Drained() {
		t.Error("it goes on")
	}
	if err := a.Node.Close(); err != nil {
		t.Fatal(err)
	}
	inPlace(t, []*hand{b})
	if n := b.Stats(); n.TookLost != 0 || len(b.dead) != 0 {
		t.Errorf("%d shards were lost, told of %v", n.TookLost, b.dead)
	}
	a = team.sign(bus, "a")
	activate(t, a)
	inPlace(t, []*hand{a, b})
}

// The shards of a node that died are taken once its lease is over, and all are
// told.
func TestKill(t *testing.T) {
	t.Parallel()
	team := newCrew(t)
	srv := newBusServer(t)
	w := newWire(t, srv)
	a, b, c := team.sign(w.url(), "a"), team.sign(srv.url(), "b"), team.sign(srv.url(), "c")
	vigil(t, a, b, c)
	activate(t, a, b, c)
	inPlace(t, []*hand{a, b, c})
	had := look(a.keptHolder, func() []int { return slices.Sorted(maps.Keys(a.has)) })

	w.sever()
	inPlace(t, []*hand{b, c})
	for _, h := range []*hand{b, c} {
		if got := look(h.keptHolder, func() []int { return slices.Sorted(slices.Values(h.dead)) }); !slices.Equal(got, had) {
			t.Errorf("%s was told that %v are lost instead of %v", h.ID(), got, had)
		}
	}
	if n := b.Stats().TookLost + c.Stats().TookLost; int(n) != len(had) {
		t.Errorf("%d of %d shards were taken as lost", n, len(had))
	}
	eventually(t, "a has closed its sessions", func() bool { return a.count() == 0 })
	if got := look(a.keptHolder, func() int { return a.fences }); got != 1 || a.Serving() {
		t.Errorf("%d fences, serving %v", got, a.Serving())
	}

	was := a.Members()[0].Incarnation
	w.mend()
	inPlace(t, []*hand{a, b, c})
	if a.Members()[0].Incarnation == was {
		t.Error("it is the same incarnation")
	}
}
