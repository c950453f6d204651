package cluster

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// firstViewWithin bounds the wait for NATS servers that are just starting, and
// have yet to agree which of them leads; streamsWithin that for servers on which
// nothing answers for JetStream, as there does not at first.
const (
	firstViewWithin = 30 * time.Second
	streamsWithin   = 5 * time.Second
)

// firstView waits until the watch shows what there is.
func (k *keeper) firstView(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, firstViewWithin)
	defer cancel()
	begin := time.Now()
	for {
		changed := k.changed.next()
		var live bool
		var why error
		if !k.call(func() { live, why = k.live, k.blindness }) {
			return ErrClosed
		}
		if live {
			return nil
		}
		without := errors.Is(why, nats.ErrNoResponders) || errors.Is(why, jetstream.ErrJetStreamNotEnabledForAccount)
		if without && time.Since(begin) > streamsWithin {
			return errors.New("the NATS servers run without JetStream, in which the nodes meet: start them with it")
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("see the other nodes in NATS: %w", errors.Join(why, ctx.Err()))
		}
	}
}

// blind: the watch does not show what there is, until it has looked again.
func (k *keeper) blind(why error) {
	k.live, k.blindness = false, why
	k.moved = true
}

// cutOff: the connection for messages is gone. Until it was noticed, the lease may
// have been renewed over the other.
func (k *keeper) cutOff() {
	k.blind(ErrOffline)
	if k.gap == 0 && k.tenure != nil {
		well := k.clock.now() - silence(k.length)
		k.gap = max(min(well, k.tenure.proved.load()), 1)
	}
}

// see takes note of all that is in the buckets.
func (k *keeper) see(nodes, shards view) {
	now := k.clock.now()
	first := k.nodesEra == 0
	if nodes.era != k.nodesEra || nodes.last < k.nodesSeq {
		k.forgetNodes(nodes.era, now)
	}
	if shards.era != k.shardsEra || shards.last < k.shardsSeq {
		k.forgetShards(shards.era, now)
	}
	for id, p := range k.peers {
		back := p.faint(now)
		p.lease.extend(now + p.length) // they may have been renewed unseen
		p.late = false
		if back {
			k.showAll(id)
		}
	}
	// A server that is behind the others may show less than was seen already:
	// what is missing there may be newer than what it shows.
	seen, shown, there := k.nodesSeq, uint64(0), make(map[string]bool)
	for _, e := range nodes.entries {
		there[e.key] = !e.deleted
		shown = max(shown, e.revision)
		known := k.peers[e.key] != nil || e.key == k.node.id
		if known || first || e.revision > seen { // else it was seen going
			k.hearNode(e, now, !first)
		}
	}
	for id, p := range k.peers {
		if !there[id] && p.revision != 0 && p.revision <= shown {
			k.part(p, now)
		}
	}
	if t := k.tenure; t != nil && !there[k.node.id] {
		if at, _ := t.at(); at != 0 && at <= shown {
			k.fence("its record was removed")
		}
	}
	for _, e := range shards.entries {
		k.hearShard(e)
	}
	k.live, k.blindness, k.moved, k.again = true, nil, true, true
	k.reportGap(now)
}

// reportGap tells the holder that messages may be missing.
func (k *keeper) reportGap(now time.Duration) {
	since := k.gap
	k.gap = 0
	if since == 0 || k.tenure == nil {
		return
	}
	k.counts.busGaps.Add(1)
	k.tell(func(h Holder) { h.BusGap(now - since) })
}

// hear takes note of a change.
func (k *keeper) hear(e news) {
	if e.bucket == nodesBucket {
		k.hearNode(e, k.clock.now(), true)
		return
	}
	k.hearShard(e)
}

func (k *keeper) hearNode(e news, now time.Duration, aloud bool) {
	k.nodesSeq = max(k.nodesSeq, e.revision)
	k.moved = true
	var r nodeRecord
	if !e.deleted {
		if err := decode(e.value, &r); err != nil {
			k.log.Warn("the record of a node cannot be read", "node", e.key, "err", err)
			return
		}
	}
	if e.key == k.node.id {
		k.hearOwn(r, e, now)
		return
	}
	p := k.peers[e.key]
	switch {
	case p != nil && e.revision <= p.revision:
	case !e.deleted:
		k.meet(e.key, &r, e.revision, now, aloud)
	case p != nil:
		k.part(p, now)
	}
}

func (k *keeper) hearShard(e news) {
	k.shardsSeq = max(k.shardsSeq, e.revision)
	shard, err := strconv.Atoi(e.key)
	if err != nil || shard < 0 || shard >= Shards {
		return // not ours
	}
	var key shardKey
	if !e.deleted {
		if err := decode(e.value, &key); err != nil {
			k.log.Warn("the key of a shard cannot be read", "shard", shard, "err", err)
			k.slots[shard].unreadable = true
			return
		}
	}
	k.slots[shard].unreadable = false
	k.learn(shard, key, e.revision)
}

// forgetNodes: nodesBucket is another than it was. Its revisions mean nothing
// any more, and who was alive counts as seen now, until its record is back.
func (k *keeper) forgetNodes(era uint64, now time.Duration) {
	if k.nodesEra != 0 {
		k.log.Warn("NATS has lost the records of the nodes")
	}
	k.nodesEra, k.nodesSeq, k.nodesSince, k.echoes = era, 0, now, nil
	k.own = ownRecord{}
	for _, p := range k.peers {
		p.revision = 0
	}
	if k.tenure != nil {
		k.tenure.lose()
		k.hurry()
	}
	k.restoreSecrets()
}

// forgetShards: shardsBucket is another than it was. This node writes the keys
// of its shards again, and until it has, does not prolong its lease: others may
// take what is not in the bucket when they have seen that for a lease.
func (k *keeper) forgetShards(era uint64, now time.Duration) {
	if k.shardsEra != 0 {
		k.log.Warn("NATS has lost the owners of the shards")
	}
	k.shardsEra, k.shardsSeq, k.shardsFrom = era, 0, now
	for i := range k.slots {
		k.slots[i].revision = 0
	}
	if k.tenure != nil {
		k.tenure.frozen.Store(true)
	}
	for _, m := range k.moves {
		m.end()
	}
}
