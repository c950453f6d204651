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

// BenchmarkSignIn is connect, VER, USR with MD5, the lists' small form from the
// database, USR OK, close.
func BenchmarkSignIn(b *testing.B) {
	const accounts = 1000
	s := serve(b, accounts)
	address := s.address(config.RoleNotification)
	var next atomic.Int64
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			p, err := signIn(address, handleOf(int(next.Add(1))%accounts))
			if err != nil {
				b.Error(err)
				return
			}
			p.close()
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sign-ins/s")
}
