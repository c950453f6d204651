package cluster

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// staleAfter is how long the mark of a removed record stays in its bucket.
const staleAfter = time.Hour

// tendBuckets does, on the node with the lowest id, what need be done for the
// buckets only now and then: those made when too few NATS servers were there
// are put on as many as they should be on, and the marks of nodes that are long
// gone are removed.
func (k *keeper) tendBuckets(now time.Duration) {
	if now < k.tend {
		return
	}
	first := k.tend == 0
	k.tend = now + 3*k.length
	if first {
		return
	}
	for _, p := range k.peers {
		if p.Node < k.node.id && p.alive(now) {
			return
		}
	}
	t := k.tenure
	k.workers.Go(func() {
		ctx, cancel := context.WithTimeout(t.ctx, k.length)
		defer cancel()
		for _, name := range []string{nodesBucket, shardsBucket, secretBucket} {
			raised, err := k.node.raise(ctx, name)
			if raised {
				k.log.InfoContext(ctx, "bucket is now kept on several NATS servers", "bucket", name, "servers", replicas)
			}
			if err != nil && ctx.Err() == nil {
				k.log.WarnContext(ctx, "could not look after a bucket", "err", err)
			}
		}
		err := k.buckets.Load().nodes().PurgeDeletes(ctx, jetstream.DeleteMarkersOlderThan(staleAfter))
		if err != nil && !errors.Is(err, jetstream.ErrNoKeysFound) && ctx.Err() == nil {
			k.log.WarnContext(ctx, "could not clean the bucket of the nodes", "err", err)
		}
	})
}
