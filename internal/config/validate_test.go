package config

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestConflicts(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*Config)
		want   string // part of the message; empty: allowed
	}{
		{"one port for two roles", func(c *Config) { c.Notification.Port = 1863 },
			"dispatch.port and notification.port are both 1863"},
		{"one port, but the other role is elsewhere", func(c *Config) {
			c.Notification.Port, c.Roles = 1863, []Role{RoleNotification, RoleSwitchboard}
		}, ""},
		{"any free port for all", func(c *Config) {
			c.Dispatch.Port, c.Notification.Port, c.Switchboard.Port, c.Web.Port = 0, 0, 0, 0
		}, ""},

		{"advertise", func(c *Config) { c.Notification.Advertise = "chat.example.com:1864" }, ""},
		{"advertise another port, which is forwarded", func(c *Config) { c.Notification.Advertise = "chat.example.com:443" }, ""},
		{"advertise the dispatch server", func(c *Config) { c.Notification.Advertise = "chat.example.com:1863" },
			"port 1863 is where the dispatch server of this process listens"},
		{"advertise the notification server for the switchboard", func(c *Config) { c.Switchboard.Advertise = "192.0.2.1:1864" },
			"did you mean port 1865?"},
		{"one address for both", func(c *Config) {
			c.Notification.Advertise, c.Switchboard.Advertise = "chat.example.com:443", "Chat.example.com:443"
		}, "they are different servers"},
		{"dispatch alone, referring to another machine's 1863", func(c *Config) {
			c.Roles, c.Notification.Advertise = []Role{RoleDispatch}, "ns.example.com:1863"
		}, ""},
		{"dispatch alone, referring to itself by loopback", func(c *Config) {
			c.Roles, c.Notification.Advertise = []Role{RoleDispatch}, "127.0.0.1:1863"
		}, "clients would never find the notification server"},
		{"dispatch alone, referring to itself by name", func(c *Config) {
			c.Roles, c.Host, c.Notification.Advertise = []Role{RoleDispatch}, "ds.example.com", "DS.example.com:1863"
		}, "clients would never find the notification server"},
		{"dispatch on one address, the other server on another", func(c *Config) {
			c.Roles, c.Host, c.Notification.Advertise = []Role{RoleDispatch}, "127.0.0.2", "127.0.0.3:1863"
		}, ""},

		{"passwords in the clear", func(c *Config) { c.Switchboard.Auth = AuthCTP }, "accounts.allow_ctp"},
		{"passwords in the clear, allowed", func(c *Config) { c.Switchboard.Auth, c.Accounts.AllowCTP = AuthCTP, true }, ""},

		{"HTTP and HTTPS on one port", func(c *Config) { c.Web.TLSPort = 8080 }, "web.port and web.tls_port are both 8080"},
		{"HTTP and no HTTPS on one port", func(c *Config) { c.Web.TLSPort, c.Web.TLS = 8080, TLSOff }, ""},
		{"old and new HTTPS on one port", func(c *Config) { c.Web.OldTLSPort = 8443 }, "web.tls_port and web.old_tls_port are both 8443"},
		{"no files", func(c *Config) { c.Web.TLS, c.Web.Key = TLSFiles, "/key" }, "also needs web.certificate and web.key"},
		{"files", func(c *Config) { c.Web.TLS, c.Web.Certificate, c.Web.Key = TLSFiles, "/cert", "/key" }, ""},
		{"files that nobody reads", func(c *Config) { c.Web.Certificate = "/cert" }, `are for web.tls = "files", but it is "own"`},
		{"old HTTPS without a certificate", func(c *Config) { c.Web.TLS, c.Web.OldTLSPort = TLSOff, 443 }, `web.tls is "off"`},
		{"a provider without names", func(c *Config) { c.Web.TLS = TLSACME }, "what the certificate is for"},
		{"a provider for an address", func(c *Config) { c.Web.TLS, c.Web.Names = TLSACME, "chat.example.com, 192.0.2.1" }, `"192.0.2.1" in web.names`},
		{"a provider", func(c *Config) { c.Web.TLS, c.Web.Names = TLSACME, "chat.example.com" }, ""},

		{"web alone", func(c *Config) { c.Roles = []Role{RoleWeb} }, "nothing but web"},
		{"dispatch alone", func(c *Config) { c.Roles = []Role{RoleDispatch} }, "set notification.advertise"},
		{"notification alone", func(c *Config) { c.Roles = []Role{RoleNotification} }, "no switchboard"},
		{"switchboard alone", func(c *Config) { c.Roles = []Role{RoleSwitchboard, RoleDispatch} }, "no notification server"},
		{"without dispatch", func(c *Config) { c.Roles = []Role{RoleSwitchboard, RoleNotification} }, ""},
		{"switchboard alone on a bus", func(c *Config) {
			c.Roles, c.Cluster.NATSURL = []Role{RoleSwitchboard}, "nats://bus:4222"
		}, ""},

		{"key that is wrong by itself", func(c *Config) { c.Log.Level = "loud" }, `log.level is "loud": it must be one of`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := Default()
			tt.change(&c)
			err := c.Validate()
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("err = %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestAllowed(t *testing.T) {
	for _, tt := range []struct {
		key   string
		good  []string
		wrong []string
	}{
		{"web.names", []string{"", "chat.example.com", "chat.example.com, 192.0.2.1,::1"}, []string{"https://chat.example.com", "a b", "192.0.2.300"}},
		{"web.login_host", []string{"", "login.example.com", "login.example.com:8443", "192.0.2.1:8443"},
			[]string{"https://login.example.com", "login.example.com:0", "login.example.com:x", "[::1]:443", "a,b"}},
		{"web.proxies", []string{"", "127.0.0.1", "127.0.0.1, 10.0.0.0/8,2001:db8::/32"}, []string{"proxy.example.com", "10.0.0.0/33", "127.0.0.1 10.0.0.1"}},
		{"web.acme_email", []string{"", "ana@example.com"}, []string{"ana", "Ana <ana@example.com>"}},
		{"web.acme_directory", []string{"", "https://acme.example.com/dir"}, []string{"http://acme.example.com", "acme.example.com"}},
		{"host", []string{"", "0.0.0.0", "::", "::1", "localhost", "chat.example.com"},
			[]string{"chat.example.com:1863", "[::1]", "a b", "-x", "192.168.1.300", strings.Repeat("a.", 130) + "b"}},
		{"notification.advertise", []string{"", "chat.example.com:1864", "192.0.2.1:1"},
			[]string{"chat.example.com", "chat.example.com:", ":1864", "chat:0", "chat:65536", "chat:+1", "chat:01", "[2001:db8::1]:1864", "0.0.0.0:1864", "a b:1", "192.168.1.300:1864"}},
		{"storage.url", []string{"", "sqlite://:memory:", "sqlite:///var/lib/papilio/papilio.db",
			"postgres://db/papilio", "postgresql://anna:p%40ss@db:5432/papilio?sslmode=disable", "postgres:///papilio?host=/run/postgresql", "postgres://db?dbname=papilio"},

			[]string{"sqlite://papilio.db", "sqlite:", "/var/lib/papilio.db", "mysql://x/y", "postgres:", "postgres://", "postgres://db", "postgres://db/", "postgres:///papilio", "postgres://u:p%zz@db/papilio", "postgres://u:p@ss/w@db:x/papilio"}},
		{"storage.connections", []string{"1", "16", "1000"}, []string{"", "0", "-1", "1001"}},
		{"storage.legacy_key", []string{"", "legacy.key", "/run/secrets/legacy.key"}, []string{"a\x00b"}},
		{"cluster.node", []string{"", "a", "node-1", "7", "Node_B", strings.Repeat("a", 48)},
			[]string{"-a", "a.b", "a b", "a*", "all", strings.Repeat("a", 49)}},
		{"cluster.lease", []string{"1s", "1500ms", "1m"}, []string{"", "0s", "999ms", "61s", "10"}},
		{"shutdown.deadline", []string{"0s", "1s", "24h"}, []string{"", "500ms", "25h"}},
		{"shutdown.rate", []string{"1", "500", "1000000"}, []string{"0", "-1", "1000001", "500/s"}},
		{"cluster.nats_url", []string{"", "nats://bus:4222", "tls://a:1,tls://b:1", "wss://bus"},
			[]string{"bus:4222", "http://bus", "nats://", "nats://a:4222,", "nats://%zz"}},
		{"roles", []string{"dispatch", "web , dispatch"}, []string{"", ",", "dispatch,", "Dispatch"}},
		{"limits.calls_per_minute", []string{"0", "1", "1000000"}, []string{"-1", "1000001", "1.5", "many"}},
		{"switchboard.idle", []string{"0s", "0", "1s", "24h"}, []string{"", "999ms", "24h0m1s", "15", "-1h"}},
	} {
		for _, k := range keys() {
			if k.name != tt.key {
				continue
			}
			c := Default()
			for _, s := range tt.good {
				if err := k.of(&c).set(s); err != nil {
					t.Errorf("%s = %q is refused: %v", tt.key, s, err)
				}
			}
			before := k.of(&c).toml()
			for _, s := range tt.wrong {
				if err := k.of(&c).set(s); err == nil {
					t.Errorf("%s = %q is taken", tt.key, s)
				}
			}
			if after := k.of(&c).toml(); after != before {
				t.Errorf("%s: a refused value changed %s to %s", tt.key, before, after)
			}
		}
	}
}

// A slip in an address of PostgreSQL is told for what it is.
func TestPostgresIsExplained(t *testing.T) {
	for given, want := range map[string]string{
		"postgres://anna:hunt@er2/%@db/papilio": "it cannot be read",
		"postgres://anna:hunt@er2@db/papilio":   "it cannot be read",
		"postgres://anna:hunter2@/papilio":      "it names no host",
		"postgres://anna:hunter2@db":            "it names no database",
	} {
		_, err := Load(Source{Environ: []string{"PAPILIO_STORAGE_URL=" + given}})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "er2") {
			t.Errorf("%s: err = %v, want one with %q", given, err, want)
		}
	}
}

func TestStorageURL(t *testing.T) {
	c := Default()
	c.Data = t.TempDir()
	got, err := c.StorageURL()
	if err != nil {
		t.Fatal(err)
	}
	if want := "sqlite://" + filepath.ToSlash(c.Data) + "/papilio.db"; got != want {
		t.Errorf("StorageURL() = %q, want %q", got, want)
	}
	if err := allowStorage(got); err != nil {
		t.Errorf("storage.url would refuse it: %v", err)
	}
	c.Storage.URL = "sqlite://:memory:"
	if got, err := c.StorageURL(); err != nil || got != c.Storage.URL {
		t.Errorf("StorageURL() = %q, %v, want what is configured", got, err)
	}
}

func TestListen(t *testing.T) {
	c := Default()
	if got := c.Listen(RoleDispatch); got != ":1863" {
		t.Errorf("Listen(dispatch) = %q", got)
	}
	c.Host = "::1"
	if got := c.Listen(RoleWeb); got != "[::1]:8080" {
		t.Errorf("Listen(web) = %q", got)
	}
}
