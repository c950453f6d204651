package web

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Bounds of what a visitor can hold: one that reads nothing, or sends its request
// a letter at a time, is cut off like any other client.
const (
	headerTime = 10 * time.Second
	readTime   = time.Minute
	writeTime  = time.Minute
	idleTime   = 2 * time.Minute
	maxHeader  = 16 << 10
)

// maxRest bounds what is read of a body that nobody wanted.
const maxRest = 64 << 10

// drained reads what its handler left of the body. A connection that is closed
// with something unread is reset, and the client may lose the answer: those that
// know only HTTP/1.0 close after each.
func drained(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r)
		_, _ = io.CopyN(io.Discard, r.Body, maxRest) // what fails here is not missed
	})
}

// NewServer makes a server for old clients and new: HTTP/1 alone, since HTTP/2
// writes all header names in lower case. What net/http finds wrong with a
// connection is no more than the noise of the network.
func NewServer(h http.Handler, log *slog.Logger) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler:           drained(h),
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		Protocols:         protocols,
		TLSNextProto:      map[string]func(*http.Server, *tls.Conn, http.Handler){},
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			if ours, ok := c.(*conn); ok {
				ctx = context.WithValue(ctx, secureKey{}, ours.secure)
			}
			return ctx
		},
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
