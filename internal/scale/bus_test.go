//go:build unix

package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/fleet"
)

// BenchmarkBus has nodes send each other notices, through NATS servers that are
// processes of their own, and tells what these need for each message. In a
// cluster of three, two messages of three are for a node at another server.
func BenchmarkBus(b *testing.B) {
	for _, servers := range []int{1, 3} {
		b.Run(strconv.Itoa(servers)+"servers", func(b *testing.B) {
			nats, nodes := startBus(b, servers)
			took := processorTime(b, nats)
			sendNotices(b, nodes)
			b.StopTimer()
			spent := processorTime(b, nats) - took
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
			b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N), "ns-of-NATS/message")
		})
	}
}

// room bounds how many messages are on their way.
const room = 2000

// sendNotices sends b.N of them, each from some node to some other.
func sendNotices(b *testing.B, nodes []*cluster.Node) {
	under := make(chan struct{}, room)
	packed := (&cluster.Notice{Shown: shown(), Watchers: []string{aHandle}}).Pack()
	for _, n := range nodes {
		if err := n.ServeNotices(func(context.Context, cluster.Notice) { <-under }); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	for i := range b.N {
		under <- struct{}{}
		from, to := nodes[i%len(nodes)], nodes[(i*7+i/len(nodes)+1)%len(nodes)]
		if err := from.Notify(to.ID(), packed); err != nil {
			b.Fatal(err)
		}
	}
	for range room {
		under <- struct{}{} // there is room for all when all have arrived
	}
}

func startBus(b *testing.B, servers int) ([]*fleet.NATS, []*cluster.Node) {
	b.Helper()
	dir, err := os.MkdirTemp("", "papilio-bus")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	log := slog.New(slog.DiscardHandler)
	f, err := fleet.New(fleet.Options{Dir: dir, Log: log})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = f.Close() })
	nats, err := f.StartNATS(b.Context(), servers)
	if err != nil {
		b.Fatal(err)
	}
	nodes := make([]*cluster.Node, 16)
	for i := range nodes {
		nodes[i], err = cluster.Start(b.Context(), cluster.Options{
			Node: fmt.Sprintf("node-%03d", i), NATSURL: nats[i%servers].URL(), Log: log,
		})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = nodes[i].Close() })
	}
	return nats, nodes
}

// processorTime is what the servers have used of it.
func processorTime(b *testing.B, nats []*fleet.NATS) time.Duration {
	b.Helper()
	var all time.Duration
	for _, n := range nats {
		usage, err := n.Usage()
		if err != nil {
			b.Fatal(err)
		}
		all += usage.CPU
	}
	return all
}
