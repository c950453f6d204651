package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"
)

// leaveWithin bounds what a node that is closed without having left does to
// save the others the wait for its lease to end.
const leaveWithin = time.Second

// leave ends the tenure without a fence, releases the shards and removes this
// node's record.
func (k *keeper) leave(ctx context.Context) error {
	if err := k.stopMoves(ctx); err != nil {
		return err
	}
	var t *tenure
	released := make(map[int]slot)
	k.call(func() {
		if t = k.tenure; t == nil {
			return
		}
		for shard, s := range k.slots {
			if k.mine(&s.key) {
				released[shard] = s
			}
		}
		t.lease.finish()
		t.end()
		k.tenure, k.moved = nil, true
		k.counts.owned.Store(0)
		k.showAll(k.node.id)
	})
	if t == nil {
		return nil // it has no lease: there is nothing to release
	}
	var all errgroup.Group
	all.SetLimit(claimsAtOnce)
	for shard, s := range released {
		all.Go(func() error {
			// Should it not come about, the others take the shard as a dead node's.
			_, _ = k.write(ctx, shard, &shardKey{since: time.Now()}, s.revision)
			return nil
		})
	}
	_ = all.Wait()
	return k.removeOwn(ctx, t)
}

// stopMoves begins nothing new, and waits for the end of what is under way.
func (k *keeper) stopMoves(ctx context.Context) error {
	for {
		changed := k.changed.next()
		busy := false
		k.call(func() {
			if !k.leaving {
				k.leaving = true
				close(k.left)
			}
			for _, m := range k.moves {
				m.end()
			}
			busy = len(k.moves) > 0 || k.claiming > 0
			k.moved = k.moved || !busy
		})
		if !busy {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// removeOwn removes this node's record. A renewal that was under way may have
// changed it just now.
func (k *keeper) removeOwn(ctx context.Context, t *tenure) error {
	if !k.node.records.IsConnected() {
		return ErrOffline
	}
	bucket := k.buckets.Load().nodes()
	for try := 0; ; try++ {
		at, losses := t.at()
		if at == 0 {
			return nil
		}
		err := bucket.Delete(ctx, k.node.id, jetstream.LastRevision(at))
		if err == nil {
			return nil
		}
		if try == 2 || !errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
			return fmt.Errorf("remove the record of this node: %w", err)
		}
		if at, err = k.readBack(ctx, bucket, t); err != nil {
			return err
		}
		t.moveTo(at, losses)
	}
}

// leaveIdle is leave for a node that owns nothing, and was not told to leave
// before it is closed.
func (k *keeper) leaveIdle() {
	if k.buckets.Load() == nil || k.current.Load() == nil || k.counts.owned.Load() > 0 || !k.node.records.IsConnected() {
		return
	}
	ctx, cancel := context.WithTimeout(k.node.life, leaveWithin)
	defer cancel()
	if err := k.leave(ctx); err != nil {
		k.log.DebugContext(ctx, "could not leave", "err", err)
	}
}
