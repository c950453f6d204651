package benchmark

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/internal/server"
	"github.com/papilio-im/papilio/internal/store/postgrestest"
	"github.com/papilio-im/papilio/msnp"
)

// storages are the databases that a service may have, each empty.
var storages = map[string]func(testing.TB) string{
	"sqlite":   func(testing.TB) string { return "" },
	"postgres": postgrestest.URL,
}

// BenchmarkSignInReads is what the database is asked when somebody signs in: the
// password, the lists' small form, and the lists for a client that has none of
// them yet.
func BenchmarkSignInReads(b *testing.B) {
	const accounts = 1000
	for name, storage := range storages {
		b.Run(name, func(b *testing.B) {
			data, url := b.TempDir(), storage(b)
			if err := populate(b.Context(), data, url, accounts); err != nil {
				b.Fatal(err)
			}
			c, err := configuration(data, url)
			if err != nil {
				b.Fatal(err)
			}
			d, err := server.OpenData(b.Context(), &c, slog.New(slog.DiscardHandler), cheapHash)
			if err != nil {
				b.Fatal(err)
			}
			defer d.DB.Close()
			var next atomic.Int64
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := signInReads(b.Context(), d, handleOf(int(next.Add(1))%accounts)); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sign-ins/s")
		})
	}
}

func signInReads(ctx context.Context, d server.Data, handle string) error {
	const salt = "1013928519.693957190"
	acct, err := d.Accounts.CheckLegacyMD5(ctx, handle, salt, msnp.MD5Response(salt, password))
	if err != nil {
		return err
	}
	if _, _, err := d.Roster.Enter(ctx, acct.Handle); err != nil {
		return err
	}
	_, err = d.Roster.Load(ctx, acct.Handle, roster.Known{})
	return err
}
