package cluster

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// claimsAtOnce bounds how many shards a node is trying to take at a time.
const claimsAtOnce = 32

// claimAll takes the shards that this node should have and may take, from where
// it got the last time.
func (k *keeper) claimAll(now time.Duration) {
	k.thaw()
	for ; k.claimed < Shards; k.claimed++ {
		if k.claiming >= claimsAtOnce {
			return
		}
		s := &k.slots[k.claimed]
		if s.busy || s.unreadable || now < s.retry || k.moves[k.claimed] != nil {
			continue
		}
		if how, ok := k.claimable(k.claimed, s, now); ok {
			k.claim(k.claimed, s, how)
		}
	}
}

// thaw has the lease prolonged again, once all keys are back that NATS lost.
func (k *keeper) thaw() {
	if !k.tenure.frozen.Load() {
		return
	}
	for i := range k.slots {
		if s := &k.slots[i]; s.revision == 0 && k.mine(&s.key) {
			return
		}
	}
	k.tenure.frozen.Store(false)
	k.hurry()
}

// claimable reports whether this node is to take a shard, or to write down
// again that it has it.
func (k *keeper) claimable(shard int, s *slot, now time.Duration) (How, bool) {
	key, id := &s.key, k.node.id
	if k.mine(key) {
		return key.how, s.revision == 0
	}
	wanted := k.active() && k.target(shard) == id
	if key.owner == "" {
		// Released; or not there, which is trusted only when nobody has claimed
		// it for as long as an owner could have lived on.
		return HowFirst, wanted && (s.revision != 0 || now >= k.shardsFrom+k.grace())
	}
	// When NATS has lost the keys, an owner that is alive writes its own again,
	// or has none to write.
	forgotten := s.revision == 0
	if forgotten && now < k.shardsFrom+k.grace() {
		return "", false
	}
	if !k.gone(key) && !(forgotten && now >= k.shardsFrom+3*k.longest) {
		return "", false
	}
	switch p := k.peers[key.next]; {
	case key.next == id: // whoever has been moved is here already
		return HowLost, k.node.self.Has(RoleNotification)
	case p != nil && p.alive(now):
		return "", false // so it is there
	}
	return HowLost, wanted
}

// gone reports whether the owner that a key names is dead for certain: it has
// no record, and can write none in the name of that incarnation.
func (k *keeper) gone(key *shardKey) bool {
	if k.past[key.incarnation] {
		return true // it was this process, which knows that it has been fenced
	}
	if p := k.peers[key.owner]; p != nil && p.Incarnation == key.incarnation {
		return false
	}
	seen := key.era != k.nodesEra || k.nodesSeq >= key.record
	// Should NATS have lost the records, those alive have written theirs again
	// before their leases ended, and the watch has shown that.
	return seen && k.echoed >= k.nodesSince+k.grace()
}

// claim writes that a shard is this node's.
func (k *keeper) claim(shard int, s *slot, how How) {
	t := k.tenure
	at, _ := t.at()
	key := shardKey{owner: k.node.id, incarnation: t.id, era: k.nodesEra, record: at, how: how, since: time.Now()}
	if k.mine(&s.key) {
		key.since = s.key.since
	}
	revision, era := s.revision, k.shardsEra
	s.busy = true
	k.claiming++
	k.workers.Go(func() {
		next, err := k.write(t.ctx, shard, &key, revision)
		k.run(func() {
			k.claiming--
			s.busy = false
			if era != k.shardsEra {
				return // what it said is lost again
			}
			if err == nil {
				k.learn(shard, key, next)
				return
			}
			s.retry = k.clock.now() + k.length/20
			if t.ctx.Err() == nil && !errors.Is(err, jetstream.ErrKeyRevisionMismatch) && !errors.Is(err, jetstream.ErrKeyExists) {
				k.log.Debug("could not take a shard", "shard", shard, "err", err)
			}
		})
	})
}

// write is a compare-and-set of a shard's key.
func (k *keeper) write(ctx context.Context, shard int, key *shardKey, revision uint64) (uint64, error) {
	if !k.node.records.IsConnected() {
		return 0, ErrOffline
	}
	ctx, cancel := context.WithTimeout(ctx, natsPatience)
	defer cancel()
	return put(ctx, k.buckets.Load().shards(), strconv.Itoa(shard), encode(key), revision)
}
