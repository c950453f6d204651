package cluster

import (
	"bytes"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
)

// busServers are NATS servers that are one cluster.
type busServers struct {
	t       testing.TB
	options []server.Options
	servers []*server.Server
}

func newBusServers(t testing.TB, n int) *busServers {
	t.Helper()
	for range 5 {
		c := &busServers{t: t}
		c.plan(n)
		if c.startAll() {
			t.Cleanup(c.stopAll)
			eventually(t, "the NATS servers have a leader, which knows them all", c.whole)
			return c
		}
		c.stopAll() // a port that was free is so no longer
	}
	t.Fatal("the NATS servers do not come up")
	return nil
}

// plan finds ports for the servers, which have to know of each other before they
// start.
func (c *busServers) plan(n int) {
	var routes []*url.URL
	for i := range n {
		port := freePort(c.t)
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", port)})
		o := server.Options{
			ServerName: fmt.Sprintf("nats-%d", i), Host: "127.0.0.1", Port: freePort(c.t),
			NoSigs: true, NoLog: true, JetStream: true, StoreDir: c.t.TempDir(),
		}
		o.Cluster.Name, o.Cluster.Host, o.Cluster.Port = "test", "127.0.0.1", port
		c.options = append(c.options, o)
	}
	for i := range c.options {
		c.options[i].Routes = routes
	}
}

// startAll reports whether all servers came up.
func (c *busServers) startAll() bool {
	for i := range c.options {
		o := c.options[i]
		srv, err := server.NewServer(&o)
		if err != nil {
			c.t.Fatal(err)
		}
		srv.Start()
		c.servers = append(c.servers, srv)
	}
	for _, srv := range c.servers {
		if !srv.ReadyForConnections(patience / 4) {
			return false
		}
	}
	return true
}

// whole reports whether the servers have a leader that knows them all.
func (c *busServers) whole() bool {
	for _, srv := range c.servers {
		if srv.JetStreamIsLeader() {
			return len(srv.JetStreamClusterPeers()) == len(c.servers)
		}
	}
	return false
}

func freePort(t testing.TB) int {
	t.Helper()
	var config net.ListenConfig
	ln, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

func (c *busServers) stop(i int) {
	c.servers[i].Shutdown()
	c.servers[i].WaitForShutdown()
}

func (c *busServers) stopAll() {
	for i := range c.servers {
		c.stop(i)
	}
}

func (c *busServers) url() string {
	var urls []string
	for _, o := range c.options {
		urls = append(urls, fmt.Sprintf("nats://127.0.0.1:%d", o.Port))
	}
	return strings.Join(urls, ",")
}

// With three NATS servers everything is kept on all of them, and each may go.
func TestThreeServers(t *testing.T) {
	t.Parallel()
	team := newCrew(t)
	c := newBusServers(t, 3)
	if err := release(c.url()); err != nil {
		t.Fatal(err)
	}
	a, b := team.sign(c.url(), "a"), team.sign(c.url(), "b")
	vigil(t, a, b)
	activate(t, a, b)
	secret, err := a.Secret(t.Context(), "cookies")
	if err != nil {
		t.Fatal(err)
	}
	js, err := jetstream.New(a.bus)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{nodesBucket, shardsBucket, secretBucket} {
		eventually(t, name+" is on three servers, in files", func() bool { // at once, unless they are busy
			stream, err := js.Stream(t.Context(), "KV_"+name)
			if err != nil {
				return false
			}
			info := stream.CachedInfo()
			current := info.Cluster != nil && len(info.Cluster.Replicas) == replicas-1
			for i := 0; current && i < replicas-1; i++ {
				current = info.Cluster.Replicas[i].Current
			}
			return info.Config.Replicas == replicas && info.Config.Storage == jetstream.FileStorage && current
		})
	}
	inPlace(t, []*hand{a, b})
	team.pause(true)
	for i, srv := range c.servers { // that which both hang on
		if srv.Name() == a.bus.ConnectedServerName() {
			c.stop(i)
			break
		}
	}
	eventually(t, "a has another server", func() bool { return a.bus.IsConnected() && a.Stats().BusGaps == 1 })
	team.pause(false)
	inPlace(t, []*hand{a, b})
	again, err := b.Secret(t.Context(), "cookies")
	if err != nil || !bytes.Equal(again, secret) {
		t.Errorf("the secret is another, %v", err)
	}
	third := team.sign(c.url(), "c")
	activate(t, third)
	inPlace(t, []*hand{a, b, third})
	unharmed(t, a, b, third)
}

// A bucket that was made when there was one NATS server is put on three when
// there are as many.
func TestBucketsGrow(t *testing.T) {
	t.Parallel()
	team := newCrew(t)
	c := newBusServers(t, 3)
	n := team.sign(c.url(), "a")
	js, err := jetstream.New(n.bus)
	if err != nil {
		t.Fatal(err)
	}
	config := n.bucketConfig(secretBucket)
	config.Replicas = 1
	if _, err := js.CreateKeyValue(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Secret(t.Context(), "cookies"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the bucket is on all servers", func() bool {
		stream, err := js.Stream(t.Context(), "KV_"+secretBucket)
		return err == nil && stream.CachedInfo().Config.Replicas == replicas
	})
}
