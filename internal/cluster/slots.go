package cluster

import "time"

// slot is what this node knows of a shard's key.
type slot struct {
	key        shardKey
	revision   uint64        // 0: it is not in the bucket
	unreadable bool          // what is in the bucket is of a later version
	busy       bool          // this node is trying to change it
	retry      time.Duration // and does not try again before this
}

// holding is what a key says to who asks for the owner of an account.
type holding struct {
	owner Owner
	lease *lease // of the owner
	since time.Time
	how   How
}

// Owner implements Ownership. An owner whose lease has ended, this node among
// them, is none.
func (k *keeper) Owner(shard int) (Owner, bool) {
	h := k.holdings[shard].Load()
	if h == nil || !h.lease.holds(k.clock.now()) {
		return Owner{}, false
	}
	return h.owner, true
}

// mine reports whether a key says that the shard is this node's now.
func (k *keeper) mine(key *shardKey) bool {
	return k.tenure != nil && key.owner == k.node.id && key.incarnation == k.tenure.id
}

// learn takes note of what a shard's key says, from the watch or because this
// node wrote it. What is older than what is known is ignored.
func (k *keeper) learn(shard int, key shardKey, revision uint64) {
	s := &k.slots[shard]
	if revision <= s.revision {
		return
	}
	old := s.key
	s.key, s.revision = key, revision
	k.compare(shard, &old, &key)
	k.show(shard)
	k.moved = true
	// Whose turn it is to do something about it is looked at soon; sooner if it
	// was released.
	k.again = k.again || key.owner == ""
}

// compare tells the holder what a changed key means for it.
func (k *keeper) compare(shard int, old, key *shardKey) {
	was, is := k.mine(old), k.mine(key)
	switch {
	case !was && is:
		k.counts.owned.Add(1)
		k.counts.took.Add(1)
		if key.how == HowLost {
			k.counts.tookLost.Add(1)
		}
		k.tally.took(key.how, k.clock.now())
		k.tell(func(h Holder) { h.Took(shard, key.how) })
	case was && !is && key.how == HowHanded && key.owner == old.next:
		to := k.member(key.owner)
		k.counts.owned.Add(-1)
		k.counts.handed.Add(1)
		k.tally.handed(k.clock.now())
		k.tell(func(h Holder) { h.Handed(shard, to) })
	case was && !is:
		k.counts.owned.Add(-1)
		k.counts.lost.Add(1)
		k.log.Warn("lost a shard without having handed it over", "shard", shard, "to", key.owner)
		k.tell(func(h Holder) { h.Lost(shard) })
	case was && old.next != "" && key.next == "":
		k.counts.kept.Add(1)
		k.tell(func(h Holder) { h.Kept(shard) })
	case !is && old.next == k.node.id && key.next != k.node.id:
		k.tell(func(h Holder) { h.Lost(shard) })
	}
	another := old.owner != key.owner || old.incarnation != key.incarnation
	if another && old.owner != "" && key.owner != "" && key.how != HowHanded {
		k.lost = append(k.lost, shard)
	}
}

// tellLost tells the holder which shards were taken from dead nodes.
func (k *keeper) tellLost() {
	if shards := k.lost; len(shards) > 0 {
		k.lost = nil
		k.tell(func(h Holder) { h.ShardsLost(shards) })
	}
}

// show makes what is known of a shard known to everybody here.
func (k *keeper) show(shard int) {
	key := &k.slots[shard].key
	h := &holding{owner: Owner{Node: key.owner, Next: key.next}, since: key.since, how: key.how}
	p := k.peers[key.owner]
	switch {
	case k.mine(key):
		h.owner.Self, h.owner.Address = true, k.node.Address(RoleNotification)
		h.lease = &k.tenure.lease
	case p != nil && p.Incarnation == key.incarnation:
		h.owner.Address, h.lease = p.Addresses[RoleNotification], p.lease
	default: // nobody's, or a dead node's, or of one whose record is on its way
		k.holdings[shard].Store(nil)
		return
	}
	if key.next != "" {
		h.owner.NextAddress = k.member(key.next).Addresses[RoleNotification]
	}
	k.holdings[shard].Store(h)
	k.owned[shard].ring()
}

// showAll shows the shards anew that have to do with a node.
func (k *keeper) showAll(node string) {
	for shard := range k.slots {
		if key := &k.slots[shard].key; key.owner == node || key.next == node {
			k.show(shard)
		}
	}
}

// member gives what is known of a node, this one or another.
func (k *keeper) member(id string) Member {
	if id == k.node.id {
		return k.node.me()
	}
	if p := k.peers[id]; p != nil {
		return p.Member
	}
	return Member{Node: id}
}
