package load

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/server"
)

// asWorker makes this test program a process of a load.
const asWorker = "LOAD_TEST_WORKER"

func TestMain(m *testing.M) {
	if os.Getenv(asWorker) != "" {
		if err := Work(context.Background(), os.Stdin, os.Stdout); err != nil {
			panic(err) // the parent reads it
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// serve runs a service in this process, with test accounts, until the test ends,
// and gives the address of its dispatch server.
func serve(t *testing.T, accounts, contacts int) string {
	t.Helper()
	dispatch, _ := serveWeb(t, accounts, contacts)
	return dispatch
}

// serveWeb is the same, and gives the address of the web server, too.
func serveWeb(t *testing.T, accounts, contacts int) (dispatch, web string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "load") // a short path: there is a socket in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	c, err := config.Load(config.Source{Flags: map[string]string{
		"data": filepath.Join(dir, "data"), "host": "127.0.0.1", "limits.enabled": "false",
		"dispatch.port": "0", "notification.port": "0", "switchboard.port": "0", "web.port": "0", "web.tls": "off",
	}})
	if err != nil {
		t.Fatal(err)
	}
	withData(t, &c, func(data server.Data) {
		p := Preparation{Accounts: Accounts{Count: accounts}, Contacts: contacts}
		if n, err := Prepare(t.Context(), data, p); err != nil || n != accounts {
			t.Fatalf("%d accounts, %v", n, err)
		}
	})
	s, err := server.Start(t.Context(), server.Options{Config: c, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s.Addr(config.RoleDispatch).String(), "http://" + s.Addr(config.RoleWeb).String()
}

// withData opens the data of a service that does not run.
func withData(t *testing.T, c *config.Config, do func(server.Data)) {
	t.Helper()
	data, err := server.OpenData(t.Context(), c, slog.New(slog.DiscardHandler), CheapHash)
	if err != nil {
		t.Fatal(err)
	}
	do(data)
	if err := data.DB.Close(); err != nil {
		t.Fatal(err)
	}
}

// do does a plan, in which nothing must go wrong, until all of these have
// happened; if there are none, until it ends by itself.
func do(t *testing.T, p Plan, until ...count) Report {
	t.Helper()
	if err := p.complete(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	r := newRun(p, Hooks{})
	if len(until) > 0 {
		go r.cancelAfter(ctx, cancel, until)
	}
	report, err := r.whole(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Errors) > 0 || report.Phase != Done || report.SignedIn != 0 {
		t.Errorf("errors %v, phase %s, %d signed in", report.Errors, report.Phase, report.SignedIn)
	}
	for _, c := range until {
		if report.Counts[countNames[c]] == 0 {
			t.Errorf("no %s in %v", countNames[c], report.Counts)
		}
	}
	return report
}

// cancelAfter ends a run when all of these have happened.
func (r *run) cancelAfter(ctx context.Context, cancel func(), all []count) {
	for waitFor(ctx, time.Millisecond) {
		missed := slices.ContainsFunc(all, func(c count) bool { return r.meter.counts[c].Load() == 0 })
		if !missed {
			cancel()
		}
	}
}

// took checks that something was measured.
func took(t *testing.T, r Report, names ...string) {
	t.Helper()
	for _, name := range names {
		if d := r.Latency[name]; d.Count == 0 || d.P50 <= 0 || d.Max < d.P50 || d.Max > float64(time.Minute.Milliseconds()) {
			t.Errorf("%s: %+v", name, d)
		}
	}
}
