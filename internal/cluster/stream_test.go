package cluster

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"
)

// pair are both ends of a stream: of the node that has dialled, and of the one
// that has accepted.
func pair(t *testing.T, from, to *Node, o StreamOptions) (*Stream, *Stream) {
	t.Helper()
	ln, err := to.ListenStreams(RoleSwitchboard, 1865)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return dialStream(t, from, to, ln, o)
}

func dialStream(t *testing.T, from, to *Node, ln net.Listener, o StreamOptions) (*Stream, *Stream) {
	t.Helper()
	if !o.Remote.IsValid() {
		o.Remote = netip.MustParseAddrPort("192.0.2.7:0")
	}
	if !o.Local.IsValid() {
		o.Local = netip.MustParseAddrPort("198.51.100.1:80")
	}
	near, err := from.Dial(t.Context(), to.ID(), RoleSwitchboard, o)
	if err != nil {
		t.Fatal(err)
	}
	far, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	return near, far.(*Stream)
}

// both runs a test with a stream inside a node, and with one between two.
func both(t *testing.T, test func(t *testing.T, from, to *Node)) {
	t.Run("one node", func(t *testing.T) {
		n := start(t, Options{})
		test(t, n, n)
	})
	t.Run("two nodes", func(t *testing.T) {
		url := startNATS(t, -1).ClientURL()
		test(t, start(t, Options{Node: "a", NATSURL: url}), start(t, Options{Node: "b", NATSURL: url}))
	})
}

func TestStreamCarriesBothWays(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, from, to *Node) {
		near, far := pair(t, from, to, StreamOptions{})
		for _, ends := range [][2]*Stream{{near, far}, {far, near}} {
			if _, err := ends[0].Write([]byte("VER 1 MSNP8 CVR0\r\n")); err != nil {
				t.Fatal(err)
			}
			got := make([]byte, 18)
			if _, err := io.ReadFull(ends[1], got); err != nil || string(got) != "VER 1 MSNP8 CVR0\r\n" {
				t.Fatalf("read %q, %v", got, err)
			}
		}
	})
}

func TestStreamAddresses(t *testing.T) {
	t.Parallel()
	url := startNATS(t, -1).ClientURL()
	a := start(t, Options{Node: "a", NATSURL: url})
	b := start(t, Options{Node: "b", NATSURL: url, Advertise: map[Role]string{RoleSwitchboard: "203.0.113.9:1999"}})
	near, far := pair(t, a, b, StreamOptions{})
	if got := far.RemoteAddr().String(); got != "192.0.2.7:0" {
		t.Errorf("the client is %s", got)
	}
	if got := far.LocalAddr().String(); got != "203.0.113.9:1865" {
		t.Errorf("from another node the client has come in by %s", got)
	}
	if near.Peer() != "b" || far.Peer() != "a" {
		t.Errorf("the peers are %s and %s", near.Peer(), far.Peer())
	}
	_, far = pair(t, a, a, StreamOptions{})
	if got := far.LocalAddr().String(); got != "198.51.100.1:1865" {
		t.Errorf("from the same node the client has come in by %s", got)
	}
}

// Much more than a window goes through, in order, and never more than a window
// is in memory.
func TestStreamIsBounded(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, from, to *Node) {
		const window, total = 100 << 10, 3 << 20
		near, far := pair(t, from, to, StreamOptions{Window: window})
		sent := make([]byte, total)
		for i := range sent {
			sent[i] = byte(i ^ i>>8 ^ i>>16)
		}
		done := make(chan error, 1)
		go func() {
			_, err := far.Write(sent)
			done <- errors.Join(err, far.CloseWrite())
		}()
		var got bytes.Buffer
		buf := make([]byte, 7001)
		for {
			near.mu.Lock()
			held := len(near.in)
			near.mu.Unlock()
			if held > window {
				t.Fatalf("%d octets wait to be read", held)
			}
			n, err := near.Read(buf)
			got.Write(buf[:n])
			if err == io.EOF { //nolint:errorlint // readers get it as it is
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := receive(t, done); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), sent) {
			t.Error("what came is not what was sent")
		}
	})
}

