//go:build unix

package fleet_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/fleet"
	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// newFleet makes a fleet that ends with the test. What it has logged is shown if
// the test has failed.
func newFleet(t *testing.T) *fleet.Fleet {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and runs programs")
	}
	dir, err := os.MkdirTemp("", "fleet") // a short path: there is a socket in it
	if err != nil {
		t.Fatal(err)
	}
	f, err := fleet.New(fleet.Options{Dir: dir, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			showLogs(t, dir)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return f
}

func showLogs(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "log", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		t.Logf("%s (%v):\n%s", filepath.Base(file), err, text)
	}
}

// A node that is killed, frozen and stopped is the same one again afterwards.
func TestNodeComesBack(t *testing.T) {
	f := newFleet(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	n, err := f.StartNode(ctx, fleet.NodeOptions{Name: "one", Settings: map[string]string{"log.level": "debug"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Command(ctx, "user", "import", writeAccounts(t), "--legacy-same"); err != nil {
		t.Fatal(err)
	}
	mustSignIn(ctx, t, n)
	if err := n.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := n.Kill(); !errors.Is(err, fleet.ErrNotRunning) {
		t.Errorf("killed again: %v", err)
	}
	if err := n.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(n.Freeze(), n.Thaw()); err != nil {
		t.Fatal(err)
	}
	mustSignIn(ctx, t, n)
	u, err := n.Usage()
	if err != nil || u.Resident < 1<<20 || u.CPU <= 0 || u.Threads < 1 || u.Files < 4 {
		t.Errorf("usage %+v, %v", u, err)
	}
	numbers, err := n.Metrics(ctx)
	if err != nil || numbers[`papilio_connections_total{role="dispatch"}`] < 1 {
		t.Errorf("metrics %v, %v", numbers, err)
	}
	if err := n.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func writeAccounts(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "accounts")
	if err := os.WriteFile(file, []byte("zed@example.net secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func mustSignIn(ctx context.Context, t *testing.T, n *fleet.Node) {
	t.Helper()
	c, err := client.SignIn(ctx, client.Options{
		Dispatch: n.Address(config.RoleDispatch), Handle: "zed@example.net", Password: "secret", Status: msnp.StatusOnline,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SignOut(ctx); err != nil {
		t.Error(err)
	}
}

func TestNATSCluster(t *testing.T) {
	f := newFleet(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	servers, err := f.StartNATS(ctx, 3)
	if err != nil {
		t.Fatal(err)
	}
	if urls := strings.Split(f.NATSURL(), ","); len(urls) != 3 || urls[2] != servers[2].URL() {
		t.Errorf("URLs %q", f.NATSURL())
	}
	if err := servers[0].Kill(); err != nil {
		t.Fatal(err)
	}
	if err := servers[0].Start(ctx); err != nil {
		t.Fatal(err)
	}
	if err := servers[0].AwaitHealthy(ctx); err != nil {
		t.Error(err)
	}
	if _, err := servers[0].Traffic(ctx); err != nil {
		t.Error(err)
	}
}

func TestPostgresIsRestarted(t *testing.T) {
	f := newFleet(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	p, err := f.StartPostgres(ctx, "fsync=off")
	if errors.Is(err, fleet.ErrNoPostgres) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	if err := p.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if u, err := p.Usage(); err != nil || u.Resident < 1<<20 {
		t.Errorf("usage %+v, %v", u, err)
	}
	if f.DatabaseURL() != p.URL() {
		t.Errorf("URL %q", f.DatabaseURL())
	}
}
