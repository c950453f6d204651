package cluster

import (
	"bytes"
	command "flag"
	"io"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/goleak"
)

// TestMain lets more tests run at once than there are processors: they wait for
// leases to end, most of the time.
func TestMain(m *testing.M) {
	command.Parse()
	if err := command.Set("test.parallel", "6"); err != nil {
		panic(err)
	}
	// A NATS server that is stopped while it is making a stream, as one of several
	// may be, leaves these behind.
	const natsServer = "github.com/nats-io/nats-server/v2/server"
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction(natsServer+".(*fileStore).flushStreamStateLoop"),
		goleak.IgnoreAnyFunction(natsServer+"/ats.Register.func1"),
		goleak.Cleanup(func(code int) {
			if releasedDir != "" {
				_ = os.RemoveAll(releasedDir)
			}
			os.Exit(code) //nolint:forbidigo // as m.Run would have it
		}),
	)
}

// patience is how long a test waits for what must come.
const patience = time.Minute

// quick is how long a test lets something take that must not be a time-out.
const quick = 2 * time.Second

func testLog(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), nil))
}

// start starts a node that is closed with the test.
func start(t testing.TB, o Options) *Node {
	t.Helper()
	if o.Log == nil {
		o.Log = testLog(t)
	}
	if o.Dir == "" && o.NATSURL == "" {
		o.Dir = t.TempDir()
	}
	n, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// startNATS runs a NATS server such as an operator would, on a port of its own.
func startNATS(t testing.TB, port int) *server.Server {
	t.Helper()
	srv, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() {
		srv.Shutdown()
		srv.WaitForShutdown()
	})
	if !srv.ReadyForConnections(patience) {
		t.Fatal("the NATS server is not ready")
	}
	return srv
}

// receive gives what comes over a channel, or fails the test.
func receive[T any](t testing.TB, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("not reached")
	}
}

// logKeeper remembers what was logged.
type logKeeper struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (k *logKeeper) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.out.Write(p)
}

func (k *logKeeper) String() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.out.String()
}

// logger logs to the test too.
func (k *logKeeper) logger(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(io.MultiWriter(k, t.Output()), nil))
}
