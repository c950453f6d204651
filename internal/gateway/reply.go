package gateway

import (
	"net/http"
	"strconv"
	"time"
)

// margin is what a request may take beside its wait.
const margin = 30 * time.Second

// patient sees to it that a request which waits is not ended by the bounds that
// others have.
func patient(w http.ResponseWriter, wait time.Duration) {
	if wait <= 0 {
		return
	}
	rc := http.NewResponseController(w)
	_ = rc.SetReadDeadline(time.Time{}) // a connection that cannot, has none
	_ = rc.SetWriteDeadline(time.Now().Add(wait + margin))
}

// reply writes an answer, with its header spelt as clients compare it and its
// length before it. It reports whether it was written.
func reply(w http.ResponseWriter, r *http.Request, req *request, a *answer, host string) bool {
	if r.Context().Err() != nil {
		return false
	}
	state := "SessionID=" + req.id + "; GW-IP=" + host
	if a.closed {
		state += "; Session=close"
	}
	h := w.Header()
	h["X-MSN-Messenger"] = []string{state}
	h.Set("Content-Type", contentType(r.Header))
	h.Set("Cache-Control", "no-cache, no-store")
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(http.StatusOK)
	if _, err := w.Write(a.body); err != nil { //nolint:gosec // it is no page, and says so
		return false
	}
	return http.NewResponseController(w).Flush() == nil
}

// refuse answers a request with which nothing can be done.
func (srv *Server) refuse(w http.ResponseWriter, status int, why string) {
	srv.opts.Metrics.Refused(why)
	h := w.Header()
	h["Content-Type"] = nil // there is nothing
	h.Set("Cache-Control", "no-cache, no-store")
	h.Set("Content-Length", "0")
	w.WriteHeader(status)
}
