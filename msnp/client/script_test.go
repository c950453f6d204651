package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/papilio-im/papilio/msnp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what ought to come at once.
const patience = 10 * time.Second

// A world is a set of servers that play transcripts. Servers have made-up names,
// so that transcripts can be written as they stand in documents. Each connection to
// a server plays the next of its scripts:
//
//	C: a line that the client must send now
//	S: a line that the server sends
//	S: MSG Hotmail Hotmail # | a payload, with \r\n in it; # stands for its length
//	signal NAME   tell whoever waits for NAME
//	wait NAME     until somebody signals it
//	close         close the connection
//
// At the end of a script the client must close, without another line.
type world struct {
	t    *testing.T
	pipe bool                       // connections are in memory, so that each write is read by itself
	cut  func(text string) []string // how the server's text is cut into writes

	mu      sync.Mutex
	scripts map[string][]string
	signals map[string]chan struct{}
	playing sync.WaitGroup
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, scripts: make(map[string][]string), signals: make(map[string]chan struct{})}
	t.Cleanup(func() {
		w.playing.Wait()
		for server, left := range w.scripts {
			if len(left) > 0 {
				t.Errorf("%s was not connected to: %d scripts are left", server, len(left))
			}
		}
	})
	return w
}

// play adds a script to a server.
func (w *world) play(server, script string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.scripts[server] = append(w.scripts[server], script)
}

// signal is a channel that is closed when a script, or a test, signals a name.
func (w *world) signal(name string) chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.signals[name] == nil {
		w.signals[name] = make(chan struct{})
	}
	return w.signals[name]
}

// tell signals a name.
func (w *world) tell(name string) { close(w.signal(name)) }

// await waits for a signal.
func (w *world) await(name string) {
	w.t.Helper()
	select {
	case <-w.signal(name):
	case <-time.After(patience):
		w.t.Errorf("nobody signals %s", name)
	}
}

// dial connects to a server, which begins to play.
func (w *world) dial(ctx context.Context, _, server string) (net.Conn, error) {
	w.mu.Lock()
	left := w.scripts[server]
	if len(left) == 0 {
		w.mu.Unlock()
		return nil, fmt.Errorf("nobody listens at %s", server)
	}
	w.scripts[server] = left[1:]
	w.mu.Unlock()
	client, end, err := w.connection(ctx)
	if err != nil {
		return nil, err
	}
	w.playing.Go(func() {
		defer end.Close()
		if err := w.perform(end, left[0]); err != nil {
			w.t.Errorf("%s: %v", server, err)
		}
	})
	return client, nil
}

func (w *world) connection(ctx context.Context) (client, server net.Conn, err error) {
	if w.pipe {
		client, server = net.Pipe()
		return client, server, nil
	}
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	defer ln.Close()
	if client, err = new(net.Dialer).DialContext(ctx, "tcp", ln.Addr().String()); err != nil {
		return nil, nil, err
	}
	server, err = ln.Accept()
	return client, server, err
}

// perform plays a script on a connection.
func (w *world) perform(nc net.Conn, script string) error {
	if !w.pipe {
		_ = nc.SetDeadline(time.Now().Add(patience))
	}
	in := bufio.NewReader(nc)
	say, said := w.writer(nc)
	defer said()
	var out strings.Builder // lines that follow each other go out at once
	for step := range strings.Lines(script) {
		step = strings.TrimSpace(step)
		if text, ok := strings.CutPrefix(step, "S: "); ok {
			out.WriteString(unescape(text))
			continue
		}
		say(out.String())
		out.Reset()
		verb, rest, _ := strings.Cut(step, " ")
		switch verb {
		case "":
		case "C:":
			if err := expect(in, unescape(rest)); err != nil {
				return err
			}
		case "signal":
			w.tell(rest)
		case "wait":
			w.await(rest)
		case "close":
			return nil
		default:
			return fmt.Errorf("no such step: %s", step)
		}
	}
	say(out.String())
	if rest, err := io.ReadAll(in); len(rest) > 0 || err != nil && !errors.Is(err, syscall.ECONNRESET) {
		return fmt.Errorf("the client ought to close, but: %q, %w", rest, err)
	}
	return nil
}

