package project

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/server"
	"github.com/papilio-im/papilio/internal/telemetry"
)

// The reference is made from the table of keys, and has every key and every
// variable.
const reference = "docs/configuration.md"

var (
	keyHeading  = regexp.MustCompile("(?m)^### `([a-z0-9_.]+)`$")
	keyVariable = regexp.MustCompile("(?m)^- Environment: `(PAPILIO_[A-Z0-9_]+)`$")
	aVariable   = regexp.MustCompile(`PAPILIO_[A-Z0-9_]+\b`)
	aMetric     = regexp.MustCompile(`\bpapilio_[a-z0-9_]+`)
	tomlBlock   = regexp.MustCompile("(?ms)^```toml\n(.*?)^```$")
)

// notSettings look like variables of the configuration and are none.
var notSettings = map[string]bool{
	"PAPILIO_CONFIG": true, // names the file
}

// told are the texts that tell an operator what to set: the manual and what is
// ready to be deployed.
func told(t *testing.T) map[string]string {
	t.Helper()
	texts := make(map[string]string)
	for _, folder := range []string{".", "docs", "deploy"} {
		entries, err := os.ReadDir(filepath.Join(root(), folder))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.IsDir() || folder != "deploy" && filepath.Ext(e.Name()) != ".md" {
				continue
			}
			name := filepath.ToSlash(filepath.Join(folder, e.Name()))
			texts[name] = read(t, name)
		}
	}
	return texts
}

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root(), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// firsts are the first groups of all matches.
func firsts(re *regexp.Regexp, text string) map[string]bool {
	found := make(map[string]bool)
	for _, m := range re.FindAllStringSubmatch(text, -1) {
		found[m[1]] = true
	}
	return found
}

func TestSettingsThatAreNamedExist(t *testing.T) {
	all := read(t, reference)
	keys, variables := firsts(keyHeading, all), firsts(keyVariable, all)
	if len(keys) < 20 || len(keys) != len(variables) {
		t.Fatalf("%s has %d keys and %d variables: it is not what this test knows", reference, len(keys), len(variables))
	}
	sections := make(map[string]bool)
	for key := range keys {
		if section, _, found := strings.Cut(key, "."); found {
			sections[section] = true
		}
	}
	inCode := regexp.MustCompile("`([a-z]+\\.[a-z0-9_]+)`")
	for name, text := range told(t) {
		for _, v := range aVariable.FindAllString(text, -1) {
			if !variables[v] && !notSettings[v] {
				t.Errorf("%s names the variable %s, which is none", name, v)
			}
		}
		for key := range firsts(inCode, text) {
			section, _, _ := strings.Cut(key, ".")
			if sections[section] && !keys[key] {
				t.Errorf("%s names the key %s, which is none", name, key)
			}
		}
	}
}

// What stands in the manual as a file is one.
func TestFilesInTheManualAreRight(t *testing.T) {
	n := 0
	for name, text := range told(t) {
		for _, m := range tomlBlock.FindAllStringSubmatch(text, -1) {
			n++
			file := filepath.Join(t.TempDir(), "papilio.toml")
			if err := os.WriteFile(file, []byte(m[1]), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := config.Load(config.Source{File: file}); err != nil {
				t.Errorf("%s has a file that the service does not take: %v\n%s", name, err, m[1])
			}
		}
	}
	if n == 0 {
		t.Error("there is none: the test looks in the wrong place")
	}
}

func TestMetricsThatAreNamedExist(t *testing.T) {
	known := metrics(t)
	for name, text := range told(t) {
		for _, metric := range aMetric.FindAllString(text, -1) {
			if !known[metric] {
				t.Errorf("%s names the metric %s, which is none", name, metric)
			}
		}
	}
}

// metrics are those of a process: what it tells, and what it would tell if
// something of the kind had happened.
func metrics(t *testing.T) map[string]bool {
	t.Helper()
	registry := prometheus.NewRegistry()
	if _, err := telemetry.NewMetrics(registry); err != nil {
		t.Fatal(err)
	}
	described := make(chan *prometheus.Desc)
	go func() {
		defer close(described)
		registry.Describe(described)
	}()
	all := make(map[string]bool)
	for d := range described {
		for _, name := range aMetric.FindAllString(d.String(), -1) {
			all[name] = true
		}
	}
	for _, name := range aMetric.FindAllString(metricsPage(t), -1) {
		all[name] = true
	}
	return all
}

// metricsPage is what a service tells.
func metricsPage(t *testing.T) string {
	t.Helper()
	data, err := os.MkdirTemp("", "papilio-test-") // its socket needs a short path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(data) })
	c := config.Default()
	c.Data, c.Host, c.Storage.URL = data, "127.0.0.1", "sqlite://:memory:"
	c.Dispatch.Port, c.Notification.Port, c.Switchboard.Port, c.Web.Port = 0, 0, 0, 0
	c.Web.TLS = config.TLSOff
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	srv, err := server.Start(ctx, server.Options{Config: c, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ctx) }()
	page := fetch(t, "http://"+srv.Addr(config.RoleWeb).String()+"/metrics")
	stop()
	if err := errors.Join(<-ended, srv.Close()); err != nil {
		t.Error(err)
	}
	return page
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// What the manual explains of the log is what the code says there.
func TestMessagesThatAreExplainedExist(t *testing.T) {
	_, troubles, found := strings.Cut(read(t, "docs/operations.md"), "\n## Troubleshooting\n")
	troubles, _, _ = strings.Cut(troubles, "\n## ")
	explained := firsts(regexp.MustCompile("(?m)^\\| `([^`]+)` \\|"), troubles)
	if !found || len(explained) < 10 {
		t.Fatalf("%d messages are explained: it is not what this test knows", len(explained))
	}
	var code strings.Builder
	for _, s := range sources(t) {
		code.WriteString(read(t, s.pkg+"/"+s.name))
	}
	for message := range explained {
		if !strings.Contains(code.String(), message) {
			t.Errorf("nothing says %q", message)
		}
	}
}
