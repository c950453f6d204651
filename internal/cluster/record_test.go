package cluster

import (
	"context"
	"log/slog"
	"testing"
	"time"
)

var ownershipExamples = []example{
	{
		"node",
		&nodeRecord{
			incarnation: "3f9a0c5512d7e86b", state: StateDraining, roles: []Role{RoleNotification, RoleSwitchboard},
			addresses: []roleAddress{{RoleSwitchboard, "sb.example.test:1865"}}, load: 420, software: "1.2.3",
			started: time.UnixMilli(1049900321123).UTC(), lease: DefaultLease, database: "0f1e2d3c4b5a6978",
		},
		func() message { return new(nodeRecord) },
		"0a10336639613063353531326437653836621208647261696e696e671a186e6f74696669636174696f6e2c737769746368626f61726422230a0b737769746368626f617264121473622e6578616d706c652e746573743a3138363528a4033205312e322e3338c6a5fcae8e3d40904e4a1030663165326433633462356136393738",
	},
	{
		"shard", &shardNews{1023, 40211873, 1049900321123000001, exampleKey}, func() message { return new(shardNews) },
		"08ff0710a1ab961318c1bdebd0f8d8ffc80e223a0a046e732d3112103366396130633535313264376538366218c2bdebd0f8d8ffc80e20a2ab96132a046e732d3232046c6f737438c6a5fcae8e3d",
	},
	{"shard key", &exampleKey, func() message { return new(shardKey) }, "0a046e732d3112103366396130633535313264376538366218c2bdebd0f8d8ffc80e20a2ab96132a046e732d3232046c6f737438c6a5fcae8e3d"},
}

var exampleKey = shardKey{
	owner: "ns-1", incarnation: "3f9a0c5512d7e86b", era: 1049900321123000002, record: 40211874, next: "ns-2",
	how: HowLost, since: time.UnixMilli(1049900321123).UTC(),
}

// blindKeeper is a keeper without NATS, that is told what to see.
func blindKeeper(t *testing.T) (*keeper, *handClock) {
	clock := newHandClock()
	n := &Node{id: "me", log: slog.New(slog.DiscardHandler), self: Member{Node: "me", Roles: []Role{RoleNotification}}}
	n.life, n.end = context.WithCancel(context.Background())
	joining := StateJoining
	n.state.Store(&joining)
	k := newKeeper(n, Options{Lease: DefaultLease, Log: n.log, clock: clock})
	t.Cleanup(func() {
		n.end()
		k.wait()
	})
	return k, clock
}

func nodeNews(id, incarnation string, revision uint64) news {
	r := nodeRecord{incarnation: incarnation, state: StateActive, roles: []Role{RoleNotification}}
	return news{bucket: nodesBucket, key: id, value: encode(&r), revision: revision}
}

func removed(id string, revision uint64) news {
	return news{bucket: nodesBucket, key: id, revision: revision, deleted: true}
}

// An owner is dead when its record cannot but be gone: not when it has not come
// yet, nor when a server that is behind the others does not show it.
func TestGone(t *testing.T) {
	k, clock := blindKeeper(t)
	key := shardKey{owner: "a", incarnation: "a1", era: 7, record: 95}
	gone := func(what string, want bool) {
		t.Helper()
		var got bool
		k.call(func() { got = k.gone(&key) })
		if got != want {
			t.Errorf("%s: gone %v", what, got)
		}
	}
	see := func(v view) { k.call(func() { k.see(v, view{era: 1}) }) }
	hear := func(n news) { k.call(func() { k.hear(n) }) }
	echo := func() {
		k.call(func() { k.echoed = k.clock.now() })
	}

	see(view{era: 7, last: 90, entries: []news{nodeNews("b", "b1", 90)}})
	gone("at the first look", false)
	clock.advance(DefaultLease * 2)
	gone("a while later, without a sign that the watch works", false)
	echo()
	gone("before its record can have been seen", false)
	hear(nodeNews("b", "b1", 94))
	gone("just before", false)
	hear(nodeNews("a", "a1", 95))
	gone("when its record is there", false)
	hear(nodeNews("b", "b1", 100))
	see(view{era: 7, last: 101, entries: []news{nodeNews("b", "b1", 90)}})
	gone("when a server that is behind does not show it", false)
	hear(removed("b", 93)) // what that server still has to tell
	hear(nodeNews("a", "a1", 101))
	see(view{era: 7, last: 105, entries: []news{nodeNews("b", "b1", 105)}})
	gone("when it is not there any more", true)
	hear(nodeNews("a", "a2", 106))
	gone("when another incarnation is", true)
	key.incarnation, key.record = "a2", 106
	gone("which is alive", false)
	hear(removed("a", 107))
	gone("until it is removed", true)

	key.incarnation, key.record = "a3", 500
	see(view{era: 8, last: 3, entries: []news{nodeNews("b", "b1", 3)}})
	gone("when the bucket was lost", false)
	clock.advance(DefaultLease * 2)
	echo()
	gone("when it would have been back by now", true)
	key.incarnation = "me0"
	k.call(func() { k.past["me0"] = true })
	see(view{era: 9, last: 3})
	gone("when it was this process", true)
}

// A lease is counted as long as the node says that it holds.
func TestLongerLease(t *testing.T) {
	k, clock := blindKeeper(t)
	r := nodeRecord{incarnation: "a1", state: StateActive, lease: 3 * DefaultLease}
	k.call(func() {
		k.see(view{era: 7, last: 1, entries: []news{{bucket: nodesBucket, key: "a", value: encode(&r), revision: 1}}}, view{era: 1})
	})
	clock.advance(3*DefaultLease - 1)
	var alive bool
	k.call(func() { alive = k.peers["a"].alive(k.clock.now()) })
	if !alive || k.grace() < 3*DefaultLease {
		t.Errorf("alive %v, grace %s", alive, k.grace())
	}
}

func TestOwnerAmongOthersDoesNotAllocate(t *testing.T) {
	team := newCrew(t)
	srv := newBusServer(t)
	a, b := team.sign(srv.url(), "a"), team.sign(srv.url(), "b")
	activate(t, a, b)
	inPlace(t, []*hand{a, b})
	for _, handle := range []string{"ana@example.test", "Ana@Example.Test", "cleo@example.test", "dora@example.test"} {
		if n := testing.AllocsPerRun(1000, func() { a.Owner(handle) }); n != 0 {
			t.Errorf("%s: %v allocations", handle, n)
		}
		if n := testing.AllocsPerRun(1000, func() { a.Serving() }); n != 0 {
			t.Errorf("serving: %v allocations", n)
		}
	}
}
