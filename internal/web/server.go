package web

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"
)

// Bounds of what a visitor can hold: one that reads nothing, or sends its request
// a letter at a time, is cut off like any other client.
const (
	headerTime = 10 * time.Second
	readTime   = time.Minute
	// writeTime also begins with the request: whoever needs all of readTime to send
	// it is answered all the same.
	writeTime = 2 * time.Minute
	idleTime  = 2 * time.Minute
	maxHeader = 16 << 10
	// maxRest bounds what is read of a body that nobody wanted.
	maxRest = 64 << 10
)

// ServerOptions are what a server needs.
type ServerOptions struct {
	Handler http.Handler
	Log     *slog.Logger
	// Wire has every request logged, without what may be secret in it.
	Wire bool
	// Proxies are believed when they say for whom they ask.
	Proxies Proxies
	// OnPanic counts programming errors; it may be nil.
	OnPanic func()
}

// NewServer makes a server for old clients and new: HTTP/1 alone, since HTTP/2
// writes all header names in lower case. What net/http finds wrong with a
// connection is no more than the noise of the network.
func NewServer(o ServerOptions) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler:           &edge{o},
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		Protocols:         protocols,
		TLSNextProto:      map[string]func(*http.Server, *tls.Conn, http.Handler){},
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			if ours, ok := c.(*conn); ok {
				ctx = context.WithValue(context.WithValue(ctx, secureKey{}, ours.tls != nil), connKey{}, ours)
			}
			return ctx
		},
		ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}
}

// edge is what is done around every request.
type edge struct{ ServerOptions }

// ServeHTTP has a request answered. What is left of its body is read then: a
// connection that is closed with something unread is reset, and the client may
// lose the answer. Those that know only HTTP/1.0 close after each.
func (e *edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	r = e.Proxies.original(r)
	seen := &status{ResponseWriter: w, code: http.StatusOK}
	defer e.recovered(r)
	e.Handler.ServeHTTP(seen, r)
	if r.ContentLength != 0 && w.Header().Get("Content-Length") != "" {
		_ = http.NewResponseController(w).Flush() // whoever sends more may do so after it has read the answer
	}
	_, _ = io.CopyN(io.Discard, r.Body, maxRest) // what fails here is not missed
	if e.Wire {
		e.Log.LogAttrs(ctx, slog.LevelInfo, "request", slog.String("method", r.Method), slog.String("host", r.Host),
			slog.String("path", r.URL.Path), slog.Int("status", seen.code), slog.String("from", r.RemoteAddr))
	}
}

// recovered ends one connection, and no more, for a programming error.
func (e *edge) recovered(r *http.Request) {
	value := recover()
	if value == nil {
		return
	}
	if value != http.ErrAbortHandler { //nolint:errorlint // it is that value itself, and no other error
		if e.OnPanic != nil {
			e.OnPanic()
		}
		e.Log.ErrorContext(r.Context(), "panic", slog.Any("value", value), slog.String("stack", string(debug.Stack())))
	}
	panic(http.ErrAbortHandler)
}

// status notes the status of an answer.
type status struct {
	http.ResponseWriter
	code int
}

// WriteHeader notes it.
func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

// Unwrap is for [http.ResponseController].
func (s *status) Unwrap() http.ResponseWriter { return s.ResponseWriter }
