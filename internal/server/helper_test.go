package server_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/server"
	"github.com/papilio-im/papilio/internal/ticket"
)

// running is a service that clients can connect to.
type running struct {
	*server.Server
	config config.Config
	stop   func() // begins to shut it down
	ended  <-chan struct{}
}

// start runs a whole service on free ports of the loopback address, until the
// test ends. The extra text is configuration.
func start(t testing.TB, extra string) *running {
	t.Helper()
	return startWith(t, server.Options{Config: loopback(t, extra)})
}

func startWith(t testing.TB, o server.Options) *running {
	t.Helper()
	o.Hash = account.HashParams{MemoryKiB: 64, Passes: 1, Threads: 1}
	if o.Log == nil {
		o.Log = logger(t)
	}
	s, err := server.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.Serve(ctx); err != nil {
			t.Errorf("serve: %v", err)
		}
		if err := s.Close(); err != nil { //nolint:contextcheck // ctx has ended by then
			t.Errorf("close: %v", err)
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return &running{Server: s, config: o.Config, stop: cancel, ended: done}
}

// loopback is a configuration for a test, with free ports and a folder that is
// removed. The extra text is TOML.
func loopback(t testing.TB, extra string) config.Config {
	t.Helper()
	dir, err := os.MkdirTemp("", "papilio") // a short path: there is a socket in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	file := filepath.Join(dir, "papilio.toml")
	if err := os.WriteFile(file, []byte(extra), 0o600); err != nil {
		t.Fatal(err)
	}
	flags := map[string]string{
		"data": filepath.Join(dir, "data"), "host": "127.0.0.1",
		"dispatch.port": "0", "notification.port": "0", "switchboard.port": "0", "web.port": "0", "web.tls_port": "0",
	}
	if !strings.Contains(extra, "[web]") {
		flags["web.tls"] = "off" // keys take long to make
	}
	if !strings.Contains(extra, "[storage]") {
		flags["storage.url"] = "sqlite://:memory:"
	}
	c, err := config.Load(config.Source{File: file, Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// logger logs to the test's own log, which is shown if it fails.
func logger(t testing.TB) *slog.Logger {
	var w io.Writer = t.Output()
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

func (s *running) addAccount(t testing.TB, handle, password, name string) {
	t.Helper()
	main := password
	if main == "" {
		main = "of no old client"
	}
	_, err := s.Accounts().Create(t.Context(), account.NewAccount{
		Handle: handle, Name: name, Password: account.Secret(main), Legacy: account.Secret(password),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ticket is what an account shows to sign in from MSNP8 on.
func (s *running) ticket(ctx context.Context, handle string, purpose ticket.Purpose) (string, error) {
	a, err := s.Accounts().Get(ctx, handle)
	if err != nil {
		return "", err
	}
	text, err := s.Tickets().Issue(a, purpose)
	return text.Pair().Reveal(), err
}

// address is where a role listens.
func (s *running) address(t testing.TB, r config.Role) string {
	t.Helper()
	a := s.Addr(r)
	if a == nil {
		t.Fatalf("no %s", r)
	}
	return a.String()
}

// addresses are where the roles listen, as transcripts call them.
func (s *running) addresses() map[string]string {
	addresses := make(map[string]string)
	for name, role := range map[string]config.Role{
		"DS": config.RoleDispatch, "NS": config.RoleNotification, "SB": config.RoleSwitchboard, "WEB": config.RoleWeb,
	} {
		if a := s.Addr(role); a != nil {
			addresses[name] = a.String()
		}
	}
	return addresses
}

// database does something to the database behind the service's back.
func (s *running) database(ctx context.Context, statement string) (err error) {
	db, err := sql.Open("sqlite", filepath.Join(s.config.Data, config.DatabaseFile))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, statement)
	return err
}

// operate does what an operator does in a transcript.
func (s *running) operate(ctx context.Context, order []string) error {
	if len(order) < 2 {
		return fmt.Errorf("no order: %q", order)
	}
	verb, handle, rest := order[0], order[1], strings.Join(order[2:], " ")
	switch verb {
	case "resets":
		return s.Reset(ctx, handle)
	case "closes":
		return s.SignOut(ctx, handle)
	case "refers":
		return s.Refer(ctx, handle, rest)
	case "alerts":
		return s.Alert(ctx, handle, rest)
	case "bans":
		return s.SetBanned(ctx, handle, true)
	case "unbans":
		return s.SetBanned(ctx, handle, false)
	case "removes":
		return s.Remove(ctx, handle)
	case "passwords": // gives it another
		return s.Accounts().SetPassword(ctx, handle, account.Secret(rest))
	case "mutes":
		return s.Accounts().SetLegacyPassword(ctx, handle, "")
	case "breaks": // the database
		return s.database(ctx, "ALTER TABLE contacts RENAME TO broken")
	case "mends": // the database
		return s.database(ctx, "ALTER TABLE broken RENAME TO contacts")
	case "stops": // the service
		s.stop()
		return nil
	}
	return fmt.Errorf("no operator %s anybody", verb)
}
