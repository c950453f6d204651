package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// load runs Load over a file with the given content, and gives the errors as
// lines in which the file is called papilio.toml.
func load(t *testing.T, content string, src Source) (Config, []string) {
	t.Helper()
	if content != "" {
		src.File = filepath.Join(t.TempDir(), "papilio.toml")
		if err := os.WriteFile(src.File, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Load(src)
	if err == nil {
		return c, nil
	}
	if diff := cmp.Diff(Config{}, c); diff != "" {
		t.Errorf("a configuration came with the error:\n%s", diff)
	}
	said := err.Error()
	if src.File != "" {
		said = strings.ReplaceAll(said, src.File, "papilio.toml")
	}
	return c, strings.Split(said, "\n")
}

func TestLoadNothing(t *testing.T) {
	c, wrong := load(t, "", Source{})
	if wrong != nil {
		t.Fatal(wrong)
	}
	if diff := cmp.Diff(Default(), c); diff != "" {
		t.Errorf("(-default +got):\n%s", diff)
	}
}

func TestLoadOrder(t *testing.T) {
	const file = `
data = "from-file"
roles = ["notification", "switchboard"]
[notification]
port = 2001
[switchboard]
idle = "1h30m"
auth = "md5"
hidden_may_call = true
`
	src := Source{
		Environ: []string{
			"PATH=/bin",
			"PAPILIO_DATA=from-environment",
			"PAPILIO_NOTIFICATION_PORT=2864",
			"PAPILIO_ROLES=dispatch, notification,switchboard",
			"PAPILIO_HOST=", // as good as not set
			"PAPILIO_LIMITS_ENABLED=false",
		},
		Flags: map[string]string{"data": "from-flag"},
	}
	got, wrong := load(t, file, src)
	if wrong != nil {
		t.Fatal(wrong)
	}
	want := Default()
	want.Data = "from-flag"
	want.Roles = []Role{RoleDispatch, RoleNotification, RoleSwitchboard}
	want.Notification.Port = 2864
	want.Switchboard.Idle = 90 * time.Minute
	want.Switchboard.Auth = AuthMD5
	want.Switchboard.HiddenMayCall = true
	want.Limits.Enabled = false
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Each key is set through its variable to what it already is, so that every
// variable is known to exist and to be read in the form that is printed.
func TestEveryVariable(t *testing.T) {
	defaults := Default()
	var environ []string
	for _, k := range keys() {
		v := strings.Trim(k.of(&defaults).toml(), `[]`)
		environ = append(environ, k.env()+"="+strings.ReplaceAll(v, `"`, ""))
	}
	got, wrong := load(t, "", Source{Environ: environ})
	if wrong != nil {
		t.Fatal(wrong)
	}
	if diff := cmp.Diff(defaults, got); diff != "" {
		t.Errorf("(-default +got):\n%s", diff)
	}
	if !slices.Contains(environ, "PAPILIO_SWITCHBOARD_HIDDEN_MAY_CALL=false") {
		t.Error("no PAPILIO_SWITCHBOARD_HIDDEN_MAY_CALL")
	}
}

func TestLoadMistakesInFile(t *testing.T) {
	const port = "it must be a whole number from 1 to 65535, or 0 for any free port"
	for _, tt := range []struct {
		name, file string
		want       []string
	}{
		{"unknown key", "[notification]\nprot = 1864\n", []string{
			`papilio.toml:2: there is no key "notification.prot"; the nearest is "notification.port"`,
		}},
		{"key without its section", "port = 1864\n", []string{
			`papilio.toml:1: there is no key "port"; the nearest is "dispatch.port"`,
		}},
		{"key in another case", "[notification]\n\nPort = 1864\n", []string{
			`papilio.toml:3: there is no key "notification.Port"; the nearest is "notification.port"`,
		}},
		{"dotted key", "log.levl = \"info\"\n", []string{
			`papilio.toml:1: there is no key "log.levl"; the nearest is "log.level"`,
		}},
		{"key in an inline table", "log = { levl = \"info\" }\n", []string{
			`papilio.toml: there is no key "log.levl"; the nearest is "log.level"`,
		}},
		{"unknown section, once", "[notifcation]\nport = 1\nadvertise = \"a:1\"\n[log]\nwire = 3\n", []string{
			`papilio.toml:1: there is no section "notifcation"; the nearest is "notification"`,
			`papilio.toml:5: log.wire is a number without quotes: it must be true or false`,
		}},
		{"mistakes in a misspelt section", "[notifcation]\nprot = 1\n[lgo]\nwire = 3\n[zzzzzzzzzzzz]\nx = 1\n", []string{
			`papilio.toml:1: there is no section "notifcation"; the nearest is "notification"`,
			`papilio.toml:2: there is no key "notification.prot"; the nearest is "notification.port"`,
			`papilio.toml:3: there is no section "lgo"; the nearest is "log"`,
			`papilio.toml:4: log.wire is a number without quotes: it must be true or false`,
			`papilio.toml:5: there is no section "zzzzzzzzzzzz"; the nearest is "dispatch"`,
		}},
		{"misspelt list of tables", "[[lgo]]\nwire = 3\nfoo = 1\n", []string{
			`papilio.toml:1: there is no section "lgo"; the nearest is "log"`,
		}},
		{"list of tables", "[[log]]\nwire = true\n", []string{
			`papilio.toml:1: log is a list of tables: it must be one, with single brackets: [log]`,
		}},
		{"table for a key", "[data]\nx = 1\n", []string{
			`papilio.toml:1: data is a table: it must be the path of a folder`,
		}},
		{"number in quotes", "[web]\nport = \"8080\"\n", []string{
			`papilio.toml:2: web.port is a text in quotes: ` + port,
		}},
		{"number too large", "[web]\nport = 65536\n", []string{
			`papilio.toml:2: web.port is "65536": ` + port,
		}},
		{"number far too large", "[web]\nport = 9223372036854775807\n", []string{
			`papilio.toml:2: web.port is "9223372036854775807": ` + port,
		}},
		{"time without a unit", "[switchboard]\nidle = 15\n", []string{
			`papilio.toml:2: switchboard.idle is a number without quotes: it must be a time from "1s" to "24h", such as "90s" or "1h30m", or "0s" for never`,
		}},
		{"negative time", "[switchboard]\nidle = \"-1s\"\n", []string{
			`papilio.toml:2: switchboard.idle is "-1s": it must be a time from "1s" to "24h", such as "90s" or "1h30m", or "0s" for never`,
		}},
		{"word that is not one of them", "[switchboard]\nauth = \"cookie\"\n", []string{
			`papilio.toml:2: switchboard.auth is "cookie": it must be one of "cki", "md5", "ctp"`,
		}},
		{"roles", "roles = [\"dispatch\", \"gatekeeper\"]\n", []string{
			`papilio.toml:1: roles is "dispatch,gatekeeper": it must be one or more of "dispatch", "notification", "switchboard", "web", "gateway", none of them twice`,
		}},
		{"a role twice", "roles = [\"web\", \"web\"]\n", []string{
			`papilio.toml:1: roles is "web,web": it must be one or more of "dispatch", "notification", "switchboard", "web", "gateway", none of them twice`,
		}},
		{"no roles", "roles = []\n", []string{
			`papilio.toml:1: roles is "": it must be one or more of "dispatch", "notification", "switchboard", "web", "gateway", none of them twice`,
		}},
		{"list of numbers", "roles = [1]\n", []string{
			`papilio.toml:1: roles is a list: it must be one or more of "dispatch", "notification", "switchboard", "web", "gateway", none of them twice`,
		}},
		{"syntax", "data = \"a\"\nhost =\n", []string{
			`papilio.toml:2: host: expected value but found '\n': it must be an IP address or a host name without a port, or ""`,
		}},
		{"word without quotes", "[log]\nwire = maybe\n", []string{
			`papilio.toml:2: log.wire: expected value but found "maybe": it must be true or false`,
		}},
		{"text without quotes", "x = y\n", []string{
			`papilio.toml:1: expected value but found "y"`,
		}},
		{"syntax elsewhere", "[web\n", []string{
			`papilio.toml:2: expected '.' or ']' to end table name, but got '\n'`,
		}},
		{"every mistake at once", "[web]\nport = -1\n[log]\nlevel = \"all\"\ncolour = true\n", []string{
			`papilio.toml:2: web.port is "-1": ` + port,
			`papilio.toml:4: log.level is "all": it must be one of "debug", "info", "warn", "error"`,
			`papilio.toml:5: there is no key "log.colour"; the nearest is "log.format"`,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, got := load(t, tt.file, Source{})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestLoadMistakesElsewhere(t *testing.T) {
	_, got := load(t, "", Source{
		Environ: []string{"PAPILIO_NOTIFICATION_PROT=1", "PAPILIO_LOG_WIRE=maybe", "PAPILIO_PORT=1863"},
		Flags:   map[string]string{"data": "", "dta": "x"},
	})
	want := []string{
		`PAPILIO_LOG_WIRE: log.wire is "maybe": it must be true or false`,
		`PAPILIO_NOTIFICATION_PROT: there is no such setting; the nearest is PAPILIO_NOTIFICATION_PORT`,
		`PAPILIO_PORT: there is no such setting; the nearest is PAPILIO_DISPATCH_PORT`,
		`--data: data is "": it must be the path of a folder`,
		`--dta: there is no key "dta"; the nearest is "data"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// In Kubernetes a service called papilio or papilio-web puts such variables
// into every container of its namespace, this one among them.
func TestServiceLinksAreNotOurs(t *testing.T) {
	got, wrong := load(t, "", Source{Environ: []string{
		"PAPILIO_SERVICE_HOST=10.0.0.7",
		"PAPILIO_SERVICE_PORT=1863",
		"PAPILIO_SERVICE_PORT_DISPATCH=1863",
		"PAPILIO_PORT=tcp://10.0.0.7:1863",
		"PAPILIO_PORT_1863_TCP=tcp://10.0.0.7:1863",
		"PAPILIO_PORT_1863_TCP_PROTO=tcp",
		"PAPILIO_PORT_1863_TCP_PORT=1863",
		"PAPILIO_PORT_1863_TCP_ADDR=10.0.0.7",
		"PAPILIO_WEB_SERVICE_HOST=10.0.0.8",
		"PAPILIO_WEB_PORT=tcp://10.0.0.8:80",
	}})
	if wrong != nil {
		t.Fatal(wrong)
	}
	if diff := cmp.Diff(Default(), got); diff != "" {
		t.Errorf("(-default +got):\n%s", diff)
	}
}

func TestLoadNoFile(t *testing.T) {
	_, err := Load(Source{File: filepath.Join(t.TempDir(), "missing.toml")})
	if err == nil || !strings.Contains(err.Error(), "missing.toml") {
		t.Errorf("err = %v, want one that names the file", err)
	}
}

// What is wrong with an address is told without the password in it.
func TestMistakesShowNoCredentials(t *testing.T) {
	for _, file := range []string{
		"[storage]\nurl = \"postgres://anna:hunter2@db\"\n",
		"[storage]\nurl = \"postgres://anna:%hunter2@db/papilio\"\n",
		"[storage]\nurl = \"postgres://db?password=hunter2\"\n",
		"[cluster]\nnats_url = \"http://hunter2@bus:4222\"\n",
		"[cluster]\nnats_url = \"nats://anna:hunter2@a:4222, nats://hunter2 @b\"\n",
	} {
		_, wrong := load(t, file, Source{})
		if len(wrong) == 0 || strings.Contains(strings.Join(wrong, "\n"), "hunter2") {
			t.Errorf("%s: %q", file, wrong)
		}
	}
}

// Whatever the file, what comes out of it is valid and survives being printed.
func FuzzLoadFile(f *testing.F) {
	f.Add("data = \"x\"\n[web]\nport = 1\n")
	f.Add("roles = [\"web\"]\ncluster.nats_url = \"nats://a@b:1\"\n")
	f.Add("[switchboard]\nidle = \"1h\"\nadvertise = \"a:1\"\n[log]\nwire = true")
	f.Add("[[log]]\n[data.x]\n")
	f.Fuzz(func(t *testing.T, content string) {
		l := newLoader()
		l.toml("papilio.toml", content)
		if len(l.wrong) > 0 {
			return
		}
		if err := l.config.Validate(); err != nil {
			return // a conflict between keys, which reading alone does not see
		}
		var b strings.Builder
		if err := l.config.WriteTOML(&b); err != nil {
			t.Fatal(err)
		}
		again := newLoader()
		again.toml("printed.toml", b.String())
		if len(again.wrong) > 0 {
			t.Fatalf("printed, it is refused: %v\n%s", again.wrong, b.String())
		}
		var c strings.Builder
		if err := again.config.WriteTOML(&c); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(b.String(), c.String()); diff != "" {
			t.Errorf("printed, read and printed again (-first +second):\n%s", diff)
		}
	})
}
