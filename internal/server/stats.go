package server

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/papilio-im/papilio/internal/cluster"
)

// clusterMetrics tells of this node's part in the cluster, as it is when it is
// asked.
type clusterMetrics struct {
	node    *cluster.Node
	figures []figure
}

// figure is one of them.
type figure struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(*clusterView) float64
}

// clusterView is what the figures are read from.
type clusterView struct {
	cluster.Stats
	state   cluster.State
	serving bool
}

func newClusterMetrics(n *cluster.Node) *clusterMetrics {
	gauge := func(name, help string, value func(*clusterView) float64) figure {
		return figure{clusterDesc(name, help), prometheus.GaugeValue, value}
	}
	total := func(name, help string, value func(*clusterView) uint64) figure {
		return figure{clusterDesc(name+"_total", help), prometheus.CounterValue, func(v *clusterView) float64 { return float64(value(v)) }}
	}
	return &clusterMetrics{node: n, figures: []figure{
		gauge("nodes", "Nodes alive, this one included.", func(v *clusterView) float64 { return float64(v.Members) }),
		gauge("shards_owned", "Shards that this node owns.", func(v *clusterView) float64 { return float64(v.Owned) }),
		gauge("shards_moving", "Shards that this node is handing over.", func(v *clusterView) float64 { return float64(v.Moving) }),
		gauge("lease_left_seconds", "Time until this node fences itself unless it reaches NATS; 0 if it is, or needs no lease.",
			func(v *clusterView) float64 { return v.LeaseLeft.Seconds() }),
		gauge("serving", "1 as long as this node may answer for its accounts.", func(v *clusterView) float64 { return oneIf(v.serving) }),
		gauge("draining", "1 while this node takes nothing new.", func(v *clusterView) float64 { return oneIf(v.state == cluster.StateDraining) }),
		total("shards_taken", "Shards taken, in whatever way.", func(v *clusterView) uint64 { return v.Took }),
		total("shards_taken_lost", "Shards taken from a node that had died.", func(v *clusterView) uint64 { return v.TookLost }),
		total("shards_handed", "Shards handed over to other nodes.", func(v *clusterView) uint64 { return v.Handed }),
		total("shards_kept", "Shards whose hand-over was given up.", func(v *clusterView) uint64 { return v.Kept }),
		total("shards_lost", "Shards taken from this node without a hand-over.", func(v *clusterView) uint64 { return v.Lost }),
		total("fences", "Times that this node could not keep its lease and signed everybody out.", func(v *clusterView) uint64 { return v.Fences }),
		total("bus_gaps", "Times that this node was cut off from NATS for less than its lease.", func(v *clusterView) uint64 { return v.BusGaps }),
	}}
}

func clusterDesc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("papilio_cluster_"+name, help, nil, nil)
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// Describe implements prometheus.Collector.
func (m *clusterMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, f := range m.figures {
		ch <- f.desc
	}
}

// Collect implements prometheus.Collector.
func (m *clusterMetrics) Collect(ch chan<- prometheus.Metric) {
	v := clusterView{Stats: m.node.Stats(), serving: m.node.Serving()}
	for _, member := range m.node.Members() {
		if member.Self {
			v.state = member.State
		}
	}
	for _, f := range m.figures {
		ch <- prometheus.MustNewConstMetric(f.desc, f.kind, f.value(&v))
	}
}
