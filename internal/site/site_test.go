package site

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPages(t *testing.T) {
	h, err := New(Options{DispatchPort: 1863, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		method, path string
		status       int
		says         string
	}{
		{"GET", "/", http.StatusOK, "<b>messenger.example.net:1863</b>"},
		{"GET", "/", http.StatusOK, `HKEY_CURRENT_USER\Software\Microsoft\MessengerService to <b>messenger.example.net</b>`},
		{"GET", "/", http.StatusOK, "messenger.example.net nexus.passport.com\n"},
		{"POST", "/", http.StatusOK, "Papilio"},
		{"GET", "/services/inbox", http.StatusOK, "no mailbox"},
		{"POST", "/services/inbox", http.StatusOK, "no mailbox"},
		{"GET", "/elsewhere", http.StatusNotFound, ""},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), tt.method, tt.path, strings.NewReader("creds=secret"))
			r.Host = "messenger.example.net:8080"
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.says) {
				t.Errorf("status %d, want %d; body:\n%s", w.Code, tt.status, w.Body)
			}
			if strings.Contains(w.Body.String(), "secret") {
				t.Error("the page repeats what was posted")
			}
		})
	}
}

// The official clients cannot be told another port, and without a dispatch
// server there is nothing to connect to.
func TestPageOfOtherPorts(t *testing.T) {
	for port, want := range map[int]string{2863: "messenger.example.net:2863", 0: ""} {
		h, err := New(Options{DispatchPort: port, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.Host = "messenger.example.net"
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if body := w.Body.String(); !strings.Contains(body, want) || strings.Contains(body, "registry") || port == 0 && strings.Contains(body, "To connect") {
			t.Errorf("port %d:\n%s", port, body)
		}
	}
}
