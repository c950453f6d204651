package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// Options is what a node is started with. Log is required, and Dir too unless
// NATSURL is given.
type Options struct {
	// Node is the id of the node: letters, digits, - and _. No two nodes of a
	// service may have the same. If empty, one is made from the host's name.
	Node string
	// NATSURL is the address of NATS servers, comma separated. If empty, the
	// node runs one of its own in the process, which listens nowhere.
	NATSURL string
	// Dir is where that server keeps a folder. Nothing in it lasts.
	Dir string
	// Roles are the roles that this node runs; none means every role.
	Roles []Role
	// Advertise gives the host:port at which clients reach a role, for those
	// whose clients cannot use the address that they came in by.
	Advertise map[Role]string
	// Ownership tells who owns which shard, for tests. If nil, the nodes agree
	// on it among themselves, and a node with the bus in its process owns all.
	Ownership Ownership
	// Lease is for how long this node may answer for its shards after it last
	// renewed its record; the others take them after that. 0 means DefaultLease.
	// All nodes of a service should have the same.
	Lease time.Duration
	// MoveRate is how many sessions a second are moved to other nodes; 0 means
	// DefaultMoveRate.
	MoveRate float64
	// Software is the version of the program, for operators to see.
	Software string
	// Database tells the database that this node has the accounts in from every
	// other; "" for a node without accounts.
	Database string
	// Handlers bounds how many requests of one verb are handled at once; 0
	// means DefaultHandlers.
	Handlers int
	Log      *slog.Logger

	clock clock // of the leases, for tests
}

// DefaultLease is how long a lease lasts unless Options say otherwise.
const DefaultLease = 10 * time.Second

// Node is this process as a member of the service. Its methods may be called
// from any goroutine.
type Node struct {
	id        string
	self      Member
	ownership Ownership
	handlers  int
	moveRate  float64
	lease     time.Duration
	log       *slog.Logger
	load      atomic.Int64
	state     atomic.Pointer[State]
	pace      *Pace
	holder    atomic.Pointer[Holder]
	streams   streams

	server *server.Server // nil if NATS is elsewhere
	bus    *nats.Conn     // for messages
	// records is for what is kept in NATS, the lease above all: it must not wait
	// behind what nodes say to each other. It is the bus itself if the node is
	// alone.
	records *nats.Conn
	keeper  *keeper // nil if the node is alone

	//nolint:containedctx // the life of every handler: ended by Close, not by a caller
	life context.Context
	end  context.CancelFunc

	mu       sync.Mutex
	services []*service
	secrets  map[string][]byte // those that were asked for
	closed   bool
}

// Start makes this process a member. The context bounds only the starting.
func Start(ctx context.Context, o Options) (*Node, error) {
	if err := o.complete(); err != nil {
		return nil, fmt.Errorf("cluster: %w", err)
	}
	n := &Node{
		id:        o.Node,
		self:      newSelf(o),
		ownership: o.Ownership,
		handlers:  o.Handlers,
		moveRate:  o.MoveRate,
		lease:     o.Lease,
		log:       o.Log,
		pace:      newPace(o.MoveRate),
	}
	n.streams.node = n
	n.setState(StateJoining)
	n.life, n.end = context.WithCancel(context.Background())
	if n.ownership == nil && o.NATSURL == "" {
		n.ownership = alone(o)
	}
	if n.ownership == nil {
		n.keeper = newKeeper(n, o)
		n.ownership = n.keeper
	}
	if err := n.join(ctx, o); err != nil {
		_ = n.Close() //nolint:contextcheck // it ends what the context does not bound
		return nil, fmt.Errorf("cluster: %w", err)
	}
	return n, nil
}

// join connects and, where there may be others, becomes one of them.
func (n *Node) join(ctx context.Context, o Options) error {
	if err := n.connect(ctx, o); err != nil || n.keeper == nil {
		return err
	}
	if err := n.keeper.serve(); err != nil { //nolint:contextcheck // requests have contexts of their own
		return err
	}
	return n.keeper.start(ctx)
}

// complete fills in what may be left out and refuses what cannot be.
func (o *Options) complete() error {
	if o.Log == nil {
		return errors.New("no log given")
	}
	if o.NATSURL == "" && o.Dir == "" {
		return errors.New("no folder given for the NATS server in the process")
	}
	if err := checkServers(o.NATSURL); err != nil {
		return err
	}
	if o.Node == "" {
		o.Node = newNodeID()
	}
	if err := checkNodeID(o.Node); err != nil {
		return err
	}
	o.Roles = slices.Clone(o.Roles)
	if len(o.Roles) == 0 {
		o.Roles = Roles()
	}
	for _, role := range o.Roles {
		if !role.valid() {
			return fmt.Errorf("there is no role %q", role)
		}
	}
	o.Advertise = maps.Clone(o.Advertise)
	maps.DeleteFunc(o.Advertise, func(_ Role, address string) bool { return address == "" })
	for role, address := range o.Advertise {
		if err := checkAddress(address); err != nil {
			return fmt.Errorf("the address to advertise for %s: %w", role, err)
		}
	}
	if o.Lease <= 0 {
		o.Lease = DefaultLease
	}
	if o.MoveRate <= 0 {
		o.MoveRate = DefaultMoveRate
	}
	if o.Handlers <= 0 {
		o.Handlers = DefaultHandlers
	}
	return nil
}

// alone is the Ownership of a node that knows of no others. One without a
// notification server can still send clients to one that it was told of; that is
// on no bus, so its address does for its name.
func alone(o Options) Ownership {
	address := o.Advertise[RoleNotification]
	switch {
	case slices.Contains(o.Roles, RoleNotification):
		return ownEverything{Owner{Node: o.Node, Self: true, Address: address}}
	case address != "":
		return ownEverything{Owner{Node: address, Address: address}}
	}
	return ownNothing{}
}

// ID is the name of this node among the others.
func (n *Node) ID() string { return n.id }

// Close ends the membership: no new requests are taken, the contexts of the
// running handlers are cancelled and their ends awaited, then the bus is
// closed. A node that still has shards and does not Leave before is taken for
// dead by the others when its lease ends. It may be called more than once, but
// not by a handler or a Holder.
func (n *Node) Close() error {
	n.mu.Lock()
	services, again := n.services, n.closed
	n.services, n.closed = nil, true
	n.mu.Unlock()
	if again {
		return nil
	}
	if n.keeper != nil {
		n.keeper.leaveIdle()
	}
	n.end()
	var stopping sync.WaitGroup
	for _, s := range services {
		stopping.Go(s.stop)
	}
	stopping.Wait()
	n.streams.close()
	n.hangUp()
	if n.keeper != nil {
		n.keeper.wait()
	}
	if n.server != nil {
		n.server.Shutdown()
		n.server.WaitForShutdown()
	}
	return nil
}
