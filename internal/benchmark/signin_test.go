package benchmark

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/papilio-im/papilio/internal/config"
)

// BenchmarkReferral is a client's whole visit to the dispatch server: connect,
// VER and USR in one go, the referral, close.
func BenchmarkReferral(b *testing.B) {
	s := serve(b, 0)
	address := s.address(config.RoleDispatch)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := visit(address); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "referrals/s")
}

func visit(address string) error {
	p, err := dial(address)
	if err != nil {
		return err
	}
	defer p.close()
	if err := errors.Join(p.send("VER %d MSNP7 CVR0"), p.send("USR %d MD5 I zed@example.net")); err != nil {
		return err
	}
	_, err = p.until("XFR")
	return err
}

// BenchmarkSignIn is connect, VER, USR in both steps with what the account is read
// for, USR OK, close: with MD5, and with a ticket that the client has in hand. No
// challenge waits for a visit at the nexus: most of it would be waiting else.
func BenchmarkSignIn(b *testing.B) {
	const accounts = 1000
	b.Run("MD5", func(b *testing.B) {
		address := serve(b, accounts).address(config.RoleNotification)
		signInAll(b, accounts, func(i int) (*peer, error) { return signIn(address, handleOf(i)) })
	})
	b.Run("ticket", func(b *testing.B) {
		s := serve(b, accounts)
		address, shown := s.address(config.RoleNotification), make([]string, accounts)
		for i := range shown {
			shown[i] = s.ticket(b, handleOf(i))
		}
		signInAll(b, accounts, func(i int) (*peer, error) { return signInByTicket(address, handleOf(i), shown[i]) })
	})
}

// signInAll signs one account in after another.
func signInAll(b *testing.B, accounts int, in func(account int) (*peer, error)) {
	b.Helper()
	var next atomic.Int64
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			p, err := in(int(next.Add(1)) % accounts)
			if err != nil {
				b.Error(err)
				return
			}
			p.close()
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sign-ins/s")
}
