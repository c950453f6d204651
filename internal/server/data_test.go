package server_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/server"
)

var cheapHash = account.HashParams{MemoryKiB: 64, Passes: 1, Threads: 1}

// onDisk is the configuration of data with an account that old clients use.
func onDisk(t *testing.T) *config.Config {
	t.Helper()
	c := loopback(t, "")
	c.Storage.URL = ""
	withData(t, &c, func(d server.Data) {
		_, err := d.Accounts.Create(t.Context(), account.NewAccount{Handle: "ada@example.net", Password: "main", Legacy: "old"})
		if err != nil {
			t.Fatal(err)
		}
	})
	return &c
}

func withData(t *testing.T, c *config.Config, do func(server.Data)) {
	t.Helper()
	d, err := server.OpenData(t.Context(), c, logger(t), cheapHash)
	if err != nil {
		t.Fatal(err)
	}
	do(d)
	if err := d.DB.Close(); err != nil {
		t.Fatal(err)
	}
}

// Without the right key nothing is opened, and it is said what to do. Who has
// lost the key for good loses the passwords for old clients and nothing else.
func TestKeyThatDoesNotFit(t *testing.T) {
	another := filepath.Join(onDisk(t).Data, "legacy.key")
	for name, spoil := range map[string]func(key string) error{
		"missing": os.Remove,
		"garbage": func(key string) error { return os.WriteFile(key, []byte("\x00\xffkey"), 0o600) },
		"short":   func(key string) error { return os.WriteFile(key, []byte("AAAA\n"), 0o600) },
		"wrong": func(key string) error {
			text, err := os.ReadFile(another)
			return errors.Join(err, os.WriteFile(key, text, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := onDisk(t)
			key := filepath.Join(c.Data, "legacy.key")
			if err := spoil(key); err != nil {
				t.Fatal(err)
			}
			_, err := server.OpenData(t.Context(), c, logger(t), cheapHash)
			if !errors.Is(err, account.ErrKey) {
				t.Fatalf("open: %v", err)
			}
			for _, want := range []string{key, "put the one back", "papilio user forget-legacy"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v: does not say %q", err, want)
				}
			}
			if n, err := server.ForgetLegacy(t.Context(), c, logger(t)); n != 1 || err != nil {
				t.Fatalf("forget: %d, %v", n, err)
			}
			withData(t, c, func(d server.Data) { startsAnew(t, d.Accounts) })
			aside, err := filepath.Glob(key + ".*")
			if kept := name != "missing"; err != nil || (len(aside) == 1) != kept {
				t.Errorf("put aside: %q, %v", aside, err)
			}
		})
	}
}

func startsAnew(t *testing.T, s *account.Service) {
	t.Helper()
	ctx, ada := t.Context(), "ada@example.net"
	if _, err := s.CheckPassword(ctx, ada, "main"); err != nil {
		t.Errorf("main password: %v", err)
	}
	if _, err := s.CheckLegacy(ctx, ada, "old"); !errors.Is(err, account.ErrCredentials) {
		t.Errorf("forgotten password: %v", err)
	}
	if err := s.SetLegacyPassword(ctx, ada, "new"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CheckLegacy(ctx, ada, "new"); err != nil {
		t.Errorf("new password: %v", err)
	}
}

// A service has the key in its memory, and nothing is taken from under it.
func TestForgetWhileRunning(t *testing.T) {
	c := onDisk(t)
	startWith(t, server.Options{Config: *c})
	if _, err := server.ForgetLegacy(t.Context(), c, logger(t)); err == nil {
		t.Fatal("forgotten while the service runs")
	}
}
