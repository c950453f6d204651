package cluster

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// handOversAtOnce bounds how many shards a node is handing over at a time.
const handOversAtOnce = 8

// The verbs of a hand-over. A verb is never given another meaning.
const (
	verbReceive = "shard-receive" // you are going to own this shard
	verbTake    = "shard-take"    // everybody is there: write that it is yours
)

// shardNews is a shard's key as the sender has just written it, or knows it.
type shardNews struct {
	shard    uint32
	revision uint64
	era      uint64 // of shardsBucket, without which the revision means nothing
	key      shardKey
}

func (m *shardNews) fields(c *coder) {
	var keys []shardKey
	if m.key != (shardKey{}) {
		keys = append(keys, m.key)
	}
	number(c, 1, &m.shard)
	number(c, 2, &m.revision)
	number(c, 3, &m.era)
	list(c, 4, &keys)
	if len(keys) > 0 {
		m.key = keys[0]
	}
	c.bad = c.bad || m.shard >= Shards || len(keys) > 1
}

// move is a hand-over that is under way.
type move struct {
	shard  int
	to     Member
	tenure *tenure
	end    context.CancelFunc
	era    uint64 // of shardsBucket

	// Where its key stands; only the goroutine of the move uses these.
	key      shardKey
	revision uint64
}

// moveAll begins to hand over what other nodes should have, from where it got
// the last time, and stops handing over to nodes that have died.
func (k *keeper) moveAll(now time.Duration) {
	for _, m := range k.moves {
		if p := k.peers[m.to.Node]; p == nil || p.Incarnation != m.to.Incarnation || !p.alive(now) {
			m.end()
		}
	}
	for ; k.handed < Shards; k.handed++ {
		shard := k.handed
		s := &k.slots[shard]
		if len(k.moves) >= handOversAtOnce {
			return
		}
		if !k.mine(&s.key) || s.revision == 0 || s.busy || now < s.retry || k.moves[shard] != nil {
			continue
		}
		to := s.key.next // it was begun, and did not get to an end
		if to == "" {
			to = k.target(shard)
		}
		if to == "" || to == k.node.id {
			continue
		}
		p := k.peers[to]
		there := p != nil && p.alive(now)
		if there || s.key.next != "" {
			k.begin(shard, s, p, there)
		}
	}
}

// begin starts the goroutine of a hand-over, or of the end of one to a node
// that is not there any more.
func (k *keeper) begin(shard int, s *slot, to *peer, there bool) {
	m := &move{shard: shard, tenure: k.tenure, key: s.key, revision: s.revision, era: k.shardsEra}
	if to != nil {
		m.to = to.Member
	}
	ctx, end := context.WithCancel(k.tenure.ctx)
	m.end = end
	k.moves[shard] = m
	k.counts.moving.Store(int64(len(k.moves)))
	k.workers.Go(func() {
		defer end()
		err := errGone
		if there {
			err = k.handOver(ctx, m)
		}
		if err != nil {
			k.takeBack(m)
		}
		k.run(func() { k.finish(m, err) })
	})
}

var errGone = errors.New("the node is gone")

// finish notes that a hand-over has ended, well or not.
func (k *keeper) finish(m *move, err error) {
	delete(k.moves, m.shard)
	k.counts.moving.Store(int64(len(k.moves)))
	k.moved = true
	if err == nil || m.tenure != k.tenure {
		return
	}
	s := &k.slots[m.shard]
	s.retry = k.clock.now() + k.length/5 + jitter(k.length/5)
	if s.revision == 0 && k.mine(&s.key) { // its key is lost: nobody has to be asked
		key := s.key
		key.next = ""
		k.compare(m.shard, &s.key, &key)
		s.key, s.retry = key, 0
		k.show(m.shard)
	}
	k.tally.failed(m.to.Node, err, k.clock.now())
}

// handOver moves a shard to another node, from telling that node to its taking
// it.
func (k *keeper) handOver(ctx context.Context, m *move) error {
	if m.key.next == "" {
		key := m.key
		key.next = m.to.Node
		if err := k.rewrite(ctx, m, key); err != nil {
			return fmt.Errorf("write that it is being handed over: %w", err)
		}
	}
	if _, err := k.askAbout(ctx, m, verbReceive); err != nil {
		return err
	}
	if h := k.node.heldBy(); h != nil {
		if err := h.HandOver(ctx, m.shard, m.to); err != nil {
			return fmt.Errorf("move everybody: %w", err)
		}
	}
	for try := 0; ; try++ {
		taken, err := k.askAbout(ctx, m, verbTake)
		if err == nil {
			k.learnIn(m, taken.key, taken.revision)
			return nil
		}
		if try == 2 || ctx.Err() != nil {
			return err
		}
		if k.readAgain(ctx, m) { // the answer was lost, perhaps
			return nil
		}
	}
}

// askAbout tells the other node about the shard's key, and gives what it
// answers.
func (k *keeper) askAbout(ctx context.Context, m *move, verb string) (shardNews, error) {
	ctx, cancel := context.WithTimeout(ctx, natsPatience)
	defer cancel()
	var answer shardNews
	question := shardNews{uint32(m.shard), m.revision, m.era, m.key}
	err := ask(ctx, k.node, m.to.Node, verb, &question, &answer)
	return answer, err
}

// rewrite changes the key of a shard that is being handed over, and returns when
// everybody here knows.
func (k *keeper) rewrite(ctx context.Context, m *move, key shardKey) error {
	revision, err := k.write(ctx, m.shard, &key, m.revision)
	if err != nil {
		return err
	}
	m.key, m.revision = key, revision
	k.learnIn(m, key, revision)
	return nil
}

// learnIn is learn for what came back to a move, and returns when everybody here
// knows. If NATS has lost the keys meanwhile, it has lost that too.
func (k *keeper) learnIn(m *move, key shardKey, revision uint64) {
	k.call(func() {
		if k.shardsEra == m.era {
			k.learn(m.shard, key, revision)
		}
	})
}

// takeBack ends a hand-over that did not come about. If that fails too, moveAll
// finds the shard half handed over and goes on with it.
func (k *keeper) takeBack(m *move) {
	if m.key.next == "" {
		return
	}
	key := m.key
	key.next = ""
	if err := k.rewrite(m.tenure.ctx, m, key); err != nil {
		k.readAgain(m.tenure.ctx, m)
	}
}

// readAgain finds out whether the other node has taken the shard.
func (k *keeper) readAgain(ctx context.Context, m *move) bool {
	ctx, cancel := context.WithTimeout(ctx, natsPatience)
	defer cancel()
	entry, err := k.buckets.Load().shards().Get(ctx, strconv.Itoa(m.shard))
	if err != nil {
		return false
	}
	var key shardKey
	if decode(entry.Value(), &key) != nil {
		return false
	}
	k.learnIn(m, key, entry.Revision())
	return key.owner == m.to.Node
}
