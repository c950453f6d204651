package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/notification"
)

// Service is what is done at an operator's wish.
type Service interface {
	// Sessions lists who is signed in.
	Sessions() []notification.SessionInfo
	// SignOut ends a session and its conversations.
	SignOut(handle string) error
	// Reset sends a soft reset.
	Reset(handle string) error
	// Refer sends a client to a notification server.
	Refer(handle, hostPort string) error
	// Alert shows a text to a user.
	Alert(handle, text string) error
	// SetBanned bans an account and signs it out, or lifts the ban.
	SetBanned(ctx context.Context, handle string, banned bool) error
	// Remove removes an account and takes it off everybody's lists.
	Remove(ctx context.Context, handle string) error
}

// maxBody bounds the text of a request.
const maxBody = 64 << 10

// Server answers the command line.
type Server struct{ http http.Server }

// NewServer makes a server for a service.
func NewServer(s Service) *Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sessions", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(s.Sessions()) // the asker has gone
	})
	handle := func(pattern string, do func(r *http.Request, handle, text string) error) {
		mux.HandleFunc("POST "+pattern, func(w http.ResponseWriter, r *http.Request) {
			text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
			if err == nil {
				err = do(r, r.PathValue("handle"), string(text))
			}
			answer(w, err)
		})
	}
	handle("/sessions/{handle}/close", func(_ *http.Request, h, _ string) error { return s.SignOut(h) })
	handle("/sessions/{handle}/reset", func(_ *http.Request, h, _ string) error { return s.Reset(h) })
	handle("/sessions/{handle}/refer", func(_ *http.Request, h, to string) error { return s.Refer(h, to) })
	handle("/sessions/{handle}/alert", func(_ *http.Request, h, text string) error { return s.Alert(h, text) })
	handle("/accounts/{handle}/ban", func(r *http.Request, h, _ string) error { return s.SetBanned(r.Context(), h, true) })
	handle("/accounts/{handle}/unban", func(r *http.Request, h, _ string) error { return s.SetBanned(r.Context(), h, false) })
	handle("/accounts/{handle}/remove", func(r *http.Request, h, _ string) error { return s.Remove(r.Context(), h) })
	return &Server{http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}}
}

// answer tells the command line how it went. Errors travel as words; those
// that it acts on have a status of their own.
func answer(w http.ResponseWriter, err error) {
	switch {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, account.ErrNotFound):
		http.Error(w, err.Error(), http.StatusNotFound)
	case errors.Is(err, notification.ErrNotSignedIn):
		http.Error(w, err.Error(), http.StatusConflict)
	default:
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
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
