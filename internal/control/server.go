package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// maxBody bounds the text of a request.
const maxBody = 64 << 10

// Server answers the command line.
type Server struct{ http http.Server }

// NewServer makes a server for a service.
func NewServer(s Service) *Server {
	mux := http.NewServeMux()
	tell := func(pattern string, ask func(*http.Request) (any, error)) {
		mux.HandleFunc("GET "+pattern, func(w http.ResponseWriter, r *http.Request) {
			what, err := any(nil), s.Blind()
			if err == nil {
				what, err = ask(r)
			}
			if err != nil {
				answer(w, err)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(what) // the asker has gone
		})
	}
	tell("/sessions", func(r *http.Request) (any, error) { return s.Sessions(r.Context()), nil })
	tell("/nodes", func(r *http.Request) (any, error) { return s.Nodes(r.Context()), nil })
	tell("/shards", func(*http.Request) (any, error) { return s.Shards(), nil })
	tell("/accounts/{handle}", func(r *http.Request) (any, error) { return s.Where(r.Context(), r.PathValue("handle")) })

	handle := func(pattern, name string, do func(ctx context.Context, name, text string) error) {
		mux.HandleFunc("POST "+pattern, func(w http.ResponseWriter, r *http.Request) {
			text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
			if err == nil && !strings.HasPrefix(pattern, "/accounts/") { // those are in the database
				err = s.Blind()
			}
			if err == nil {
				err = do(r.Context(), r.PathValue(name), string(text))
			}
			answer(w, err)
		})
	}
	handle("/sessions/{handle}/close", "handle", func(ctx context.Context, h, _ string) error { return s.SignOut(ctx, h) })
	handle("/sessions/{handle}/reset", "handle", func(ctx context.Context, h, _ string) error { return s.Reset(ctx, h) })
	handle("/sessions/{handle}/refer", "handle", s.Refer)
	handle("/sessions/{handle}/alert", "handle", s.Alert)
	handle("/accounts/{handle}/ban", "handle", func(ctx context.Context, h, _ string) error { return s.SetBanned(ctx, h, true) })
	handle("/accounts/{handle}/unban", "handle", func(ctx context.Context, h, _ string) error { return s.SetBanned(ctx, h, false) })
	handle("/accounts/{handle}/remove", "handle", func(ctx context.Context, h, _ string) error { return s.Remove(ctx, h) })
	handle("/drain", "", func(ctx context.Context, _, text string) error {
		var d Drain
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			return err
		}
		return s.Drain(ctx, d)
	})
	handle("/undrain", "", func(ctx context.Context, _, node string) error { return s.Undrain(ctx, node) })
	return &Server{http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}}
}

// answer tells the command line how it went. Errors travel as words; those
// that it acts on have a name as well.
func answer(w http.ResponseWriter, err error) {
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	for name, known := range problems {
		if errors.Is(err, known) {
			w.Header().Set(problemHeader, name)
		}
	}
	http.Error(w, err.Error(), http.StatusBadRequest)
}

// Serve answers until Close.
func (s *Server) Serve(ln net.Listener) error {
	if err := s.http.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Close ends the server; the socket is removed.
func (s *Server) Close() error { return s.http.Close() }
