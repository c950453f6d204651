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

// The lease is renewed every fifth of it. When the server that leads the bucket
// is lost, three servers take 4 to 9 seconds to agree on another: of a lease of
// ten, eight at least must be left then. Renewals that get lost with it say
// nothing; so another is sent before the one before is given up, and the first
// that comes through counts.
const (
	renewals = 5  // in the length of a lease
	repeats  = 10 // likewise, while there is no answer
	retries  = 20 // likewise, while they fail
	abreast  = 4  // are on the way at most
)

// renewals renews the lease until the tenure is over.
func (k *keeper) renewals(t *tenure) {
	for {
		c, stop := k.clock.after(k.length / renewals)
		select {
		case <-c:
		case <-k.soon:
		case <-t.ctx.Done():
		}
		stop()
		if t.ctx.Err() != nil || !k.insist(t) {
			return
		}
	}
}

// insist tries to renew the lease until it is renewed. It reports false if the
// tenure is over before.
func (k *keeper) insist(t *tenure) bool {
	answers := make(chan error, abreast)
	warned := false
	for sent := 0; t.ctx.Err() == nil; {
		if sent < abreast {
			sent++
			k.workers.Go(func() { answers <- k.renew(t) })
		}
		c, stop := k.clock.after(k.length / repeats)
		select {
		case err := <-answers:
			stop()
			if err == nil {
				return true
			}
			sent--
			if !warned && t.ctx.Err() == nil {
				k.log.WarnContext(t.ctx, "could not renew the lease, trying again",
					"left", t.lease.left(k.clock.now()).Round(time.Millisecond), "err", err)
			}
			warned = true
			k.after(t.ctx, k.length/retries, nil)
		case <-c:
		case <-t.ctx.Done():
			stop()
		}
	}
	return false
}

// hurry has the lease renewed at once, because the record is to say something
// else, or could not be written the last time.
func (k *keeper) hurry() {
	select {
	case k.soon <- struct{}{}:
	default:
	}
}

// noteBus notes whether there is a connection for messages.
func (k *keeper) noteBus() {
	if k.node.bus.IsConnected() {
		k.busAway.store(0)
	} else if k.busAway.load() == 0 {
		k.busAway.store(max(k.clock.now(), 1))
	}
}

// deaf reports whether the node has heard nothing from the others for so long
// that it should not go on as if it served anybody.
func (k *keeper) deaf() bool {
	since := k.busAway.load()
	return since != 0 && k.clock.now()-since > k.length/2
}

// renewPatience is how long the answer to a renewal is worth waiting for: where
// NATS has become slow, it may come late.
func (k *keeper) renewPatience(t *tenure) time.Duration {
	return max(k.length/4, t.lease.left(k.clock.now()))
}

var errDeaf = errors.New("nothing was heard from the other nodes for too long")

// renew writes this node's record again. The lease then runs from before that
// was sent.
func (k *keeper) renew(t *tenure) error {
	if !k.node.records.IsConnected() {
		return ErrOffline // it would leave when nobody waits for it any more
	}
	if k.deaf() {
		return errDeaf
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
