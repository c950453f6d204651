//go:build unix

package netio

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// message is of the size of a line of chat with its headers.
var message = []byte(strings.Repeat("x", 199) + "\n")

// BenchmarkRelay measures a message that goes to each of so many peers and is
// read there, against the shortest relay that can be written.
func BenchmarkRelay(b *testing.B) {
	for _, peers := range []int{1, 10} {
		b.Run(fmt.Sprintf("bare/%d", peers), func(b *testing.B) {
			relay(b, peers, func(from net.Conn, to []net.Conn) {
				go func() {
					buf := make([]byte, readSize)
					for {
						n, err := from.Read(buf)
						if err != nil {
							return
						}
						for _, c := range to {
							if _, err := c.Write(buf[:n]); err != nil {
								return
							}
						}
					}
				}()
			})
		})
		b.Run(fmt.Sprintf("netio/%d", peers), func(b *testing.B) {
			relay(b, peers, func(from net.Conn, to []net.Conn) {
				var conns []*Conn
				for _, nc := range to {
					c := NewConn(nc, nil)
					run(b, c, &hooks{})
					conns = append(conns, c)
				}
				var batch Batch
				c := NewConn(from, nil)
				run(b, c, &hooks{data: func(buf []byte) (int, error) {
					used := len(buf) - len(buf)%len(message)
					for rest := buf[:used]; len(rest) > 0; rest = rest[len(message):] {
						f := NewFrame(len(message))
						f.Bytes = append(f.Bytes, rest[:len(message)]...)
						for _, to := range conns {
							if err := to.Queue(f); err != nil {
								return 0, err
							}
							batch.Add(to)
						}
						f.Release()
					}
					batch.Flush()
					return used, nil
				}})
			})
		})
	}
}

// relay sends b.N messages, with up to 64 on their way at a time.
func relay(b *testing.B, peers int, start func(from net.Conn, to []net.Conn)) {
	client, from := dial(b)
	var readers []net.Conn
	var to []net.Conn
	for range peers {
		reader, server := dial(b)
		readers, to = append(readers, reader), append(to, server)
		if err := reader.SetDeadline(time.Time{}); err != nil {
			b.Fatal(err)
		}
	}
	if err := client.SetDeadline(time.Time{}); err != nil {
		b.Fatal(err)
	}
	start(from, to)
	window := make(chan struct{}, 64)
	done := make(chan error, peers)
	for i, r := range readers {
		go func() {
			buf := make([]byte, len(message))
			for range b.N {
				if _, err := io.ReadFull(r, buf); err != nil {
					done <- err
					return
				}
				if i == 0 {
					<-window
				}
			}
			done <- nil
		}()
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(message) * peers))
	b.ResetTimer()
	for range b.N {
		window <- struct{}{}
		if _, err := client.Write(message); err != nil {
			b.Fatal(err)
		}
	}
	for range readers {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
}

// BenchmarkRoundTrip measures a question and its answer on one connection.
func BenchmarkRoundTrip(b *testing.B) {
	roundTrip := func(b *testing.B, client net.Conn) {
		buf := make([]byte, len(message))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.Write(message); err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadFull(client, buf); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("bare", func(b *testing.B) {
		client, server := dial(b)
		go func() {
			_, _ = io.CopyBuffer(struct{ io.Writer }{server}, struct{ io.Reader }{server}, make([]byte, readSize))
		}()
		roundTrip(b, client)
	})
	b.Run("netio", func(b *testing.B) {
		client, server := dial(b)
		c := NewConn(server, nil)
		run(b, c, &hooks{data: lines(&c)})
		roundTrip(b, client)
	})
}

// BenchmarkWake measures a wake-up and the call that follows it.
func BenchmarkWake(b *testing.B) {
	_, server := dial(b)
	c := NewConn(server, nil)
	woken := make(chan struct{})
	run(b, c, &hooks{wake: func() error { woken <- struct{}{}; return nil }})
	b.ReportAllocs()
	for b.Loop() {
		c.Wake()
		<-woken
	}
}

// BenchmarkTurn measures a call of a handler that does nothing, on its own stack
// and on a borrowed one.
func BenchmarkTurn(b *testing.B) {
	_, server := dial(b)
	c := NewConn(server, nil)
	join()
	defer leave()
	h := new(hooks)
	turns := map[string]func(Handler, task, error) error{"own": c.turn, "borrowed": c.call}
	for name, turn := range turns {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := turn(h, taskData, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
