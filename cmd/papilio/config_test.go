package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func (w *world) file(name, content string) string {
	w.t.Helper()
	path := filepath.Join(w.data, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

func TestConfigCheck(t *testing.T) {
	w := newWorld(t)
	contains(t, w.done("config", "check"), "no mistakes in the defaults and the environment", "dispatch, notification, switchboard, web and gateway")

	good := w.file("good.toml", "[log]\nlevel = \"debug\"\n")
	contains(t, w.done("config", "check", "--config", good), good)

	bad := w.file("bad.toml", "[dispatch]\nprot = 1\n\n[log]\nlevel = \"loud\"\n")
	o := w.run("config", "check", "--config", bad)
	if o.code != exitUsage || strings.Count(o.errs, "\npapilio: ") != 1 {
		t.Errorf("code %d, want %d and both mistakes:\n%s", o.code, exitUsage, o.errs)
	}
	contains(t, o.errs, `bad.toml:2: there is no key "dispatch.prot"; the nearest is "dispatch.port"`, `bad.toml:5: log.level is "loud"`)
	w.refused(exitUsage, "no such file", "config", "check", "--config", filepath.Join(w.data, "none.toml"))
}

func TestConfigPrint(t *testing.T) {
	w := newWorld(t)
	w.environ = append(w.environ, "PAPILIO_CLUSTER_NATS_URL=nats://anna:hunter2@bus:4222")
	out := w.done("config", "print", "--data", "elsewhere")
	contains(t, out, `data = "elsewhere"`, "# Port of the dispatch server", "PAPILIO_DISPATCH_PORT", "bus:4222")
	if strings.Contains(out, "hunter2") {
		t.Errorf("the password is shown:\n%s", out)
	}
}

// A flag goes before the variable, for the file as for everything else.
func TestConfigFileOutOfTheEnvironment(t *testing.T) {
	w := newWorld(t)
	one := w.file("one.toml", "[switchboard]\nidle = \"1m\"\n")
	two := w.file("two.toml", "[switchboard]\nidle = \"2m\"\n")
	w.environ = append(w.environ, "PAPILIO_CONFIG="+one)
	contains(t, w.done("config", "print"), `idle = "1m"`)
	contains(t, w.done("config", "print", "--config", two), `idle = "2m"`)
}

func TestEveryCommandObeysTheConfiguration(t *testing.T) {
	w := newWorld(t)
	w.environ = append(w.environ, "PAPILIO_WEB_PROT=1")
	for _, args := range [][]string{
		{"serve"}, {"user", "list"}, {"user", "ban", "a@example.com"}, {"session", "list"}, {"config", "print"},
	} {
		w.refused(exitUsage, "the nearest is PAPILIO_WEB_PORT", args...)
	}
}