func TestStreamWriterWaitsForReader(t *testing.T) {
	t.Parallel()
	n := start(t, Options{})
	near, far := pair(t, n, n, StreamOptions{Window: 1000})
	_ = far.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
	written, err := far.Write(make([]byte, 5000))
	if written != 1000 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("wrote %d, %v", written, err)
	}
	_ = far.SetWriteDeadline(time.Time{})
	done := make(chan error, 1)
	go func() { _, err := far.Write(make([]byte, 4000)); done <- err }()
	if _, err := io.ReadFull(near, make([]byte, 5000)); err != nil {
		t.Fatal(err)
	}
	if err := receive(t, done); err != nil {
		t.Fatal(err)
	}
}

func TestStreamReadDeadline(t *testing.T) {
	t.Parallel()
	n := start(t, Options{})
	near, far := pair(t, n, n, StreamOptions{})
	_ = near.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if _, err := near.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("read: %v", err)
	}
	waiting := make(chan error, 1)
	_ = near.SetReadDeadline(time.Time{})
	go func() { waiting <- near.AwaitRead() }()
	_ = near.SetReadDeadline(time.Unix(1, 0))
	if err := receive(t, waiting); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("await: %v", err)
	}
	_ = near.SetReadDeadline(time.Time{})
	if n, err := near.TryRead(make([]byte, 1)); n != 0 || err != nil {
		t.Fatalf("nothing is there, and it gives %d, %v", n, err)
	}
	if _, err := far.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	<-near.Ready()
	if n, err := near.TryRead(make([]byte, 9)); n != 1 || err != nil {
		t.Fatalf("it gives %d, %v", n, err)
	}
}

// What was sent before a close is read, by the other end, before the end.
func TestStreamCloses(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, from, to *Node) {
		near, far := pair(t, from, to, StreamOptions{})
		if _, err := far.Write([]byte("OUT SSD\r\n")); err != nil {
			t.Fatal(err)
		}
		if err := far.Close(); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(near); string(got) != "OUT SSD\r\n" || err != nil {
			t.Fatalf("read %q, %v", got, err)
		}
		if _, err := near.Write([]byte("x")); !errors.Is(err, ErrPeerGone) {
			t.Fatalf("wrote to a closed end: %v", err)
		}
		if _, err := far.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Fatalf("read from an end that is closed: %v", err)
		}
		_ = near.Close()
		if left := len(from.streams.all()) + len(to.streams.all()); left != 0 {
			t.Errorf("%d ends are left", left)
		}
	})
}

func TestStreamHalfCloses(t *testing.T) {
	t.Parallel()
	n := start(t, Options{})
	near, far := pair(t, n, n, StreamOptions{})
	if err := near.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(far); len(got) != 0 || err != nil {
		t.Fatalf("read %q, %v", got, err)
	}
	if _, err := far.Write([]byte("bye")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 3)
	if _, err := io.ReadFull(near, got); err != nil || string(got) != "bye" {
		t.Fatalf("read %q, %v", got, err)
	}
}

// A stream never goes on with a gap, whether the next piece shows it or, when
// the last was lost, what the other end says of it now and then.
func TestStreamEndsAtGap(t *testing.T) {
	t.Parallel()
	for name, show := range map[string]func(t *testing.T, s *Stream){
		"next": func(t *testing.T, s *Stream) {
			if _, err := s.Write([]byte("lost")); err != nil {
				t.Error(err)
			}
		},
		"probe": func(_ *testing.T, s *Stream) { s.probe(time.Now().Add(probeEvery)) },
		"end":   func(t *testing.T, s *Stream) { _ = s.CloseWrite() },
	} {
		t.Run(name, func(t *testing.T) {
			n := start(t, Options{})
			near, far := pair(t, n, n, StreamOptions{})
			if _, err := near.Write([]byte("here")); err != nil {
				t.Fatal(err)
			}
			near.number.Add(1) // as if the bus had lost one
			show(t, near)
			if got, err := io.ReadAll(far); string(got) != "here" || !errors.Is(err, ErrGap) {
				t.Fatalf("read %q, %v", got, err)
			}
			if err := near.AwaitRead(); err != nil {
				t.Fatal(err)
			}
			if _, err := near.Write([]byte("x")); !errors.Is(err, ErrPeerGone) {
				t.Fatalf("the other end has heard %v", err)
			}
		})
	}
}

