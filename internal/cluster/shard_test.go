package cluster

import (
	"fmt"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/msnp"
)

// These must never change, or accounts would be looked for on the wrong node.
func TestShardsAreForEver(t *testing.T) {
	for handle, want := range map[string]int{
		"":                  409,
		"ana@example.test":  496,
		"bob@example.test":  200,
		"cleo@example.test": 746,
	} {
		if got := ShardOf(handle); got != want {
			t.Errorf("%s is in shard %d, want %d", handle, got, want)
		}
	}
}

func TestShardIgnoresCase(t *testing.T) {
	long := strings.Repeat("A", msnp.MaxHandle) + "@example.test"
	for _, handle := range []string{"Ana@Example.TEST", "ANA@EXAMPLE.TEST", long} {
		if got, want := ShardOf(handle), ShardOf(strings.ToLower(handle)); got != want {
			t.Errorf("%s is in shard %d, in lower case in %d", handle, got, want)
		}
	}
}

func TestShardsAreEven(t *testing.T) {
	const each = 100
	var count [Shards]int
	for i := range each * Shards {
		count[ShardOf(fmt.Sprintf("user%d@example.test", i))]++
	}
	for shard, n := range count {
		if n < each/2 || n > each*2 {
			t.Errorf("shard %d has %d accounts, want about %d", shard, n, each)
		}
	}
}

// ownership gives every second shard to another node, and the shard 1 to none.
type ownership struct{ address string }

func (o ownership) Owner(shard int) (Owner, bool) {
	switch {
	case shard == 1:
		return Owner{}, false
	case shard%2 == 0:
		return Owner{Node: "one"}, true
	}
	return Owner{Node: "two", Address: o.address, Self: true}, true // Self is not for it to say
}

func TestOwner(t *testing.T) {
	n := start(t, Options{Node: "one", Ownership: ownership{"10.0.0.9:1864"}})
	for shard, want := range map[int]Owner{
		0: {Node: "one", Self: true},
		3: {Node: "two", Address: "10.0.0.9:1864"},
		1: {},
	} {
		got, ok := n.ShardOwner(shard)
		if got != want || ok != (want.Node != "") {
			t.Errorf("shard %d: %+v, %v", shard, got, ok)
		}
	}
	for i := range 100 {
		handle := fmt.Sprintf("user%d@example.test", i)
		got, ok := n.Owner(strings.ToUpper(handle))
		want, found := n.ShardOwner(ShardOf(handle))
		if got != want || ok != found {
			t.Errorf("%s: %+v, %v", handle, got, ok)
		}
	}
}

func TestOwnerWithoutAddress(t *testing.T) {
	n := start(t, Options{Node: "one", Ownership: ownership{}})
	if got, ok := n.ShardOwner(3); ok {
		t.Errorf("%+v cannot be reached by a client", got)
	}
}

func TestOwnerAlone(t *testing.T) {
	address := map[Role]string{RoleNotification: "ns.example.test:1864"}
	n := start(t, Options{Node: "one", Advertise: address})
	if got, ok := n.Owner("ana@example.test"); !ok || got != (Owner{Node: "one", Self: true, Address: "ns.example.test:1864"}) {
		t.Errorf("the owner is %+v, %v", got, ok)
	}
	n = start(t, Options{Node: "one", Roles: []Role{RoleDispatch}})
	if got, ok := n.Owner("ana@example.test"); ok {
		t.Errorf("%+v has no notification server", got)
	}
	n = start(t, Options{Node: "one", Roles: []Role{RoleDispatch}, Advertise: address})
	if got, ok := n.Owner("ana@example.test"); !ok || got.Self || got.Address != "ns.example.test:1864" {
		t.Errorf("the notification server that it was told of: %+v, %v", got, ok)
	}
}

func TestOwnerDoesNotAllocate(t *testing.T) {
	n := start(t, Options{Node: "one", Ownership: ownership{"10.0.0.9:1864"}})
	for _, handle := range []string{"ana@example.test", "Ana@Example.Test", "cleo@example.test"} {
		if a := testing.AllocsPerRun(1000, func() { n.Owner(handle) }); a != 0 {
			t.Errorf("%s: %v allocations", handle, a)
		}
	}
}

func BenchmarkOwner(b *testing.B) {
	n := start(b, Options{Node: "one"})
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := n.Owner("ana@example.test"); !ok {
			b.Fatal("no owner")
		}
	}
}
