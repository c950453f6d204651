package cluster

import (
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/papilio-im/papilio/msnp"
)

// Shards is the number of slices that accounts are divided into. It is the
// same on every node of a service and is never changed: another number would
// put accounts on two nodes at once.
const Shards = 1024

// ShardOf is the shard of an account, whatever the case its handle is in.
func ShardOf(handle string) int {
	for i := range len(handle) {
		if c := handle[i]; c >= 'A' && c <= 'Z' {
			return shardOfMixed(handle)
		}
	}
	return int(xxhash.Sum64String(handle) % Shards)
}

// shardOfMixed puts a handle in lower case without allocating, as long as it
// has the length of one.
func shardOfMixed(handle string) int {
	var small [msnp.MaxHandle]byte
	if len(handle) > len(small) {
		return int(xxhash.Sum64String(strings.ToLower(handle)) % Shards)
	}
	for i := range len(handle) {
		c := handle[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		small[i] = c
	}
	return int(xxhash.Sum64(small[:len(handle)]) % Shards)
}

// Owner is the node that serves an account now.
type Owner struct {
	Node string
	Self bool // it is the node that was asked
	// Address is the host:port of its notification server. It is empty only
	// for the node itself, and means: the address that the client came in by,
	// with the port of the notification server.
	Address string
	// Next is the node that the shard is being handed over to, "" if it is not;
	// the accounts in it are on either. NextAddress is its address.
	Next, NextAddress string
}

// Ownership tells which node owns a shard. It is asked for every message
// about an account, by many goroutines at once, so it must answer from memory
// without waiting or allocating. False means that nobody owns the shard now.
type Ownership interface {
	Owner(shard int) (Owner, bool)
}

// ownEverything is the Ownership of a node that is alone.
type ownEverything struct{ self Owner }

func (o ownEverything) Owner(int) (Owner, bool) { return o.self, true }

// ownNothing is the Ownership of a node that is alone and has no notification
// server: there is nobody to own anything.
type ownNothing struct{}

func (ownNothing) Owner(int) (Owner, bool) { return Owner{}, false }

// Owner gives the node that serves an account. False means that there is none
// at this moment, or none that a client could be sent to; the client is told
// that the server is unavailable. It does not allocate.
func (n *Node) Owner(handle string) (Owner, bool) {
	return n.ShardOwner(ShardOf(handle))
}

// ShardOwner gives the node that serves the accounts of a shard.
func (n *Node) ShardOwner(shard int) (Owner, bool) {
	owner, ok := n.ownership.Owner(shard)
	if !ok {
		return Owner{}, false
	}
	owner.Self = owner.Node == n.id
	if !owner.Self && owner.Address == "" {
		return Owner{}, false
	}
	return owner, true
}
