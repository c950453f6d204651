package cluster

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

const (
	// startWithin bounds the wait for servers to be ready at the start.
	startWithin = 10 * time.Second
	// dialWithin bounds an attempt to connect to one of the servers. A lease
	// must survive some that do not answer.
	dialWithin = 4 * time.Second
	// closeWithin bounds the wait for the last answers to leave.
	closeWithin = 2 * time.Second
	// reconnectEvery is the pause between attempts to reach NATS again.
	reconnectEvery = 250 * time.Millisecond
	// storeMemory bounds what JetStream may keep in memory. It holds some
	// hundred small keys.
	storeMemory = 64 << 20
)

// connect starts the NATS server if it is to be in the process, and connects.
func (n *Node) connect(ctx context.Context, o Options) error {
	if o.NATSURL != "" {
		return n.dial(ctx, o)
	}
	if err := n.startServer(o); err != nil {
		return fmt.Errorf("start the NATS server: %w", err)
	}
	bus, err := nats.Connect("", append(n.busOptions(ctx), nats.InProcessServer(n.server))...)
	if err != nil {
		return fmt.Errorf("connect to the NATS server in the process: %w", err)
	}
	n.bus, n.records = bus, bus
	return nil
}

// dial connects to servers elsewhere.
func (n *Node) dial(ctx context.Context, o Options) error {
	connect := func(more ...nats.Option) (*nats.Conn, error) {
		options := slices.Concat(n.busOptions(ctx), []nats.Option{
			nats.PingInterval(pingEvery(o.Lease)), nats.MaxPingsOutstanding(pings),
		}, more)
		conn, err := nats.Connect(o.NATSURL, options...)
		if err != nil {
			return nil, fmt.Errorf("connect to NATS at %s (is it running, and is cluster.nats_url right?): %w", redacted(o.NATSURL), err)
		}
		return conn, nil
	}
	var err error
	if n.bus, err = connect(); err != nil {
		return err
	}
	if n.records = n.bus; n.keeper != nil {
		n.records, err = connect(nats.Name("papilio "+n.id+" records"), nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			n.log.WarnContext(n.life, "lost the connection to NATS", "for", "records", "err", err)
			n.keeper.run(func() { n.keeper.blind(ErrOffline) })
		}))
	}
	return err
}

// connected reports whether both connections are up.
func (n *Node) connected() bool { return n.bus.IsConnected() && n.records.IsConnected() }

// A server that has stopped must be noticed while there is lease enough left to
// find another. A process that does not get its turn must not be taken for that:
// so there are many pings on the way, in short order, instead of one or two that
// have to be answered at once.
const pings = 8

func pingEvery(lease time.Duration) time.Duration { return max(lease/20, 250*time.Millisecond) }

// silence is how long a connection can have been no good before that is noticed.
func silence(lease time.Duration) time.Duration { return (pings + 1) * pingEvery(lease) }

// startServer runs a NATS server that listens nowhere and keeps everything in
// memory; JetStream wants a folder all the same.
func (n *Node) startServer(o Options) error {
	dir, err := filepath.Abs(filepath.Join(o.Dir, "bus"))
	if err != nil {
		return err
	}
	srv, err := server.NewServer(&server.Options{
		ServerName:         o.Node,
		DontListen:         true,
		NoSigs:             true,
		NoSystemAccount:    true,
		JetStream:          true,
		JetStreamMaxMemory: storeMemory,
		StoreDir:           dir,
	})
	if err != nil {
		return err
	}
	n.server = srv
	log := &serverLog{log: o.Log.With("part", "nats")}
	srv.SetLoggerV2(log, false, false, false)
	srv.Start() // returns when all is up, since there is nothing to listen to
	if why := log.fatal.Load(); why != nil {
		return errors.New(*why)
	}
	if !srv.ReadyForConnections(startWithin) {
		return errors.New("it is not ready")
	}
	return nil
}

func (n *Node) busOptions(ctx context.Context) []nats.Option {
	return []nats.Option{
		nats.Name("papilio " + n.id),
		nats.Timeout(within(ctx, dialWithin)),
		nats.MaxReconnects(-1),
		// Nothing is kept to be sent later: it could be told by a node that may
		// not speak for those accounts any more.
		nats.ReconnectBufSize(-1),
		nats.ReconnectWait(reconnectEvery),
		nats.NoCallbacksAfterClientClose(),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			n.log.WarnContext(n.life, "lost the connection to NATS", "for", "messages", "err", err)
			if n.keeper != nil {
				n.keeper.noteBus()
				n.keeper.run(n.keeper.cutOff)
			}
		}),
		nats.ReconnectHandler(func(bus *nats.Conn) {
			n.log.InfoContext(n.life, "connected to NATS again", "server", bus.ConnectedServerName())
			if n.keeper != nil {
				n.keeper.noteBus()
				n.keeper.watch.restart("connected to NATS again")
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			subject := ""
			if sub != nil {
				subject = sub.Subject
			}
			n.log.WarnContext(n.life, "NATS reports an error", "subject", subject, "err", err)
		}),
	}
}

// hangUp closes the connections when the last answers have left.
func (n *Node) hangUp() {
	if n.bus == nil {
		return
	}
	if n.bus.IsConnected() {
		if err := n.bus.FlushTimeout(closeWithin); err != nil {
			n.log.WarnContext(n.life, "the last answers may not have left", "err", err)
		}
	}
	n.bus.Close()
	if n.records != nil {
		n.records.Close()
	}
}

// within is the time that a context leaves, at most a bound.
func within(ctx context.Context, bound time.Duration) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return min(max(time.Until(deadline), time.Millisecond), bound)
	}
	return bound
}

// newNodeID makes an id from the host's name, with something random behind it
// so that two processes on a host differ.
func newNodeID() string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "node"
	}
	host, _, _ = strings.Cut(host, ".")
	host = strings.Map(func(r rune) rune {
		if r < 0x80 && nodeIDByte(byte(r)) {
			return r
		}
		return '-'
	}, host)
	var tail [3]byte
	_, _ = rand.Read(tail[:]) // never fails
	return host[:min(len(host), maxNodeID-7)] + "-" + hex.EncodeToString(tail[:])
}

// newIncarnation makes the name of one life of a node.
func newIncarnation() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// maxNodeID bounds an id, so that the subjects made of it stay short.
const maxNodeID = 48

func checkNodeID(id string) error {
	if id == "" || len(id) > maxNodeID {
		return fmt.Errorf("node id %q is empty or longer than %d characters", id, maxNodeID)
	}
	for i := range len(id) {
		if !nodeIDByte(id[i]) {
			return fmt.Errorf("node id %q: only letters, digits, - and _ may be in it", id)
		}
	}
	if id == everybody {
		return fmt.Errorf("no node can be named %q: it means every node", id)
	}
	return nil
}

func nodeIDByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}
