package benchmark

import (
	"errors"
	"io"
	"testing"

	"github.com/papilio-im/papilio/internal/config"
)

// BenchmarkPresence is a change of status that 100 watchers are told of. It
// ends when the last of them has the last change.
func BenchmarkPresence(b *testing.B) {
	const watchers = 100
	s := serve(b, watchers+1)
	address := s.address(config.RoleNotification)
	subject, err := signIn(address, handleOf(0))
	if err != nil {
		b.Fatal(err)
	}
	defer subject.close()
	if err := subject.arrive(); err != nil {
		b.Fatal(err)
	}
	done := make(chan error, watchers)
	for i := range watchers {
		w, err := signIn(address, handleOf(i+1))
		if err != nil {
			b.Fatal(err)
		}
		defer w.close()
		if err := errors.Join(w.arrive(), w.send("ADD %d FL %s x", handleOf(0))); err != nil {
			b.Fatal(err)
		}
		if _, err := w.until("ILN"); err != nil {
			b.Fatal(err)
		}
		go func() { done <- w.count("NLN", b.N) }()
	}
	go func() { _, _ = io.Copy(io.Discard, subject.in) }()
	statuses := [...]string{"BSY", "NLN"}
	b.ResetTimer()
	for i := range b.N {
		if err := subject.send("CHG %d %s", statuses[i%2]); err != nil {
			b.Fatal(err)
		}
	}
	for range watchers {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "changes/s")
	b.ReportMetric(float64(b.N)*watchers/b.Elapsed().Seconds(), "notices/s")
}

// count reads lines until it has seen so many that begin like this.
func (p *peer) count(prefix string, n int) error {
	for n > 0 {
		if _, err := p.until(prefix); err != nil {
			return err
		}
		n--
	}
	return nil
}
