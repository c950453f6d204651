package cluster

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// stay keeps this node joined until it is closed: it renews the lease and, when
// that came to its end, joins again.
func (k *keeper) stay(ctx context.Context, t *tenure) {
	for {
		k.renewals(t) //nolint:contextcheck // they last as long as the tenure
		select {
		case <-t.fenced:
		case <-k.left:
			return
		case <-ctx.Done():
			return
		}
		var err error
		if t, err = k.join(ctx, false); err != nil {
			return // closed
		}
		k.log.InfoContext(ctx, "joined the other nodes again", "node", k.node.id)
	}
}

// renewals renews the lease until the tenure is over.
func (k *keeper) renewals(t *tenure) {
	failing := false
	for {
		pause := k.length * 3 / 10
		if failing {
			pause = k.length / 20
		}
		c, stop := k.clock.after(pause)
		select {
		case <-c:
		case <-k.soon:
		case <-t.ctx.Done():
		}
		stop()
		if t.ctx.Err() != nil {
			return
		}
		err := k.renew(t)
		if err != nil && !failing && t.ctx.Err() == nil {
			k.log.WarnContext(t.ctx, "could not renew the lease, trying again",
				"left", t.lease.left(k.clock.now()).Round(time.Millisecond), "err", err)
		}
		failing = err != nil
	}
}

// hurry has the lease renewed at once, because the record is to say something
// else, or could not be written the last time.
func (k *keeper) hurry() {
	select {
	case k.soon <- struct{}{}:
	default:
	}
}

// renewPatience is how long a renewal may take. The lease must survive several
// that do not come through; but where NATS has become slow, the last ones have
// to be given time.
func (k *keeper) renewPatience(t *tenure) time.Duration {
	return max(k.length/4, t.lease.left(k.clock.now())/2)
}

// renew writes this node's record again. The lease then runs from before that
// was sent.
func (k *keeper) renew(t *tenure) error {
	if !k.node.bus.IsConnected() {
		return ErrOffline // it would leave when nobody waits for it any more
	}
	ctx, cancel := context.WithTimeout(t.ctx, k.renewPatience(t))
	defer cancel()
	bucket := k.buckets.Load().nodes()
	written, value := k.written.next(), encode(k.node.record(t.id))
	frozen := t.frozen.Load()
	at, losses := t.at()
	sent := k.clock.now()
	revision, err := put(ctx, bucket, k.node.id, value, at)
	if errors.Is(err, jetstream.ErrKeyRevisionMismatch) || errors.Is(err, jetstream.ErrKeyExists) {
		// Either an earlier renewal got through of which the answer was lost, or
		// the record is not this node's any more.
		if at, err = k.readBack(ctx, bucket, t); err != nil {
			return err
		}
		sent = k.clock.now()
		revision, err = put(ctx, bucket, k.node.id, value, at)
	}
	if errors.Is(err, jetstream.ErrNoStreamResponse) {
		k.watch.suspect()
	}
	if err != nil {
		return err
	}
	t.moveTo(revision, losses)
	t.proved.store(sent)
	k.written.done(written)
	if !frozen && !t.frozen.Load() {
		t.lease.renew(k.clock.now(), sent+k.length)
	}
	k.run(func() { k.acknowledged(t, revision, sent) })
	return nil
}

// readBack finds out where this node's record stands.
func (k *keeper) readBack(ctx context.Context, bucket jetstream.KeyValue, t *tenure) (uint64, error) {
	entry, err := bucket.Get(ctx, k.node.id)
	if err == nil {
		var r nodeRecord
		if err = decode(entry.Value(), &r); err == nil && r.incarnation == t.id {
			return entry.Revision(), nil
		}
	}
	// What was read may be old. The watch finds out, and fences if need be.
	k.watch.restart("this node's record is not as it wrote it")
	return 0, errors.Join(errors.New("the record of this node is not as it wrote it"), err)
}
