package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func echo(_ context.Context, data []byte) ([]byte, error) { return data, nil }

func serveOrFail(t testing.TB, n *Node, verb string, h Handler) {
	t.Helper()
	if err := n.Serve(verb, h); err != nil {
		t.Fatal(err)
	}
}

func TestRequest(t *testing.T) {
	n := start(t, Options{Node: "one"})
	serveOrFail(t, n, "echo", echo)
	for _, data := range [][]byte{nil, {0}, []byte("hello"), bytes.Repeat([]byte{0xff}, 500_000)} {
		got, err := n.Request(t.Context(), "one", "echo", data)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d octets: got %d, %v", len(data), len(got), err)
		}
	}
}

func TestRequestFails(t *testing.T) {
	n := start(t, Options{Node: "one"})
	serveOrFail(t, n, "echo", echo)
	serveOrFail(t, n, "fail", func(context.Context, []byte) ([]byte, error) { return nil, errors.New("no such account") })
	serveOrFail(t, n, "panic", func(context.Context, []byte) ([]byte, error) { panic("at the disco") })
	var failed *HandlerError
	for _, test := range []struct {
		node, verb string
		data       []byte
		is         error
		text       string
	}{
		{"two", "echo", nil, ErrUnreachable, ""},
		{"one", "nothing", nil, ErrUnreachable, ""},
		{"one", "fail", nil, nil, "no such account"},
		{"one", "panic", nil, nil, "internal error"},
		{"a.b", "echo", nil, nil, `node id "a.b"`},
		{"all", "echo", nil, nil, "means every node"},
		{"one", "Echo!", nil, nil, `verb "Echo!"`},
		{"one", "", nil, nil, "empty"},
		{"one", "echo", make([]byte, 2<<20), nil, "maximum payload"},
	} {
		begin := time.Now()
		_, err := n.Request(t.Context(), test.node, test.verb, test.data)
		var request *RequestError
		if !errors.As(err, &request) || request.Node != test.node || request.Verb != test.verb {
			t.Errorf("%s at %s: %v", test.verb, test.node, err)
		}
		if test.is != nil && !errors.Is(err, test.is) || !strings.Contains(fmt.Sprint(err), test.text) {
			t.Errorf("%s at %s: %v, want %v %s", test.verb, test.node, err, test.is, test.text)
		}
		if wants := test.verb == "fail" || test.verb == "panic"; errors.As(err, &failed) != wants {
			t.Errorf("%s at %s: %v, answered by the handler: %v", test.verb, test.node, err, wants)
		}
		if time.Since(begin) > quick {
			t.Errorf("%s at %s: took %s", test.verb, test.node, time.Since(begin))
		}
	}
	if _, err := n.Request(t.Context(), "one", "echo", nil); err != nil {
		t.Errorf("after a panic: %v", err)
	}
}

// What is not ours, or too new for us, is refused and harms nobody.
func TestUnreadable(t *testing.T) {
	n := start(t, Options{Node: "one"})
	serveOrFail(t, n, "echo", echo)
	if err := n.ServeInvitations(func(context.Context, Invitation) (InvitationAnswer, error) { return InvitationAnswer{}, nil }); err != nil {
		t.Fatal(err)
	}
	for _, raw := range [][]byte{nil, {}, {form + 1, 10}, {form}, {form, 0xff}, bytes.Repeat([]byte{0xff}, 20)} {
		msg, err := n.bus.RequestWithContext(t.Context(), subject("one", "echo"), raw)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := openAnswer(msg.Data); !errors.Is(err, ErrMalformed) {
			t.Errorf("%x: %v", raw, err)
		}
	}
	if _, err := n.Request(t.Context(), "one", verbInvite, []byte{0xff}); !errors.Is(err, ErrMalformed) {
		t.Errorf("an invitation that is none: %v", err)
	}
	for _, raw := range [][]byte{nil, {form}, {form + 1, 0}, {form, 99}} {
		if _, err := openAnswer(raw); !errors.Is(err, ErrMalformed) {
			t.Errorf("the answer %x: %v", raw, err)
		}
	}
}

