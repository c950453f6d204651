package telemetry

import (
	"fmt"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/papilio-im/papilio/msnp"
)

// Metrics are the numbers of a node. Each role has its part of them.
type Metrics struct {
	vectors *vectors

	mu    sync.Mutex
	roles map[msnp.Role]*RoleMetrics
}

// vectors are what Metrics registers.
type vectors struct {
	connections, refused, closes, overflows, panics *prometheus.CounterVec
	referrals, transfers, signIns                   *prometheus.CounterVec
	messages, commands, errors, limits, accepts     *prometheus.CounterVec
	passports                                       *prometheus.CounterVec
	gatewayOpened, gatewayEnds                      *prometheus.CounterVec
	gatewayRequests, gatewayRefusals                *prometheus.CounterVec
	gatewayFollowed                                 prometheus.Counter
	gatewayOpen                                     *prometheus.GaugeVec
	open                                            *prometheus.GaugeVec
	signedIn, conversations, underWay, waiting      prometheus.Gauge
}

// NewMetrics registers the metrics of Papilio, of the Go runtime and of the
// process with reg, which must have none of them yet.
func NewMetrics(reg prometheus.Registerer) (*Metrics, error) {
	v := newVectors()
	all := append(v.collectors(),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, c := range all {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics: %w", err)
		}
	}
	return &Metrics{vectors: v, roles: make(map[msnp.Role]*RoleMetrics)}, nil
}

// Role gives the metrics of a single role. They exist from when they are asked
// for: a page shows nothing of roles that do not run here.
func (m *Metrics) Role(r msnp.Role) *RoleMetrics {
	m.mu.Lock()
	defer m.mu.Unlock()
	role, made := m.roles[r]
	if !made {
		role = newRoleMetrics(m.vectors, r)
		m.roles[r] = role
	}
	return role
}

func newVectors() *vectors {
	return &vectors{
		connections: counter("connections_total", "Connections accepted.", "role"),
		refused:     counter("connections_refused_total", "Connections closed at once because there were too many.", "role"),
		accepts:     counter("accept_errors_total", "Failures to accept a connection.", "role"),
		closes:      counter("closes_total", "Connections that have ended, by why.", "role", "reason"),
		overflows:   counter("queue_overflows_total", "Connections closed because their client did not read.", "role"),
		panics:      counter("panics_total", "Programming errors that ended one connection.", "role"),
		referrals:   counter("referrals_total", "Clients referred to a notification server (XFR NS).", "role", "version", "reason"),
		transfers:   counter("transfers_total", "Clients transferred to a switchboard (XFR SB), by authentication method.", "role", "version", "method"),
		signIns:     counter("sign_ins_total", "Attempts to sign in.", "role", "version", "result"),
		messages:    counter("messages_relayed_total", "Messages taken for relay, each counted once however many get it.", "role"),
		commands:    counter("commands_total", "Commands received.", "role", "name"),
		errors:      counter("errors_total", "Error lines sent.", "role", "code"),
		passports:   counter("passport_sign_ins_total", "Attempts to sign in over the web, for a ticket.", "way", "result"),
		limits:      counter("rate_limits_total", "Requests refused by a rate limit.", "role", "what"),
		open: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: namespace, Name: "connections_open", Help: "Connections open now.",
		}, []string{"role"}),

		gatewayOpened:   counter("gateway_sessions_total", "Sessions opened at the HTTP gateway, by the server that they are with.", "server"),
		gatewayEnds:     counter("gateway_ends_total", "Sessions of the HTTP gateway that have ended, by why.", "server", "reason"),
		gatewayRequests: counter("gateway_requests_total", "Requests to the HTTP gateway that came in here.", "kind"),
		gatewayRefusals: counter("gateway_refusals_total", "Requests to the HTTP gateway that were answered with an HTTP error.", "why"),
		gatewayFollowed: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Name: "gateway_referrals_followed_total", Help: "Referrals that the HTTP gateway has followed for a client.",
		}),
		gatewayOpen: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: namespace, Name: "gateway_sessions", Help: "Sessions that the HTTP gateway has on this node.",
		}, []string{"server"}),

		signedIn:      gauge("signed_in_sessions", "Sessions signed in at the notification server."),
		underWay:      gauge("sign_ins_under_way", "Sign-ins that have a place, from the first step until contacts were shown."),
		waiting:       gauge("sign_ins_waiting", "Sign-ins that wait for a place, of which nothing was done yet."),
		conversations: gauge("switchboard_sessions", "Conversations open on the switchboard."),
	}
}

func (v *vectors) collectors() []prometheus.Collector {
	return []prometheus.Collector{
		v.connections, v.refused, v.accepts, v.closes, v.overflows, v.panics,
		v.referrals, v.transfers, v.signIns, v.messages, v.commands, v.errors, v.limits, v.passports,
		v.gatewayOpened, v.gatewayEnds, v.gatewayRequests, v.gatewayRefusals, v.gatewayFollowed, v.gatewayOpen,
		v.open, v.signedIn, v.conversations, v.underWay, v.waiting,
	}
}

const namespace = "papilio"

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

func gauge(name, help string) prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help})
}
