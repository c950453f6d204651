package netio

import (
	"errors"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// No wake-up is lost, whatever it meets: data, deadlines that are set and
// moved, and other wake-ups. Every goroutine waits for the Wake that follows
// its own call before it calls again, so a single loss stops it for good.
func TestWakeStress(t *testing.T) {
	kinds(t, func(t *testing.T, wrap func(net.Conn) net.Conn) {
		const callers, rounds = 8, 400
		var asked, seen atomic.Int64 // calls begun, and of these how many a Wake has seen
		var mu sync.Mutex
		turn := sync.NewCond(&mu)
		client, server := dial(t)
		c := NewConn(wrap(server), nil)
		move := 0
		h := &hooks{
			wake: func() error {
				n := asked.Load()
				mu.Lock()
				seen.Store(n)
				mu.Unlock()
				turn.Broadcast()
				// Deadlines far away, near, past and none, in turn.
				move++
				switch move % 4 {
				case 0:
					c.SetDeadline(time.Time{})
				case 1:
					c.SetDeadline(time.Now().Add(time.Hour))
				case 2:
					c.SetDeadline(time.Now().Add(50 * time.Microsecond))
				case 3:
					c.SetDeadline(time.Now().Add(-time.Second))
				}
				return nil
			},
			timeout: func() error { c.SetDeadline(time.Now().Add(time.Minute)); return nil },
			data:    func(buf []byte) (int, error) { c.SetDeadline(time.Now().Add(time.Minute)); return len(buf), nil },
		}
		run(t, c, h)
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				for range rounds {
					mine := asked.Add(1)
					c.Wake()
					mu.Lock()
					for seen.Load() < mine {
						turn.Wait()
					}
					mu.Unlock()
				}
			})
		}
		wg.Go(func() {
			for range rounds {
				if _, err := client.Write([]byte("data")); err != nil {
					t.Error(err)
					return
				}
			}
		})
		done := make(chan struct{})
		go func() { wg.Wait(); close(done) }()
		within(t, done)
	})
}

// What the peer had sent before a Wake is handled before it.
func TestArrivedBeforeWake(t *testing.T) {
	const rounds = 300
	client, server := dial(t)
	c := NewConn(server, nil)
	got, reached := 0, make(chan int)
	inData, goOn := make(chan struct{}), make(chan struct{})
	h := &hooks{
		data: func(buf []byte) (int, error) {
			for _, b := range buf {
				if b == 'a' {
					inData <- struct{}{}
					<-goOn
				} else {
					got++
				}
			}
			return len(buf), nil
		},
		wake: func() error { reached <- got; return nil },
	}
	run(t, c, h)
	for i := range rounds {
		write(t, client, "a")
		<-inData
		// The handler is busy. A loopback socket has received what Write has
		// returned from, so all of this has arrived before the Wake.
		write(t, client, "b")
		c.Wake()
		goOn <- struct{}{}
		if n := within(t, reached); n != i+1 {
			t.Fatalf("round %d: Wake came when %d had been handled", i, n)
		}
	}
	// The same when the connection is idle, or about to be.
	for i := range rounds {
		write(t, client, "b")
		c.Wake()
		if n := within(t, reached); n != rounds+i+1 {
			t.Fatalf("round %d: Wake came when %d had been handled", i, n)
		}
	}
}

// More than one buffer full is handled before a Wake, too.
func TestMuchArrivedBeforeWake(t *testing.T) {
	const size = 60 << 10
	client, server := dial(t)
	c := NewConn(server, nil)
	got, reached := 0, make(chan int, 1)
	busy, goOn := make(chan struct{}, 1), make(chan struct{})
	h := &hooks{
		data: func(buf []byte) (int, error) {
			if got == 0 {
				busy <- struct{}{}
				<-goOn
			}
			got += len(buf)
			return len(buf), nil
		},
		wake: func() error { reached <- got; return nil },
	}
	run(t, c, h)
	write(t, client, "a")
	within(t, busy)
	if _, err := client.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	c.Wake()
	close(goOn)
	if n := within(t, reached); n != size+1 {
		t.Errorf("Wake came when %d of %d bytes had been handled", n, size+1)
	}
}

// Timeout comes neither early nor never.
func TestTimeout(t *testing.T) {
	kinds(t, func(t *testing.T, wrap func(net.Conn) net.Conn) {
		client, server := dial(t)
		c := NewConn(wrap(server), nil)
		due := time.Now().Add(5 * time.Millisecond)
		c.SetDeadline(due)
		late := make(chan time.Duration, 100)
		h := &hooks{
			timeout: func() error { late <- time.Since(due); return nil },
			data: func(buf []byte) (int, error) {
				due = time.Now().Add(10 * time.Millisecond)
				c.SetDeadline(due)
				return len(buf), c.Write(buf)
			},
		}
		run(t, c, h)
		for range 10 {
			if d := within(t, late); d < 0 {
				t.Errorf("Timeout came %v early", -d)
			}
			write(t, client, "x")
			expect(t, client, "x")
		}
	})
}

// Deadlines to the nanosecond, on a clock of the test's own: set, moved to a
// later and to an earlier time, taken away and set again.
func TestTimeoutClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		defer client.Close()
		c := NewConn(server, nil)
		begin := time.Now()
		c.SetDeadline(begin.Add(30 * time.Second))
		h := &hooks{closed: make(chan error, 1)}
		after := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}
		h.data = func(buf []byte) (int, error) {
			if d, ok := after[string(buf)]; ok {
				c.SetDeadline(time.Now().Add(d))
			} else {
				c.SetDeadline(time.Time{})
			}
			return len(buf), nil
		}
		var rang []time.Duration
		h.timeout = func() error {
			rang = append(rang, time.Since(begin))
			if len(rang) == 3 {
				return ErrClose
			}
			return nil
		}
		say := func(at time.Duration, what string) {
			time.AfterFunc(at, func() { write(t, client, what) })
		}
		say(20*time.Second, "m") // 80 s
		say(40*time.Second, "h")
		say(50*time.Second, "s") // rings at 51 s
		say(60*time.Second, "m") // 120 s
		say(70*time.Second, "none")
		say(3*time.Hour, "m") // rings at 3 h 1 min
		say(9*time.Hour, "s") // rings at 9 h 1 s
		c.Run(h)
		want := []time.Duration{51 * time.Second, 3*time.Hour + time.Minute, 9*time.Hour + time.Second}
		if !slices.Equal(rang, want) {
			t.Errorf("Timeout came after %v, want %v", rang, want)
		}
	})
}

// Input that has arrived by the deadline can still move it.
func TestArrivedBeforeTimeout(t *testing.T) {
	client, server := dial(t)
	c := NewConn(server, nil)
	busy, goOn := make(chan struct{}), make(chan struct{})
	h := &hooks{
		timeout: func() error { return errors.New("timed out") },
		data: func(buf []byte) (int, error) {
			switch buf[0] {
			case 'a':
				c.SetDeadline(time.Now().Add(-time.Second))
				busy <- struct{}{}
				<-goOn
			case 'b':
				c.SetDeadline(time.Time{})
			}
			return len(buf), c.Write(buf)
		},
	}
	run(t, c, h)
	write(t, client, "a")
	<-busy
	write(t, client, "b")
	close(goOn)
	expect(t, client, "ab")
	write(t, client, "c")
	expect(t, client, "c")
}
