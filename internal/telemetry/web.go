package telemetry

import "github.com/prometheus/client_golang/prometheus"

// WebMetrics are the numbers of what is served over HTTP. The fields are counted
// with as they are, by any goroutine.
type WebMetrics struct {
	Refused    prometheus.Counter // connections, because their address had too many
	Handshakes prometheus.Counter // connections on which TLS was not agreed on
	Panics     prometheus.Counter
}

// Web gives the metrics of what is served over HTTP.
func (m *Metrics) Web() *WebMetrics {
	return &WebMetrics{
		Refused:    m.vectors.refused.WithLabelValues(webRole),
		Handshakes: m.vectors.closes.WithLabelValues(webRole, "tls_handshake"),
		Panics:     m.vectors.panics.WithLabelValues(webRole),
	}
}

// webRole is the label of what is served over HTTP.
const webRole = "web"
