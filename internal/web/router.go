package web

import (
	"net/http"
	"strings"
)

// Router finds who answers a request by its path. Paths are told apart without
// regard to case, doubled slashes are one, and nobody is redirected: clients that
// post do not follow. What is in no row goes on to the next handler.
type Router struct {
	paths map[string]http.Handler
	rules []rule
	next  http.Handler
}

type rule struct {
	match   func(path string) bool
	handler http.Handler
}

// NewRouter makes a router. The next handler gets what nobody is registered for,
// with the path as it came.
func NewRouter(next http.Handler) *Router {
	return &Router{paths: make(map[string]http.Handler), next: next}
}

// Handle registers who answers a path.
func (rt *Router) Handle(path string, h http.Handler) { rt.paths[Plain(path)] = h }

// HandleWhere registers who answers the paths that a function is true of, as
// [Plain] writes them, where no row of its own says otherwise. What is registered
// first goes first.
func (rt *Router) HandleWhere(match func(path string) bool, h http.Handler) {
	rt.rules = append(rt.rules, rule{match, h})
}

// ServeHTTP has a request answered.
func (rt *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rt.find(Plain(r.URL.Path)).ServeHTTP(w, r)
}

func (rt *Router) find(path string) http.Handler {
	if h, ok := rt.paths[path]; ok {
		return h
	}
	for _, r := range rt.rules {
		if r.match(path) {
			return r.handler
		}
	}
	return rt.next
}

// Plain is the form in which paths are compared: in lower case, with one slash
// where there were several.
func Plain(path string) string {
	var b strings.Builder
	b.Grow(len(path))
	last := byte(0)
	for i := range len(path) {
		c := path[i]
		if c == '/' && last == '/' {
			continue
		}
		if last = c; c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}
