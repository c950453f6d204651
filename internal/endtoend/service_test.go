package endtoend

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is for a machine that has other things to do.
const patience = 60 * time.Second

// program is the path of the built program.
var program string

func TestMain(m *testing.M) {
	os.Exit(run(m)) //nolint:forbidigo // the program is removed before, which m.Run alone would not do
}

func run(m *testing.M) int {
	if race {
		return 0 // what would be watched is not in this process
	}
	dir, err := os.MkdirTemp("", "papilio-endtoend-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	program = filepath.Join(dir, "papilio")
	build := exec.CommandContext(context.Background(), "go", "build", "-o", program, "github.com/papilio-im/papilio/cmd/papilio")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the program: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// service is the running program.
type service struct {
	data      string
	addresses map[string]string // by role, and "https"
	web       *http.Client      // trusts the service's authority
}

// serve starts the program in a folder of its own, and stops it when the test ends.
func serve(t *testing.T) *service {
	t.Helper()
	data, err := os.MkdirTemp("", "papilio-e2e-") // the path of its socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(data) })
	s := &service{data: data, addresses: make(map[string]string)}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := s.command(ctx, "serve")
	var log strings.Builder
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := cmd.Wait(); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("the service ended with %v", err)
		}
		if t.Failed() {
			t.Log(log.String())
		}
	})
	s.read(t, out)
	s.trust(t)
	return s
}

// command is the program with arguments. When ctx ends it is interrupted.
func (s *service) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(),
		"PAPILIO_DATA="+s.data, "PAPILIO_HOST=127.0.0.1", "PAPILIO_DISPATCH_PORT=0", "PAPILIO_NOTIFICATION_PORT=0",
		"PAPILIO_SWITCHBOARD_PORT=0", "PAPILIO_WEB_PORT=0", "PAPILIO_WEB_TLS_PORT=0",
		"PAPILIO_LIMITS_ENABLED=false") // nobody signs in and calls as often as tests do
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = patience
	return cmd
}

// read reads where the roles listen, until the service is ready.
func (s *service) read(t *testing.T, out io.Reader) {
	t.Helper()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		switch {
		case len(words) == 1 && words[0] == "ready":
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return
		case len(words) == 4 && words[0] == "https":
			s.addresses["https"] = "127.0.0.1:" + words[3]
		case len(words) > 1:
			s.addresses[words[0]] = strings.TrimSuffix(words[1], ",")
		}
	}
	t.Fatalf("the service does not get ready: %v", lines.Err())
}

// trust installs the service's authority, as people do from its page.
func (s *service) trust(t *testing.T) {
	t.Helper()
	pem, err := os.ReadFile(filepath.Join(s.data, "authority", "authority.crt"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		t.Fatal("the authority has no certificate")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(transport.CloseIdleConnections)
	s.web = &http.Client{Transport: transport}
}

// account makes an account by the command line.
func (s *service) account(t *testing.T, handle, password, name string) {
	t.Helper()
	cmd := s.command(t.Context(), "user", "add", handle, "--password", password, "--legacy-same", "--name", name)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("add %s: %v\n%s", handle, err, out)
	}
}
