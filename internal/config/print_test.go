package config

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

//go:generate go test -run TestReferenceIsInStep -update

var update = flag.Bool("update", false, "write docs/configuration.md instead of comparing it")

func printed(t *testing.T, c *Config) string {
	t.Helper()
	var b strings.Builder
	if err := c.WriteTOML(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPrintedDefaultReadsBack(t *testing.T) {
	c := Default()
	got, wrong := load(t, printed(t, &c), Source{})
	if wrong != nil {
		t.Fatal(wrong)
	}
	if diff := cmp.Diff(c, got); diff != "" {
		t.Errorf("(-default +read back):\n%s", diff)
	}
}

func TestPrintedChangesReadBack(t *testing.T) {
	c := Default()
	c.Data = "a \"quoted\"\\path\twith\u00e9"
	c.Roles = []Role{RoleNotification, RoleSwitchboard}
	c.Notification.Advertise = "chat.example.com:2864"
	c.Switchboard.Idle = 0
	c.Cluster.NATSURL = "nats://a:4222,nats://b:4222"
	c.Storage.URL = "postgres:///papilio?host=/run/postgresql"
	c.Limits.CallsPerMinute = 0
	got, wrong := load(t, printed(t, &c), Source{})
	if wrong != nil {
		t.Fatal(wrong)
	}
	if diff := cmp.Diff(c, got); diff != "" {
		t.Errorf("(-printed +read back):\n%s", diff)
	}
}

func TestPrintedShowsNoCredentials(t *testing.T) {
	c := Default()
	c.Cluster.NATSURL = "nats://anna:hunter2@a:4222,nats://hunter2@b:4222"
	c.Storage.URL = "postgres://anna:hunter2@db:5432/papilio?sslmode=require&sslpassword=hunter2&PASSWORD=hunter2"
	out := printed(t, &c)
	if strings.Contains(out, "hunter2") {
		t.Errorf("the password is printed:\n%s", out)
	}
	for _, want := range []string{
		`nats_url = "nats://masked@a:4222,nats://masked@b:4222"`,
		`url = "postgres://anna:masked@db:5432/papilio?PASSWORD=masked&sslmode=require&sslpassword=masked"`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
}

func TestPrintedExplainsEveryKey(t *testing.T) {
	c := Default()
	out := printed(t, &c)
	for _, k := range keys() {
		if !strings.Contains(out, "# "+k.env()+"\n"+k.leaf()+" = ") {
			t.Errorf("%s is not printed with its variable", k.name)
		}
	}
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "#") && len(line) > wrapAt+1 && strings.Count(line, " ") > 1 {
			t.Errorf("a comment is too long: %s", line)
		}
	}
}

func TestReferenceIsInStep(t *testing.T) {
	page := filepath.Join("..", "..", "docs", "configuration.md")
	var b bytes.Buffer
	if err := WriteReference(&b); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(page, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(got), b.String()); diff != "" {
		t.Errorf("docs/configuration.md is out of step; run: go generate ./internal/config\n(-page +generated):\n%s", diff)
	}
}
