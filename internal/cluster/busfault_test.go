package cluster

import (
	"bytes"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
)

// A node that loses NATS for less than the lease loses nothing, and is told.
func TestBusGap(t *testing.T) {
	t.Parallel()
	team := newCrew(t)
	srv := newBusServer(t)
	w := newWire(t, srv)
	a, b := team.sign(w.url(), "a"), team.sign(srv.url(), "b")
	activate(t, a, b)
	inPlace(t, []*hand{a, b})
	before := b.Shards()
	team.pause(true)
	w.sever()
	eventually(t, "it is noticed", func() bool { return !a.bus.IsConnected() })
	w.mend()
	eventually(t, "a is told of the gap", func() bool { return look(a.keptHolder, func() int { return len(a.gaps) }) == 1 })
	if d := a.gaps[0]; d < 0 || d > a.keeper.length {
		t.Errorf("the gap was %s", d)
	}
	team.pause(false)
	team.pass(DefaultLease)
	inPlace(t, []*hand{a, b})
	unharmed(t, a, b)
	for shard, s := range b.Shards() {
		if s != before[shard] {
			t.Errorf("%+v, before %+v", s, before[shard])
		}
	}
}

// A node that loses the connection for messages alone keeps its lease over the
// other one, and takes nothing that it may not have heard for heard.
func TestMessagesAloneAreCutOff(t *testing.T) {
	t.Parallel()
	team := newCrew(t)
	srv := newBusServer(t)
	w := newWire(t, srv)
	a, b := team.sign(w.url(), "a"), team.sign(srv.url(), "b")
	activate(t, a, b)
	inPlace(t, []*hand{a, b})
	w.mu.Lock()
	_ = w.conns[0].Close() // the first that it made
	w.mu.Unlock()
	eventually(t, "a is told of the gap", func() bool { return look(a.keptHolder, func() int { return len(a.gaps) }) == 1 })
	if d := a.gaps[0]; d < silence(a.keeper.length) {
		t.Errorf("the gap was %s: what was lost before that was noticed is not in it", d)
	}
	team.pass(2 * DefaultLease)
	inPlace(t, []*hand{a, b})
	unharmed(t, a, b)
}

// A node that has no connection for messages does not renew its lease for ever.
func TestDeaf(t *testing.T) {
	clock := newHandClock()
	k := &keeper{clock: clock, length: DefaultLease}
	if k.deaf() {
		t.Error("it is deaf from the start")
	}
	k.busAway.store(clock.now())
	clock.advance(DefaultLease / 2)
	if k.deaf() {
		t.Error("it is deaf too soon")
	}
	clock.advance(1)
	if !k.deaf() {
		t.Error("it is not deaf after half a lease")
	}
}

// NATS comes back with what it had, or with nothing, before the leases end.
// Nobody notices.
func TestNATSRestarts(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"with its buckets", "with nothing"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			team := newCrew(t)
			srv := newBusServer(t)
			a, b := team.sign(srv.url(), "a"), team.sign(srv.url(), "b")
			vigil(t, a, b)
			activate(t, a, b)
			inPlace(t, []*hand{a, b})
			secret, err := a.Secret(t.Context(), "cookies")
			if err != nil {
				t.Fatal(err)
			}
			before := a.Shards()

			team.pause(true)
			srv.stop()
			if name == "with nothing" {
				srv.lose()
			}
			srv.start()
			eventually(t, "both have written themselves down again", func() bool {
				there := inBucket(t, srv, nodesBucket) == 2 && inBucket(t, srv, shardsBucket) == Shards
				if there || a.bus.IsConnected() && b.bus.IsConnected() {
					team.pause(false)
				}
				return there
			})
			team.pass(2 * DefaultLease)
			inPlace(t, []*hand{a, b})
			unharmed(t, a, b)
			for shard, s := range a.Shards() {
				if s.Owner != before[shard].Owner {
					t.Errorf("%+v, before %+v", s, before[shard])
				}
			}
			c := team.sign(srv.url(), "c")
			if again, err := c.Secret(t.Context(), "cookies"); err != nil || !bytes.Equal(again, secret) {
				t.Errorf("a new node signs with another secret, %v", err)
			}
			activate(t, c)
			inPlace(t, []*hand{a, b, c})
		})
	}
}

