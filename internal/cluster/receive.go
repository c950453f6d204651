package cluster

import (
	"context"
	"errors"
	"time"
)

// Why a node does not take a shard that it is offered.
var (
	errNotServing = errors.New("this node has no lease, or is about to leave")
	errNoShards   = errors.New("this node takes no shards")
	errOtherKey   = errors.New("this node sees another key of the shard")
)

// serve has this node answer those that hand shards over to it.
func (k *keeper) serve() error {
	return errors.Join(serve(k.node, verbReceive, k.receive), serve(k.node, verbTake, k.take))
}

// receive learns that this node is going to own a shard, before the first
// client is sent here.
func (k *keeper) receive(_ context.Context, q shardNews) (*shardNews, error) {
	err := ErrClosed
	k.call(func() {
		switch {
		case k.tenure == nil || k.leaving || !k.node.Serving():
			err = errNotServing
		case !k.active():
			err = errNoShards
		case q.era != k.shardsEra || q.key.next != k.node.id:
			err = errOtherKey
		default:
			k.learn(int(q.shard), q.key, q.revision)
			err = nil
		}
	})
	return &q, err
}

// take writes that a shard is this node's, since everybody in it is here.
func (k *keeper) take(ctx context.Context, q shardNews) (*shardNews, error) {
	shard := int(q.shard)
	var t *tenure
	var key shardKey
	var there *shardNews
	err := ErrClosed
	k.call(func() {
		s := &k.slots[shard]
		t = k.tenure
		switch {
		case t == nil || k.leaving || !k.node.Serving():
			err = errNotServing
		case k.mine(&s.key) && s.revision > q.revision: // asked again
			there, err = &shardNews{q.shard, s.revision, q.era, s.key}, nil
		case q.era != k.shardsEra || s.revision != q.revision || s.key.next != k.node.id:
			err = errOtherKey
		default:
			at, _ := t.at()
			key = shardKey{
				owner: k.node.id, incarnation: t.id, era: k.nodesEra, record: at,
				how: HowHanded, since: time.Now(),
			}
			err = nil
		}
	})
	if err != nil || there != nil {
		return there, err
	}
	revision, err := k.write(ctx, shard, &key, q.revision)
	if err != nil {
		return nil, err
	}
	k.call(func() {
		if k.shardsEra == q.era {
			k.learn(shard, key, revision)
		}
	})
	return &shardNews{q.shard, revision, q.era, key}, nil
}