// writer writes what a server says, on a goroutine of its own as a system would.
// said waits until everything is written.
func (w *world) writer(nc net.Conn) (say func(text string), said func()) {
	texts := make(chan string, 100)
	var writing sync.WaitGroup
	writing.Go(func() {
		for text := range texts {
			pieces := []string{text}
			if w.cut != nil {
				pieces = w.cut(text)
			}
			for _, piece := range pieces {
				if piece != "" {
					_, _ = io.WriteString(nc, piece) // a client may go at any time
				}
			}
		}
	})
	return func(text string) { texts <- text }, func() { close(texts); writing.Wait() }
}

// unescape gives a line of a script as it goes over the wire.
func unescape(text string) string {
	line, payload, found := strings.Cut(text, " | ")
	if !found {
		return text + "\r\n"
	}
	payload = strings.NewReplacer(`\r`, "\r", `\n`, "\n").Replace(payload)
	return strings.Replace(line, "#", fmt.Sprint(len(payload)), 1) + "\r\n" + payload
}

// expect reads what the client must say.
func expect(in *bufio.Reader, want string) error {
	got := make([]byte, 0, len(want))
	for len(got) < len(want) {
		b, err := in.ReadByte()
		if err != nil {
			return fmt.Errorf("%w: got %q, want %q", err, got, want)
		}
		if got = append(got, b); b != want[len(got)-1] {
			rest, _ := in.Peek(min(in.Buffered(), 100))
			return fmt.Errorf("got %q, want %q", string(got)+string(rest), want)
		}
	}
	return nil
}

// A recorder takes the events of a client.
type recorder struct {
	t      *testing.T
	events chan Event
}

func newRecorder(t *testing.T) *recorder {
	return &recorder{t: t, events: make(chan Event, 1000)}
}

// next waits for an event of a type and drops others before it.
func next[T Event](r *recorder) T {
	r.t.Helper()
	for {
		select {
		case e := <-r.events:
			if want, ok := e.(T); ok {
				return want
			}
		case <-time.After(patience):
			var want T
			r.t.Fatalf("no %T comes", want)
		}
	}
}

// soon is a context for what ought to be done at once.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// options are those of most tests.
func (w *world) options(v msnp.Version) Options {
	return Options{
		Dispatch: "ds.test:1863", Handle: "zed@example.net", Password: "s3cret!",
		Version: v, Status: msnp.StatusOnline, Dial: w.dial,
	}
}

// signIn signs in, and out when the test ends.
func (w *world) signIn(o Options) *Client {
	w.t.Helper()
	c, err := SignIn(soon(w.t), o)
	if err != nil {
		w.t.Fatalf("sign in: %v", err)
	}
	w.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := c.SignOut(ctx); err != nil {
			w.t.Errorf("sign out: %v", err)
		}
	})
	return c
}

// plain are options for a client that begins at ns.test without lists and
// without a status: see plainFor.
func (w *world) plain(v msnp.Version) Options {
	o := w.options(v)
	o.Dispatch, o.Notification = "", "ns.test:1864"
	o.NoSync, o.Status = true, msnp.StatusNone
	return o
}

// online signs a client in so, whose server goes on with a script.
func (w *world) online(v msnp.Version, script string, change ...func(*Options)) (*Client, *recorder) {
	w.t.Helper()
	w.play("ns.test:1864", plainFor(v)+script)
	r := newRecorder(w.t)
	o := w.plain(v)
	o.Events = r.events
	for _, c := range change {
		c(&o)
	}
	return w.signIn(o), r
}

// check fails the test on an error.
func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