// NATS is away for longer than the leases: all fence themselves, and come back
// when it does, with or without what it had.
func TestNATSAway(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"with its buckets", "with nothing"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			team := newCrew(t)
			srv := newBusServer(t)
			var log logKeeper
			a := team.sign(srv.url(), "a", func(o *Options) { o.Log = log.logger(t) })
			b := team.sign(srv.url(), "b")
			vigil(t, a, b)
			activate(t, a, b)
			inPlace(t, []*hand{a, b})
			srv.stop()
			eventually(t, "both have closed their sessions", func() bool {
				return a.Stats().Fences == 1 && b.Stats().Fences == 1 && a.count()+b.count() == 0
			})
			if a.Serving() || a.Stats().Owned != 0 || a.Stats().LeaseLeft != 0 {
				t.Errorf("a goes on: %+v", a.Stats())
			}
			for shard := range Shards {
				if owner, ok := a.ShardOwner(shard); ok && owner.Self {
					t.Fatalf("a still owns shard %d", shard)
				}
			}
			if name == "with nothing" {
				srv.lose()
			}
			srv.start()
			inPlace(t, []*hand{a, b})
			for _, text := range []string{"lost the bus for longer than the lease", "joined the other nodes again"} {
				if n := strings.Count(log.String(), text); n != 1 {
					t.Errorf("%q is %d times in the log", text, n)
				}
			}
		})
	}
}

// A bucket that somebody deletes is made again by those who know what was in
// it, although their connection tells them nothing.
func TestBucketDeleted(t *testing.T) {
	t.Parallel()
	for _, name := range []string{nodesBucket, shardsBucket} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			team := newCrew(t)
			srv := newBusServer(t)
			a, b := team.sign(srv.url(), "a"), team.sign(srv.url(), "b")
			vigil(t, a, b)
			activate(t, a, b)
			inPlace(t, []*hand{a, b})
			js, err := jetstream.New(a.bus)
			if err != nil {
				t.Fatal(err)
			}
			if err := js.DeleteKeyValue(t.Context(), name); err != nil {
				t.Fatal(err)
			}
			want := map[string]int{nodesBucket: 2, shardsBucket: Shards}[name]
			eventually(t, "all is there again", func() bool { return inBucket(t, srv, name) == want })
			inPlace(t, []*hand{a, b})
			unharmed(t, a, b)
		})
	}
}

// A node whose record somebody removes takes that for what it looks like.
func TestRecordRemoved(t *testing.T) {
	t.Parallel()
	team := newCrew(t)
	srv := newBusServer(t)
	a, b := team.sign(srv.url(), "a"), team.sign(srv.url(), "b")
	vigil(t, a, b)
	activate(t, a, b)
	inPlace(t, []*hand{a, b})
	if err := b.keeper.buckets.Load().nodes().Delete(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a fences itself", func() bool { return look(a.keptHolder, func() int { return a.fences }) == 1 })
	inPlace(t, []*hand{a, b})
}

// The answer to a renewal can be lost although it got through. The node finds
// its own record and goes on from there.
func TestRenewalWithoutAnswer(t *testing.T) {
	t.Parallel()
	team := newCrew(t)
	srv := newBusServer(t)
	a := team.sign(srv.url(), "a")
	activate(t, a)
	inPlace(t, []*hand{a})
	before := a.Members()[0].Incarnation
	for range 3 {
		value := encode(a.record(before))
		if _, err := a.keeper.buckets.Load().nodes().Put(t.Context(), "a", value); err != nil {
			t.Fatal(err)
		}
		proved := &a.keeper.current.Load().proved
		before := proved.load()
		eventually(t, "the lease is renewed", func() bool { return proved.load() > before })
	}
	if after := a.Members()[0].Incarnation; after != before || !a.Serving() {
		t.Errorf("incarnation %s, before %s, serving %v", after, before, a.Serving())
	}
	unharmed(t, a)
}

// inBucket counts what is in a bucket, as the server sees it.
func inBucket(t testing.TB, b *busServer, bucket string) int {
	t.Helper()
	info, err := b.srv.Jsz(&server.JSzOptions{Streams: true, Accounts: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, account := range info.AccountDetails {
		for _, stream := range account.Streams {
			if stream.Name == "KV_"+bucket {
				return int(stream.State.Msgs)
			}
		}
	}
	return 0
}

// A connection over which nothing comes any more, without having been closed,
// is given up in time to keep the lease over another.
func TestNATSIsSilent(t *testing.T) {
	t.Parallel()
	team := newCrew(t)
	srv := newBusServer(t)
	w := newWire(t, srv)
	a, b := team.sign(w.url(), "a"), team.sign(srv.url(), "b")
	vigil(t, a, b)
	activate(t, a, b)
	inPlace(t, []*hand{a, b})
	w.mute()
	eventually(t, "a connects again", func() bool { return a.Stats().BusGaps > 0 })
	inPlace(t, []*hand{a, b})
	unharmed(t, a, b)
}
