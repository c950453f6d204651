package telemetry

import (
	"io"
	"net/http"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Health says over HTTP how the node is. It is healthy as long as it answers,
// and ready as long as nothing speaks against sending new clients there.
type Health struct {
	unready atomic.Pointer[func() string]
	mux     *http.ServeMux
}

// NewHealth makes the health of a node that is not ready yet, whose metrics are
// those that g gathers.
func NewHealth(g prometheus.Gatherer) *Health {
	h := &Health{mux: http.NewServeMux()}
	h.Ask(func() string { return "starting" })
	h.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, "ok\n")
	})
	h.mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if why := (*h.unready.Load())(); why != "" {
			answer(w, http.StatusServiceUnavailable, "not ready: "+why+"\n")
		} else {
			answer(w, http.StatusOK, "ready\n")
		}
	})
	h.mux.Handle("GET /metrics", promhttp.HandlerFor(g, promhttp.HandlerOpts{}))
	return h
}

// Ask sets who is asked, each time that somebody wants to know, why no new
// clients should be sent here; the answer is empty if they should. Any goroutine
// may call it.
func (h *Health) Ask(unready func() string) { h.unready.Store(&unready) }

// ServeHTTP answers /healthz, /readyz and /metrics.
func (h *Health) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // the asker has gone
}
