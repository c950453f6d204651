package config

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The table and the struct are written by hand, so this holds them together:
// every field has a key that points at it, and no two keys share one.
func TestEveryFieldHasOneKey(t *testing.T) {
	var c Config
	seen := make(map[any]string)
	for _, k := range keys() {
		v := reflect.ValueOf(k.of(&c))
		p := v.FieldByName("p")
		if other, ok := seen[p.Pointer()]; ok {
			t.Errorf("%s and %s set the same field", k.name, other)
		}
		seen[p.Pointer()] = k.name
	}
	fields := 0
	eachField(reflect.ValueOf(&c).Elem(), "Config", func(name string, f reflect.Value) {
		fields++
		if seen[f.Addr().Pointer()] == "" {
			t.Errorf("no key sets %s", name)
		}
	})
	if fields != len(keys()) {
		t.Errorf("%d fields and %d keys", fields, len(keys()))
	}
}

func eachField(v reflect.Value, name string, visit func(string, reflect.Value)) {
	if v.Kind() != reflect.Struct {
		visit(name, v)
		return
	}
	for i := range v.NumField() {
		eachField(v.Field(i), name+"."+v.Type().Field(i).Name, visit)
	}
}

func TestKeyNames(t *testing.T) {
	want := strings.Fields(`data host roles
		dispatch.port
		notification.port notification.advertise
		switchboard.port switchboard.advertise switchboard.auth switchboard.hidden_may_call switchboard.idle switchboard.direct
		web.port web.tls web.tls_port web.old_tls_port web.names web.login_host web.proxies web.certificate web.key web.acme_email web.acme_directory
		gateway.host
		storage.url storage.connections storage.legacy_key
		cluster.node cluster.nats_url cluster.lease
		shutdown.deadline shutdown.rate
		accounts.allow_ctp
		log.level log.format log.wire
		limits.enabled limits.sign_ins_per_address_per_minute limits.failed_sign_ins_per_account_per_minute
		limits.connections_per_address limits.calls_per_minute limits.failed_calls_per_10s
		limits.transfers_per_minute limits.status_changes_per_minute limits.renames_per_minute`)
	var got []string
	for _, s := range sections() {
		for _, k := range s.keys {
			got = append(got, k.name)
			if section, _, dotted := strings.Cut(k.name, "."); dotted && section != s.name {
				t.Errorf("%s stands in section %q", k.name, s.name)
			}
			if !strings.HasSuffix(k.doc, ".") {
				t.Errorf("%s: its description is not a sentence: %q", k.name, k.doc)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

func TestDefaultIsValid(t *testing.T) {
	c := Default()
	if err := c.Validate(); err != nil {
		t.Errorf("the default is refused: %v", err)
	}
}

func TestDefaultsShareNothing(t *testing.T) {
	one := Default()
	one.Roles[0] = "changed"
	if other := Default(); other.Roles[0] != RoleDispatch {
		t.Error("a change of one default reached the next")
	}
}

func TestNearest(t *testing.T) {
	var names []string
	for _, k := range keys() {
		names = append(names, k.name)
	}
	for _, tt := range []struct{ wrote, want string }{
		{"notification.prot", "notification.port"},
		{"port", "dispatch.port"},
		{"hidden_may_call", "switchboard.hidden_may_call"},
		{"switchboard.nats_url", "cluster.nats_url"},
		{"role", "roles"},
		{"log.levl", "log.level"},
		{"Data", "data"},
		{"log.fromat", "log.format"},
	} {
		if got := nearest(tt.wrote, names); got != tt.want {
			t.Errorf("nearest(%q) = %q, want %q", tt.wrote, got, tt.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"port", "prot", 1},
		{"port", "ports", 1},
		{"kitten", "sitting", 3},
	} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
