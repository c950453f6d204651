package benchmark

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/config"
)

// text is an ordinary message, 129 octets as in the protocol's own example.
const text = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n" +
	"X-MMS-IM-Format: FN=Verdana; EF=B; CO=80; CS=0; PF=22\r\n\r\nDinner at 8?"

// pair is two ends of a conversation: what is written to one comes out of the
// other.
type pair struct {
	from, to *peer
	sent     []byte // a message as it is written
	got      int    // the octets of it that come out
}

// BenchmarkRelay streams messages through a switchboard and, in turns, the same
// octets through a relay that does nothing but copy them. A turn is 160,000
// messages; what counts is the ratio, since machines are noisy.
func BenchmarkRelay(b *testing.B) {
	for _, conversations := range []int{1, 50} {
		b.Run(fmt.Sprintf("conversations=%d", conversations), func(b *testing.B) {
			board, bare := switchboardPairs(b, conversations), barePairs(b, conversations)
			bursts := 160_000 / burst / conversations
			messages := float64(bursts * burst * conversations)
			var boards, bares, ratios []float64
			b.ResetTimer()
			for range b.N {
				x, y := stream(b, board, bursts), stream(b, bare, bursts)
				boards, bares = append(boards, messages/x.Seconds()), append(bares, messages/y.Seconds())
				ratios = append(ratios, 100*y.Seconds()/x.Seconds())
			}
			b.ReportMetric(median(boards), "msg/s")
			b.ReportMetric(median(bares), "bare-msg/s")
			b.ReportMetric(median(ratios), "%-of-bare")
		})
	}
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// BenchmarkLatency passes one message at a time there and back.
func BenchmarkLatency(b *testing.B) {
	b.Run("switchboard", func(b *testing.B) { latency(b, switchboardPairs(b, 1)[0]) })
	b.Run("bare", func(b *testing.B) { latency(b, barePairs(b, 1)[0]) })
}

// A burst is written at once, as a client does that transfers a file, and so
// many bursts may be on their way. A client that never waited for its peer would
// measure the queues.
const (
	burst  = 16
	window = 16
)

// stream passes so many bursts through each pair and tells how long that took.
func stream(b *testing.B, pairs []pair, bursts int) time.Duration {
	b.Helper()
	began := time.Now()
	var wg sync.WaitGroup
	errs := make(chan error, 2*len(pairs))
	for _, p := range pairs {
		underWay := make(chan struct{}, window)
		data := bytes.Repeat(p.sent, burst)
		wg.Go(func() {
			for range bursts {
				underWay <- struct{}{}
				if _, err := p.from.nc.Write(data); err != nil {
					errs <- err
					return
				}
			}
		})
		wg.Go(func() {
			buf := make([]byte, burst*p.got)
			for range bursts {
				if _, err := io.ReadFull(p.to.nc, buf); err != nil {
					errs <- err
					return
				}
				<-underWay
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		b.Fatal(err)
	}
	return time.Since(began)
}

func latency(b *testing.B, p pair) {
	times := make([]time.Duration, 0, b.N)
	buf := make([]byte, 2*p.got)
	b.ResetTimer()
	for range b.N {
		began := time.Now()
		if _, err := p.from.nc.Write(p.sent); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(p.to.nc, buf[:p.got]); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-µs")
}

// switchboardPairs opens conversations.
func switchboardPairs(b *testing.B, n int) []pair {
	b.Helper()
	s := serve(b, 2*n)
	pairs := make([]pair, n)
	for i := range pairs {
		ha, hb := handleOf(2*i), handleOf(2*i+1)
		a, c := arrived(b, s, ha), arrived(b, s, hb)
		from, to, err := converse(s.address(config.RoleSwitchboard), a, c, ha, hb)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(from.close)
		b.Cleanup(to.close)
		pairs[i] = pair{
			from: from, to: to,
			sent: fmt.Appendf(nil, "MSG 3 U %d\r\n%s", len(text), text),
			got:  len(fmt.Sprintf("MSG %s User%%20%d %d\r\n", ha, 2*i, len(text))) + len(text),
		}
	}
	return pairs
}

func arrived(b *testing.B, s service, handle string) *peer {
	b.Helper()
	p, err := signIn(s.address(config.RoleNotification), handle)
	if err == nil {
		err = p.arrive()
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(p.close)
	return p
}

// barePairs connects pairs through a relay that copies what it reads.
func barePairs(b *testing.B, n int) []pair {
	b.Helper()
	ln, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = ln.Close() })
	pairs := make([]pair, n)
	for i := range pairs {
		from, relayedFrom := connect(b, ln)
		to, relayedTo := connect(b, ln)
		go copyAll(relayedTo, relayedFrom)
		sent := fmt.Appendf(nil, "MSG %s User%%20%d %d\r\n%s", handleOf(2*i), 2*i, len(text), text)
		pairs[i] = pair{from: from, to: to, sent: sent, got: len(sent)}
	}
	return pairs
}

func connect(b *testing.B, ln net.Listener) (client *peer, server net.Conn) {
	b.Helper()
	client, err := dial(ln.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	server, err = ln.Accept()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.close)
	b.Cleanup(func() { _ = server.Close() })
	return client, server
}

// copyAll is what any relay must at least do, in user space: io.Copy between
// two sockets would let the kernel splice, which no server can that has to look
// at what it relays.
func copyAll(to, from net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
