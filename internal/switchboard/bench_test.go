package switchboard

import (
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// exchange sends what is said and reads what is heard, without allocating.
type exchange struct {
	from, to    net.Conn
	said        []byte
	heard, echo []byte // buffers of the lengths that come
}

func (e *exchange) run(t testing.TB) {
	if _, err := e.from.Write(e.said); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(e.to, e.heard); err != nil {
		t.Fatal(err)
	}
	if len(e.echo) > 0 {
		if _, err := io.ReadFull(e.from, e.echo); err != nil {
			t.Fatal(err)
		}
	}
}

// newExchange is one of so many messages at a time between two members, of
// which the last is acknowledged.
func newExchange(s *stage, batch int, payload string) *exchange {
	p := s.people(msnp.MSNP7, msnp.MSNP7)
	m := s.conversation(p...)
	said := strings.Repeat(message(3, "U", payload), batch-1) + message(3, "A", payload)
	heard := fmt.Sprintf("MSG %s %s %d\r\n%s", p[0].handle, p[0].name, len(payload), payload)
	for _, c := range m {
		_ = c.SetReadDeadline(time.Time{}) // a benchmark takes its time
	}
	return &exchange{
		from: m[0], to: m[1], said: []byte(said),
		heard: make([]byte, batch*len(heard)), echo: make([]byte, len("ACK 3\r\n")),
	}
}

func TestRelayDoesNotAllocate(t *testing.T) {
	if racing {
		t.Skip("pools forget things at random under the race detector")
	}
	const batch = 100
	s := newStage(t)
	e := newExchange(s, batch, text)
	if allocs := testing.AllocsPerRun(200, func() { e.run(t) }); allocs/batch >= 0.01 {
		t.Errorf("a message costs %v allocations", allocs/batch)
	}
	single := newExchange(s, 1, text)
	if allocs := testing.AllocsPerRun(2000, func() { single.run(t) }); allocs != 0 {
		t.Errorf("a message that comes alone costs %v allocations", allocs)
	}
}

// bareRelay is what a switchboard cannot be faster than: it copies what comes
// from one connection to another.
func bareRelay(b *testing.B) (from, to net.Conn) {
	b.Helper()
	ln, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	var wg sync.WaitGroup
	b.Cleanup(wg.Wait)
	b.Cleanup(func() { _ = ln.Close() })
	pair := func() (client, server net.Conn) {
		client, err := new(net.Dialer).DialContext(context.Background(), "tcp", ln.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		if server, err = ln.Accept(); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = client.Close() })
		return client, server
	}
	from, in := pair()
	to, out := pair()
	wg.Go(func() {
		defer in.Close()
		defer out.Close()
		buf := make([]byte, 32<<10) // as io.Copy does
		for {
			n, err := in.Read(buf)
			if err != nil {
				return
			}
			if _, err := out.Write(buf[:n]); err != nil {
				return
			}
		}
	})
	return from, to
}

// window is how many bursts are on their way at once in a stream. It is less
// than the queue of a member holds.
const window = 4

// stream sends bursts one after another, as fast as they are heard.
func (e *exchange) stream(b *testing.B, bursts int) time.Duration {
	begin := time.Now()
	onTheWay := make(chan struct{}, window)
	go func() {
		for range bursts {
			onTheWay <- struct{}{}
			if _, err := e.from.Write(e.said); err != nil {
				b.Error(err)
				return
			}
		}
	}()
	for range bursts {
		if _, err := io.ReadFull(e.to, e.heard); err != nil {
			b.Fatal(err)
		}
		<-onTheWay
	}
	return time.Since(begin)
}

// BenchmarkRelay compares one session of two with the bare relay. Both carry
// the same messages, in turn, so that they have the same machine; the share of
// the bare relay's rate is what is reported as %bare.
func BenchmarkRelay(b *testing.B) {
	const bursts, burst = 50, 16
	s := newStage(b)
	for _, size := range []int{100, 400, 1300} {
		b.Run("octets="+strconv.Itoa(size), func(b *testing.B) {
			payload := strings.Repeat("x", size)
			e := newExchange(s, burst, payload)
			e.said = []byte(strings.Repeat(message(3, "N", payload), burst))
			from, to := bareRelay(b)
			bare := &exchange{from: from, to: to, said: e.said, heard: make([]byte, len(e.said))}
			var ours, theirs time.Duration
			b.ReportAllocs()
			for b.Loop() {
				ours += e.stream(b, bursts)
				theirs += bare.stream(b, bursts)
			}
			messages := float64(b.N) * bursts * burst
			b.ReportMetric(messages/ours.Seconds(), "msg/s")
			b.ReportMetric(messages/theirs.Seconds(), "bare-msg/s")
			b.ReportMetric(100*theirs.Seconds()/ours.Seconds(), "%bare")
		})
	}
}

// BenchmarkLatency is the time from the write of a message that comes alone to
// its being read by the other member, and that of the bare relay.
func BenchmarkLatency(b *testing.B) {
	s := newStage(b)
	e := newExchange(s, 1, strings.Repeat("x", 200))
	e.said, e.echo = []byte(message(3, "N", strings.Repeat("x", 200))), nil
	from, to := bareRelay(b)
	bare := &exchange{from: from, to: to, said: e.said, heard: make([]byte, len(e.said))}
	for _, relay := range []struct {
		name string
		*exchange
	}{{"switchboard", e}, {"bare", bare}} {
		b.Run(relay.name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				begin := time.Now()
				relay.run(b)
				took = append(took, time.Since(begin))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "p50-ns")
			b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "p99-ns")
		})
	}
}

// BenchmarkManySessions is as many conversations as processors, at once.
func BenchmarkManySessions(b *testing.B) {
	s := newStage(b)
	var mu sync.Mutex
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		mu.Lock()
		e := newExchange(s, 16, strings.Repeat("x", 200))
		mu.Unlock()
		for pb.Next() {
			e.run(b)
		}
	})
	b.ReportMetric(16*float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}

// BenchmarkConversation is what a conversation costs from XFR to BYE.
func BenchmarkConversation(b *testing.B) {
	s := newStage(b)
	p := s.people(msnp.MSNP7, msnp.MSNP7)
	b.ReportAllocs()
	for b.Loop() {
		m := s.conversation(p...)
		m[1].send("OUT")
		m[0].expect("BYE " + p[1].handle)
		m[1].closed()
		m[1].hangUp()
		m[0].send("OUT")
		m[0].closed()
		m[0].hangUp()
	}
}