// A close that says that more was sent than has come is no orderly end.
func TestStreamTellsCloseFromGap(t *testing.T) {
	t.Parallel()
	n := start(t, Options{})
	near, far := pair(t, n, n, StreamOptions{})
	near.number.Add(1)
	_ = near.Close()
	if _, err := io.ReadAll(far); !errors.Is(err, ErrPeerGone) {
		t.Fatalf("read: %v", err)
	}
}

// Who speaks to an end that is no more, as after a restart, is told so.
func TestStreamOfNobody(t *testing.T) {
	t.Parallel()
	n := start(t, Options{})
	near, far := pair(t, n, n, StreamOptions{})
	n.streams.forget(far)
	near.probe(time.Now().Add(probeEvery))
	if err := near.AwaitRead(); err != nil {
		t.Fatal(err)
	}
	if _, err := near.Read(make([]byte, 1)); err == nil {
		t.Fatal("it reads on")
	}
}

func TestStreamEndsWithItsNode(t *testing.T) {
	t.Parallel()
	url := startNATS(t, -1).ClientURL()
	a := start(t, Options{Node: "a", NATSURL: url, Lease: time.Second})
	b := start(t, Options{Node: "b", NATSURL: url, Lease: time.Second})
	near, far := pair(t, a, b, StreamOptions{})
	if _, err := far.Write([]byte("last")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 4)
	if _, err := io.ReadFull(near, got); err != nil {
		t.Fatal(err)
	}
	eventually(t, "they know each other", func() bool {
		near.mu.Lock()
		defer near.mu.Unlock()
		return near.met
	})
	b.bus.Close() // it dies without a word
	b.records.Close()
	if _, err := near.Read(got); !errors.Is(err, ErrPeerDead) {
		t.Fatalf("read: %v", err)
	}
}

func TestStreamRefused(t *testing.T) {
	t.Parallel()
	n := start(t, Options{})
	o := StreamOptions{Remote: netip.MustParseAddrPort("192.0.2.7:0")}
	if _, err := n.Dial(t.Context(), n.ID(), RoleSwitchboard, o); !errors.Is(err, ErrUnreachable) {
		t.Errorf("nobody listens, and the error is %v", err)
	}
	ln, err := n.ListenStreams(RoleSwitchboard, 1865)
	if err != nil {
		t.Fatal(err)
	}
	waiting, err := n.Dial(t.Context(), n.ID(), RoleSwitchboard, o)
	if err != nil {
		t.Fatal(err)
	}
	_ = ln.Close()
	if _, err := waiting.Read(make([]byte, 1)); err == nil {
		t.Error("a stream that was not accepted goes on")
	}
	if _, err := n.Dial(t.Context(), n.ID(), RoleSwitchboard, o); err == nil {
		t.Error("a closed listener accepts")
	}
	if _, err := ln.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("accept: %v", err)
	}
	if left := n.streams.all(); len(left) != 1 {
		t.Errorf("%d ends are left, beside the one that is not closed", len(left)-1)
	}
	_ = waiting.Close()
}

func TestStreamEndsWhenItsOwnNodeCloses(t *testing.T) {
	t.Parallel()
	n := start(t, Options{})
	near, _ := pair(t, n, n, StreamOptions{})
	read := make(chan error, 1)
	go func() { _, err := near.Read(make([]byte, 1)); read <- err }()
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	if err := receive(t, read); !errors.Is(err, ErrClosed) {
		t.Fatalf("read: %v", err)
	}
}

// Everybody may be told something in the same moment, in small pieces. No stream
// pays for that with a piece of its own.
func TestStreamsBearBurst(t *testing.T) {
	t.Parallel()
	n := start(t, Options{})
	ln, err := n.ListenStreams(RoleSwitchboard, 1865)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	const count, pieces = 100, 1000
	var near, far [count]*Stream
	for i := range near {
		near[i], far[i] = dialStream(t, n, n, ln, StreamOptions{})
	}
	var writers sync.WaitGroup
	for _, s := range far {
		writers.Go(func() {
			for range pieces {
				if _, err := s.Write([]byte("FLN a@example.test\r\n")); err != nil {
					t.Error(err)
					return
				}
			}
			_ = s.CloseWrite()
		})
	}
	writers.Wait()
	for i, s := range near {
		if got, err := io.ReadAll(s); len(got) != pieces*20 || err != nil {
			t.Fatalf("on stream %d come %d octets, %v", i, len(got), err)
		}
	}
}
