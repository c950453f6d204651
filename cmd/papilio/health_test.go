package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestHealth(t *testing.T) {
	w := newWorld(t)
	w.refused(exitUsage, "web.port is 0", "health")
	b := w.serve()
	w.webPort(b.address("web"))
	o := w.run("health")
	for end := time.Now().Add(patience); o.code != exitDone && time.Now().Before(end); o = w.run("health") {
		continue // it listens before it takes clients
	}
	if o.code != exitDone || o.out != "ready\n" || o.errs != "" {
		t.Errorf("it says %+v", o)
	}
	b.stop()
	w.refused(exitFailed, "the service does not answer", "health")

	w.environ = append(w.environ, "PAPILIO_ROLES=dispatch,notification,switchboard")
	w.refused(exitUsage, `roles has neither "web" nor "gateway"`, "health")
}

func TestHealthOfAServiceThatIsNotReady(t *testing.T) {
	w := newWorld(t)
	draining := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			t.Errorf("asked for %s", r.URL.Path)
		}
		http.Error(rw, "not ready", http.StatusServiceUnavailable)
	}))
	defer draining.Close()
	w.webPort(draining.Listener.Addr().String())
	w.refused(exitFailed, "the service is not ready", "health")
}

func TestNearHost(t *testing.T) {
	for host, want := range map[string]string{
		"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1", "192.0.2.1": "192.0.2.1", "example.com": "example.com",
	} {
		if got := nearHost(host); got != want {
			t.Errorf("%q is reached at %q, want %q", host, got, want)
		}
	}
}

// webPort has the world's commands expect the web server at a port.
func (w *world) webPort(address string) {
	w.t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		w.t.Fatal(err)
	}
	w.environ = append(w.environ, "PAPILIO_WEB_PORT="+port)
}
