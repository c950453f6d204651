package certificate

import (
	"bytes"
	"crypto/tls"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/zap"
)

func TestACMEUntilTheProviderAnswers(t *testing.T) {
	own := open(t, t.TempDir(), "chat.example.net")
	a, err := NewACME(ACMEOptions{
		Dir: t.TempDir(), Names: []string{"chat.example.net"}, Directory: "https://127.0.0.1:1/none", Plain: 8080, Secure: 8443,
		Else: own.Get, Log: quiet(),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for _, name := range []string{"chat.example.net", "nexus.passport.com", ""} {
		client := &tls.Config{RootCAs: trusting(own), ServerName: name}
		if name == "" {
			client.InsecureSkipVerify = true
		}
		if _, err := greet(t, Modern(a.Get, a.Protocols()...), client); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	h := a.Answer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "next") }))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/rdr/pprdr.asp", nil))
	if w.Body.String() != "next" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if _, err := NewACME(ACMEOptions{Log: quiet()}); err == nil {
		t.Error("no names, and no error")
	}
}

func TestLogOfTheLibrary(t *testing.T) {
	var b bytes.Buffer
	log := zap.New(slogCore{slog.New(slog.NewTextHandler(&b, nil))}).With(zap.String("part", "one"))
	log.Debug("not this")
	log.Info("nor this")
	log.Warn("but this", zap.Int("n", 3))
	if got := b.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `level=WARN msg=certificate part=one n=3 event="but this"`) {
		t.Errorf("got %s", got)
	}
}