func TestDeadlines(t *testing.T) {
	n := start(t, Options{Node: "one"})
	left := make(chan time.Duration, 1)
	ended := make(chan error, 1)
	serveOrFail(t, n, "wait", func(ctx context.Context, _ []byte) ([]byte, error) {
		deadline, _ := ctx.Deadline()
		left <- time.Until(deadline)
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := n.Request(ctx, "one", "wait", nil)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the caller: %v", err)
	}
	if d := receive(t, left); d <= 0 || d > 50*time.Millisecond {
		t.Errorf("the handler had %s left", d)
	}
	if err := receive(t, ended); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the handler: %v", err)
	}

	cancelled, cancel := context.WithCancel(t.Context())
	answered := make(chan error, 1)
	go func() {
		_, err := n.Request(cancelled, "one", "wait", nil)
		answered <- err
	}()
	if d := receive(t, left); d > DefaultTimeout || d < DefaultTimeout-quick {
		t.Errorf("without a deadline the handler had %s left", d)
	}
	cancel()
	if err := receive(t, answered); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that gave up: %v", err)
	}
}

// A handler that waits holds up neither other verbs nor, below the bound, its
// own; and what it asks for in turn is answered even when it has no equal left.
func TestHandlersDoNotWaitForEachOther(t *testing.T) {
	n := start(t, Options{Node: "one", Handlers: 2})
	entered, leave := make(chan struct{}, 8), make(chan struct{})
	serveOrFail(t, n, "echo", echo)
	serveOrFail(t, n, "wait", func(ctx context.Context, data []byte) ([]byte, error) {
		entered <- struct{}{}
		<-leave
		return n.Request(ctx, "one", "echo", data)
	})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			got, err := n.Request(t.Context(), "one", "wait", []byte("x"))
			if err != nil || string(got) != "x" {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	receive(t, entered)
	receive(t, entered)
	if _, err := n.Request(t.Context(), "one", "echo", nil); err != nil {
		t.Errorf("another verb: %v", err)
	}
	if len(entered) != 0 {
		t.Error("more than two were handled at once")
	}
	close(leave)
	all.Wait()
}

func TestTooManyRequests(t *testing.T) {
	n := start(t, Options{Node: "one", Handlers: 1})
	entered, leave := make(chan struct{}, maxWaiting+1), make(chan struct{})
	serveOrFail(t, n, "wait", func(context.Context, []byte) ([]byte, error) {
		entered <- struct{}{}
		<-leave
		return nil, nil
	})
	request := seal(patience, nil)
	if err := n.bus.Publish(subject("one", "wait"), request); err != nil {
		t.Fatal(err)
	}
	receive(t, entered)
	for range maxWaiting {
		if err := n.bus.Publish(subject("one", "wait"), request); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := n.Request(t.Context(), "one", "wait", nil); !errors.Is(err, ErrBusy) {
		t.Errorf("one too many: %v", err)
	}
	close(leave)
	for range maxWaiting {
		receive(t, entered)
	}
	if _, err := n.Request(t.Context(), "one", "wait", nil); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// Few messages can be too much as well, if they are long.
func TestTooLongRequests(t *testing.T) {
	n := start(t, Options{Node: "one", NATSURL: startNATS(t, -1).ClientURL(), Handlers: 1})
	const size = 1 << 19
	entered, leave := make(chan struct{}, maxWaitingSize/size+1), make(chan struct{})
	serveOrFail(t, n, "wait", func(context.Context, []byte) ([]byte, error) {
		entered <- struct{}{}
		<-leave
		return nil, nil
	})
	request := seal(patience, make([]byte, size))
	publish := func() {
		t.Helper()
		if err := n.bus.Publish(subject("one", "wait"), request); err != nil {
			t.Fatal(err)
		}
	}
	publish()
	receive(t, entered)
	waiting := maxWaitingSize / len(request)
	for range waiting {
		publish()
	}
	if _, err := n.Request(t.Context(), "one", "wait", make([]byte, size)); !errors.Is(err, ErrBusy) {
		t.Errorf("one too many: %v", err)
	}
	close(leave)
	for range waiting {
		receive(t, entered)
	}
	if _, err := n.Request(t.Context(), "one", "wait", make([]byte, size)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// Closing cancels what is being handled, waits for its end, and lets no caller
// wait for its deadline.
func TestCloseWhileHandling(t *testing.T) {
	bus := startNATS(t, -1).ClientURL()
	caller := start(t, Options{Node: "caller", NATSURL: bus})
	n := start(t, Options{Node: "one", NATSURL: bus, Handlers: 1})
	entered := make(chan struct{}, 4)
	var ended atomic.Bool
	serveOrFail(t, n, "wait", func(ctx context.Context, _ []byte) ([]byte, error) {
		entered <- struct{}{}
		<-ctx.Done()
		ended.Store(true)
		return nil, ctx.Err()
	})
	answers := make(chan error, 4)
	for range 4 {
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
			defer cancel()
			_, err := caller.Request(ctx, "one", "wait", nil)
			answers <- err
		}()
	}
	receive(t, entered)
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	if !ended.Load() {
		t.Error("the handler was not waited for")
	}
	for range 4 {
		if err := receive(t, answers); err == nil {
			t.Error("an answer came from a node that is closed")
		}
	}
	if _, err := caller.Request(t.Context(), "one", "wait", nil); !errors.Is(err, ErrUnreachable) {
		t.Errorf("afterwards: %v", err)
	}
}

func TestServeOnce(t *testing.T) {
	n := start(t, Options{Node: "one"})
	serveOrFail(t, n, "echo", echo)
	if err := n.Serve("echo", echo); err == nil {
		t.Error("a verb was served twice")
	}
	if err := n.Serve("Echo", echo); err == nil {
		t.Error("a verb in capitals was served")
	}
	if err := n.Listen("echo", func(context.Context, []byte) {}); err != nil {
		t.Errorf("listening to a verb that is served too: %v", err)
	}
}

// Each node hears each broadcast once and in order, the sender too.
func TestBroadcast(t *testing.T) {
	bus := startNATS(t, -1).ClientURL()
	const messages = 500
	var nodes []*Node
	var heard []chan string
	for _, id := range []string{"one", "two", "three"} {
		n := start(t, Options{Node: id, NATSURL: bus})
		c := make(chan string, messages+1)
		if err := n.Listen("news", func(_ context.Context, data []byte) { c <- string(data) }); err != nil {
			t.Fatal(err)
		}
		nodes, heard = append(nodes, n), append(heard, c)
	}
	for i := range messages {
		if err := nodes[0].Broadcast("news", fmt.Append(nil, i)); err != nil {
			t.Fatal(err)
		}
	}
	for node, c := range heard {
		for i := range messages {
			if got := receive(t, c); got != fmt.Sprint(i) {
				t.Fatalf("%s heard %s, want %d", nodes[node].ID(), got, i)
			}
		}
	}
	if err := nodes[0].Broadcast("No.", nil); err == nil {
		t.Error("a verb that is none was broadcast")
	}
}

// A node goes on by itself when NATS has been away.
func TestReconnect(t *testing.T) {
	srv := startNATS(t, -1)
	// It stores nothing, or the server might be stopped in the midst of that.
	n := start(t, Options{Node: "one", NATSURL: srv.ClientURL(), Ownership: ownNothing{}})
	serveOrFail(t, n, "echo", echo)
	port := srv.Addr().(*net.TCPAddr).Port
	srv.Shutdown()
	srv.WaitForShutdown()
	startNATS(t, port)
	// What is asked while the connection is being made again may be lost.
	for end := time.Now().Add(patience); ; {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		_, err := n.Request(ctx, "one", "echo", nil)
		cancel()
		if err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func BenchmarkRequest(b *testing.B) {
	n := start(b, Options{Node: "one"})
	serveOrFail(b, n, "echo", echo)
	data := make([]byte, 64)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := n.Request(b.Context(), "one", "echo", data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRequestParallel(b *testing.B) {
	n := start(b, Options{Node: "one"})
	serveOrFail(b, n, "echo", echo)
	data := make([]byte, 64)
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := n.Request(b.Context(), "one", "echo", data); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func BenchmarkBroadcast(b *testing.B) {
	n := start(b, Options{Node: "one"})
	heard := make(chan struct{}, 1024)
	if err := n.Listen("news", func(context.Context, []byte) { heard <- struct{}{} }); err != nil {
		b.Fatal(err)
	}
	data := make([]byte, 64)
	b.ReportAllocs()
	for b.Loop() {
		if err := n.Broadcast("news", data); err != nil {
			b.Fatal(err)
		}
		<-heard
	}
}

// What is published to a node arrives there alone, in the order in which it
// was, one after another.
func TestPublish(t *testing.T) {
	bus := startNATS(t, -1).ClientURL()
	one, two := start(t, Options{Node: "one", NATSURL: bus}), start(t, Options{Node: "two", NATSURL: bus})
	const messages = 500
	heard := make(chan string, messages)
	var running atomic.Int64
	listen := func(_ context.Context, data []byte) {
		if running.Add(1) != 1 {
			t.Error("two are handled at once")
		}
		heard <- string(data)
		running.Add(-1)
	}
	if err := two.ServeOrdered("notice", listen); err != nil {
		t.Fatal(err)
	}
	if err := one.ServeOrdered("notice", func(context.Context, []byte) { t.Error("it came to the wrong node") }); err != nil {
		t.Fatal(err)
	}
	if err := two.Serve("notice", echo); err == nil {
		t.Error("a verb was served in two ways")
	}
	for i := range messages {
		if err := one.Publish("two", "notice", fmt.Append(nil, i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range messages {
		if got := receive(t, heard); got != fmt.Sprint(i) {
			t.Fatalf("heard %s, want %d", got, i)
		}
	}
	for _, err := range []error{one.Publish("a.b", "notice", nil), one.Publish("two", "No.", nil)} {
		if err == nil {
			t.Error("published to where nobody can be")
		}
	}
	if err := one.Publish("nobody", "notice", nil); err != nil {
		t.Errorf("published to a node that is not there: %v", err)
	}
}

// While there is no connection, what is published fails, and a request waits for
// NATS to be back; nothing is kept to be sent later.
func TestOffline(t *testing.T) {
	srv := newBusServer(t)
	one, two := start(t, Options{Node: "one", NATSURL: srv.url()}), start(t, Options{Node: "two", NATSURL: srv.url()})
	heard := make(chan string, 10)
	if err := two.ServeOrdered("notice", func(_ context.Context, data []byte) { heard <- string(data) }); err != nil {
		t.Fatal(err)
	}
	serveOrFail(t, two, "echo", echo)
	srv.stop()
	eventually(t, "both are cut off", func() bool { return !one.bus.IsConnected() && !two.bus.IsConnected() })
	if err := one.Publish("two", "notice", []byte("early")); !errors.Is(err, ErrOffline) {
		t.Errorf("published: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := one.Request(ctx, "two", "echo", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a request that cannot wait: %v", err)
	}
	srv.start()
	for {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		_, err := one.Request(ctx, "two", "echo", []byte("x"))
		cancel()
		if err == nil {
			break
		}
		if !errors.Is(err, ErrUnreachable) { // two is not back yet
			t.Fatal(err)
		}
	}
	if err := one.Publish("two", "notice", []byte("late")); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, heard); got != "late" {
		t.Errorf("heard %s", got)
	}
}
