package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// watch follows both buckets and tells the keeper what is in them. Whatever may
// have made it miss something ends a session: it begins again with all that is
// there.
type watch struct {
	keeper *keeper
	again  chan string   // holds one: why what was seen may not be all there is
	doubt  chan struct{} // holds one: a bucket may not be there any more
	failed bool          // that was logged
}

// news is one entry of a bucket.
type news struct {
	bucket   string
	key      string
	value    []byte
	revision uint64
	deleted  bool
}

// view is all that is in a bucket.
type view struct {
	era, last uint64 // which life of the bucket, and the highest revision in it
	entries   []news
}

var (
	errBegin = errors.New("what was seen may not be all there is")
	errEnded = errors.New("NATS has ended the watch")
)

// restart has the watch begin again.
func (w *watch) restart(why string) {
	select {
	case w.again <- why:
	default:
	}
}

// suspect has the watch look whether the buckets are still there.
func (w *watch) suspect() {
	select {
	case w.doubt <- struct{}{}:
	default:
	}
}

// run watches until the node is closed.
func (w *watch) run(ctx context.Context) {
	pause := w.keeper.length / 20
	for ctx.Err() == nil {
		err := w.session(ctx)
		if ctx.Err() != nil {
			return
		}
		w.keeper.run(func() { w.keeper.blind(err) })
		if errors.Is(err, errBegin) {
			continue
		}
		if !errors.Is(err, ErrOffline) && !w.failed {
			w.failed = true
			w.keeper.log.WarnContext(ctx, "cannot follow what the other nodes do, trying again", "err", err)
		}
		select {
		case <-w.again:
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// session shows the keeper all that is in the buckets, then every change.
func (w *watch) session(ctx context.Context) error {
	if !w.keeper.node.connected() {
		return ErrOffline
	}
	ctx, cancel := context.WithCancel(ctx) // with it end the watchers
	defer cancel()
	select {
	case <-w.again: // it does begin again
	default:
	}
	var b buckets
	var views [2]view
	var changes [2]<-chan jetstream.KeyValueEntry
	for i, name := range []string{nodesBucket, shardsBucket} {
		bucket, watcher, err := w.follow(ctx, name, &views[i])
		if watcher != nil {
			defer w.empty(watcher)
		}
		if err != nil {
			return fmt.Errorf("bucket %s: %w", name, err)
		}
		b[i], changes[i] = bucket, watcher.Updates()
	}
	w.failed = false
	w.keeper.buckets.Store(&b)
	w.keeper.run(func() { w.keeper.see(views[0], views[1]) }) //nolint:contextcheck // what it begins outlives the session

	lives := make(chan error, 1)
	w.keeper.workers.Go(func() { lives <- w.check(ctx, b, views) })
	for {
		var change jetstream.KeyValueEntry
		var ok bool
		name := nodesBucket
		select {
		case change, ok = <-changes[0]:
		case change, ok = <-changes[1]:
			name = shardsBucket
		case why := <-w.again:
			w.keeper.log.DebugContext(ctx, "looking at the buckets again", "why", why)
			return errBegin
		case err := <-lives:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
		if !ok {
			return errEnded
		}
		if change != nil {
			w.keeper.run(func() { w.keeper.hear(newsOf(name, change)) })
		}
	}
}

// follow opens a bucket and reads what is in it. It must be one and the same
// from before the reading began to after it ended.
func (w *watch) follow(ctx context.Context, name string, v *view) (jetstream.KeyValue, jetstream.KeyWatcher, error) {
	opening, cancel := context.WithTimeout(ctx, natsPatience)
	defer cancel()
	bucket, err := w.keeper.node.bucket(opening, name)
	if err != nil {
		return nil, nil, err
	}
	if v.era, _, err = era(opening, bucket); err != nil {
		return nil, nil, err
	}
	ready(opening, w.keeper.node.asksForLeader)
	watching, end := context.WithCancel(ctx) // the watcher lives as long as this does
	late := time.AfterFunc(natsPatience, end)
	watcher, err := bucket.WatchAll(watching)
	late.Stop()
	if err != nil {
		end()
		return nil, nil, err
	}
	if v.entries, err = readAll(ctx, name, watcher); err != nil {
		return nil, watcher, err
	}
	closing, cancel := context.WithTimeout(ctx, natsPatience)
	defer cancel()
	after, last, err := era(closing, bucket)
	if err == nil && after != v.era {
		err = errors.New("the bucket was made anew meanwhile")
	}
	v.last = last
	return bucket, watcher, err
}

// How long an answer of the leader is waited for, and how long after an error.
const (
	leaderPatience = 500 * time.Millisecond
	leaderPause    = 50 * time.Millisecond
)

// ready waits until NATS has a leader, but not for ever. Watchers that are asked for
// while one is being elected are never heard of again: a node would know nothing of the
// others for as long as it waits for that, though there is a leader long since.
func ready(ctx context.Context, ask func(context.Context) error) {
	for ctx.Err() == nil {
		asked, cancel := context.WithTimeout(ctx, leaderPatience)
		err := ask(asked)
		cancel()
		if err == nil {
			return
		}
		select {
		case <-time.After(leaderPause):
		case <-ctx.Done():
		}
	}
}

// readAll reads what is in a bucket when a watcher begins.
func readAll(ctx context.Context, name string, watcher jetstream.KeyWatcher) ([]news, error) {
	var all []news
	for {
		select {
		case entry, ok := <-watcher.Updates():
			switch {
			case !ok:
				return nil, errEnded
			case entry == nil:
				return all, nil
			}
			all = append(all, newsOf(name, entry))
		case <-time.After(natsPatience):
			return nil, errors.New("NATS does not show all that is there")
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// check returns when a bucket is not the one any more that is being watched: it
// can be deleted and made again without the watch noticing.
func (w *watch) check(ctx context.Context, b buckets, views [2]view) error {
	for {
		w.keeper.after(ctx, w.keeper.length/2, w.doubt)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for i, bucket := range b {
			asked, cancel := context.WithTimeout(ctx, natsPatience)
			now, _, err := era(asked, bucket)
			cancel()
			if err == nil && now != views[i].era || errors.Is(err, jetstream.ErrStreamNotFound) {
				return errors.New("a bucket is gone, with all that was in it")
			}
		}
	}
}

// empty takes from a watcher that has ended what it still brings, or it would
// wait for ever.
func (w *watch) empty(watcher jetstream.KeyWatcher) {
	w.keeper.workers.Go(func() {
		for {
			if _, ok := <-watcher.Updates(); !ok {
				return
			}
		}
	})
}

func newsOf(bucket string, entry jetstream.KeyValueEntry) news {
	return news{
		bucket: bucket, key: entry.Key(), value: entry.Value(), revision: entry.Revision(),
		deleted: entry.Operation() != jetstream.KeyValuePut,
	}
}
