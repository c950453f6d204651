package benchmark

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/notification"
	"github.com/papilio-im/papilio/internal/server"
	"github.com/papilio-im/papilio/internal/ticket"
)

// password is that of every account here.
const password = "secret"

// cheapHash keeps making accounts from taking the time that is measured.
var cheapHash = account.HashParams{MemoryKiB: 64, Passes: 1, Threads: 1}

func handleOf(i int) string { return fmt.Sprintf("user%05d@example.net", i) }

// inMemory is the address of data that ends with the service.
const inMemory = "sqlite://:memory:"

// configuration is a service on free ports of the loopback address, with its
// data at an address, "" for a file in the folder data, and without limits.
func configuration(data, storage string) (config.Config, error) {
	flags := map[string]string{
		"data": data, "host": "127.0.0.1", "limits.enabled": "false",
		"dispatch.port": "0", "notification.port": "0", "switchboard.port": "0", "web.port": "0", "web.tls": "off",
	}
	if storage != "" {
		flags["storage.url"] = storage
	}
	return config.Load(config.Source{Flags: flags})
}

// service is a running service with accounts user00000 and on.
type service struct {
	*server.Server
}

func (s service) address(r config.Role) string { return s.Addr(r).String() }

// ticket is what an account shows to sign in from MSNP8 on.
func (s service) ticket(b *testing.B, handle string) string {
	b.Helper()
	a, err := s.Accounts().Get(b.Context(), handle)
	if err != nil {
		b.Fatal(err)
	}
	text, err := s.Tickets().Issue(a, ticket.ForSignIn)
	if err != nil {
		b.Fatal(err)
	}
	return text.Pair().Reveal()
}

// serve starts a service in this process, until the benchmark ends.
func serve(b *testing.B, accounts int) service {
	b.Helper()
	dir, err := os.MkdirTemp("", "papilio")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	c, err := configuration(filepath.Join(dir, "data"), inMemory)
	if err != nil {
		b.Fatal(err)
	}
	s, err := server.Start(b.Context(), server.Options{
		Config: c, Log: slog.New(slog.DiscardHandler), Hash: cheapHash,
		Times: notification.Times{Nexus: -1}, // nobody goes there
	})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	b.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	if err := addAccounts(b.Context(), s.Accounts(), accounts); err != nil {
		b.Fatal(err)
	}
	return service{s}
}

func addAccounts(ctx context.Context, accounts *account.Service, n int) error {
	var list strings.Builder
	for i := range n {
		fmt.Fprintf(&list, "%s %s User %d\n", handleOf(i), password, i)
	}
	_, err := accounts.Import(ctx, strings.NewReader(list.String()), account.ImportOptions{LegacySame: true})
	return err
}
