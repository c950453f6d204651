package telemetry

import "github.com/prometheus/client_golang/prometheus"

// GatewayMetrics are the numbers of the HTTP gateway. All of it may be used by any
// goroutine.
type GatewayMetrics struct {
	Followed prometheus.Counter // referrals that were followed for a client

	open                       map[string]prometheus.Gauge
	ends                       map[string]*words
	opened, requests, refusals words
}

var (
	gatewayServers  = []string{"notification", "switchboard"}
	gatewayKinds    = []string{"open", "send", "poll"}
	gatewayEnds     = []string{"done", "expired", "refused", "malformed", "sign_in_timeout", "stuck", "unreadable", "not_moved", "shutdown"}
	gatewayRefusals = []string{"method", "action", "size", "body", "session", "busy"}
)

// Gateway gives the metrics of the gateway. They exist from when they are asked
// for.
func (m *Metrics) Gateway() *GatewayMetrics {
	v := m.vectors
	g := &GatewayMetrics{
		Followed: v.gatewayFollowed, open: make(map[string]prometheus.Gauge), ends: make(map[string]*words),
		opened:   newWords(gatewayServers, func(word string) prometheus.Counter { return v.gatewayOpened.WithLabelValues(word) }),
		requests: newWords(gatewayKinds, func(word string) prometheus.Counter { return v.gatewayRequests.WithLabelValues(word) }),
		refusals: newWords(gatewayRefusals, func(word string) prometheus.Counter { return v.gatewayRefusals.WithLabelValues(word) }),
	}
	for _, server := range gatewayServers {
		g.open[server] = v.gatewayOpen.WithLabelValues(server)
		ends := newWords(gatewayEnds, func(word string) prometheus.Counter {
			return v.gatewayEnds.WithLabelValues(server, word)
		})
		g.ends[server] = &ends
	}
	return g
}

// Request counts a request that was understood: "open", "send" or "poll".
func (g *GatewayMetrics) Request(kind string) { g.requests.inc(kind) }

// Refused counts a request that was answered with an HTTP error, by what was
// wrong: "method", "action", "size", "body", "session" (there is none such) or
// "busy".
func (g *GatewayMetrics) Refused(why string) { g.refusals.inc(why) }

// Opened counts a session with a "notification" server or a "switchboard".
func (g *GatewayMetrics) Opened(server string) {
	g.opened.inc(server)
	if open, ok := g.open[server]; ok {
		open.Inc()
	}
}

// Ended counts one that has ended: "done" (by the server, or the client's OUT),
// "expired" (nothing was heard of the client), "refused" (no such switchboard),
// "malformed", "sign_in_timeout", "stuck" (the server took nothing), "unreadable"
// (ours), "not_moved" (its client has to sign in anew) or "shutdown".
func (g *GatewayMetrics) Ended(server, why string) {
	if open, ok := g.open[server]; ok {
		open.Dec()
		g.ends[server].inc(why)
	}
}
