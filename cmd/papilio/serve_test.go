package main

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/internal/config"
)

func TestServe(t *testing.T) {
	w := newWorld(t)
	b := w.serve()
	out := b.out.String()
	contains(t, out, "Papilio ", w.data, "There are no accounts yet",
		"papilio user add you@example.com --legacy-same --data "+w.data,
		"set in your client", "server 127.0.0.1, port ", `Software\Microsoft\MessengerService: 127.0.0.1`,
		"It always connects to port 1863, which is not the one here")
	if !strings.HasSuffix(out, "\nready\n") {
		t.Errorf("the last word is not ready:\n%s", out)
	}
	for _, role := range config.Roles() {
		w.dials(b.address(string(role)))
	}
	w.fetches("http://"+b.address("web")+"/readyz", "ready")
	w.fetches("http://"+b.address("web")+"/metrics", "papilio_")

	w.refused(exitUsage, "another Papilio is running on this data folder", "serve")
	if code := b.stop(); code != exitDone {
		t.Errorf("code %d after an interruption", code)
	}
	contains(t, b.errs.String(), "a second signal ends it at once", "msg=stopped orderly=true")
}

func (w *world) dials(address string) {
	w.t.Helper()
	var d net.Dialer
	nc, err := d.DialContext(w.t.Context(), "tcp", address)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := nc.Close(); err != nil {
		w.t.Error(err)
	}
}

func (w *world) fetches(url, says string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, url, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := c.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.Body.Close() != nil || !strings.Contains(string(body), says) {
		w.t.Errorf("%s: %v, %q", url, err, body)
	}
}

func TestServeKnowsThatThereAreAccounts(t *testing.T) {
	w := newWorld(t)
	w.done("user", "add", "anna@example.com", "--password", "x")
	b := w.serve()
	if strings.Contains(b.out.String(), "no accounts") {
		t.Errorf("it says that there are none:\n%s", &b.out)
	}
}

func TestServeOnATakenPort(t *testing.T) {
	w := newWorld(t)
	var lc net.ListenConfig
	ln, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	_, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	w.environ = append(w.environ, "PAPILIO_SWITCHBOARD_PORT="+port, "PAPILIO_LOG_LEVEL=error")
	w.refused(exitUsage, ln.Addr().String()+" is taken by another program: stop that, or choose another port with switchboard.port", "serve")
}

func TestServeWithoutARightToTheDataFolder(t *testing.T) {
	w := newWorld(t)
	file := w.file("file", "")
	w.refused(exitFailed, "choose another with --data", "serve", "--data", file+"/data")
}

func TestBanner(t *testing.T) {
	everywhere := netip.IPv6Unspecified()
	c := config.Default()
	b := &banner{release: "v1.2.3", config: &c, folder: "/srv/the data", command: "papilio user add you@example.com --legacy-same", roles: []listening{
		{config.RoleDispatch, netip.AddrPortFrom(everywhere, 1863)},
		{config.RoleNotification, netip.MustParseAddrPort("192.0.2.1:1864")},
	}}
	out := b.String()
	contains(t, out, "Papilio v1.2.3\n", "dispatch      port 1863\n", "notification  192.0.2.1:1864\n", "data          /srv/the data\n",
		"from another terminal in this folder:\n\n  papilio user add you@example.com --legacy-same\n")
	if strings.Contains(out, "which is not the one here") {
		t.Errorf("a warning about the usual port:\n%s", out)
	}

	c.Data = "the data"
	contains(t, b.String(), "--legacy-same --data '/srv/the data'\n")

	b.roles = append(b.roles, listening{config.RoleWeb, netip.AddrPortFrom(everywhere, 8080)})
	b.secure = []int{8443, 9443}
	contains(t, b.String(), "web           port 8080, http://", "              https on port 8443\n", "              https for old systems on port 9443\n")

	c.Roles, b.secure = []config.Role{config.RoleSwitchboard}, nil
	b.roles = []listening{{config.RoleSwitchboard, netip.AddrPortFrom(everywhere, 1865)}}
	if out := b.String(); strings.Contains(out, "account") || strings.Contains(out, "client") {
		t.Errorf("a switchboard speaks of accounts and clients:\n%s", out)
	}
}

func TestQuoted(t *testing.T) {
	for in, want := range map[string]string{"/srv/papilio": "/srv/papilio", "a b": "'a b'", "it's": `'it'\''s'`} {
		if got := quoted(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
