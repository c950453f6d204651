package server_test

import (
	"context"
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
	"github.com/papilio-im/papilio/internal/transcript"
)

// TestTranscripts plays every transcript against a service of its own.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("../../testdata/transcripts/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			script, err := transcript.Parse(string(text))
			if err != nil {
				t.Fatal(err)
			}
			s := start(t, script.Config)
			for _, a := range script.Accounts {
				addAccount(t, s, a.Handle, a.Password, a.Name)
			}
			if err := transcript.Play(t.Context(), script, service(s)); err != nil {
				t.Errorf("%s: %v", filepath.Base(file), err)
			}
		})
	}
}

// start runs a whole service on free ports of the loopback address, until the
// test ends.
func start(t *testing.T, extra string) *server.Server {
	t.Helper()
	return startWith(t, server.Options{Config: loopback(t, extra), Log: logger(t)})
}

func startWith(t *testing.T, o server.Options) *server.Server {
	t.Helper()
	o.Hash = account.HashParams{MemoryKiB: 64, Passes: 1, Threads: 1}
	s, err := server.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// loopback is a configuration for a test, with free ports and a folder that is
// removed. The extra text is TOML and goes last.
func loopback(t *testing.T, extra string) config.Config {
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
	c, err := config.Load(config.Source{File: file, Flags: map[string]string{
		"data": filepath.Join(dir, "data"), "host": "127.0.0.1", "storage.url": "sqlite://:memory:",
		"dispatch.port": "0", "notification.port": "0", "switchboard.port": "0", "web.port": "0",
	}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// logger logs to the test's own log, which is shown if it fails.
func logger(t *testing.T) *slog.Logger {
	var w io.Writer = t.Output()
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

func addAccount(t *testing.T, s *server.Server, handle, password, name string) {
	t.Helper()
	_, err := s.Accounts().Create(t.Context(), account.NewAccount{
		Handle: handle, Name: name, Password: account.Secret(password), Legacy: account.Secret(password),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// service is a server as transcripts see it.
func service(s *server.Server) transcript.Service {
	addresses := make(map[string]string)
	for name, role := range map[string]config.Role{
		"DS": config.RoleDispatch, "NS": config.RoleNotification, "SB": config.RoleSwitchboard, "WEB": config.RoleWeb,
	} {
		if a := s.Addr(role); a != nil {
			addresses[name] = a.String()
		}
	}
	return transcript.Service{
		Addresses: addresses,
		Operator: func(ctx context.Context, order []string) error {
			return operate(ctx, s, order)
		},
	}
}

func operate(ctx context.Context, s *server.Server, order []string) error {
	verb, handle, rest := order[0], order[1], strings.Join(order[2:], " ")
	switch verb {
	case "resets":
		return s.Reset(handle)
	case "closes":
		return s.SignOut(handle)
	case "refers":
		return s.Refer(handle, rest)
	case "alerts":
		return s.Alert(handle, rest)
	case "bans":
		return s.SetBanned(ctx, handle, true)
	case "unbans":
		return s.SetBanned(ctx, handle, false)
	case "removes":
		return s.Remove(ctx, handle)
	}
	return fmt.Errorf("no operator %s anybody", verb)
}
